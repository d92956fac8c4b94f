"""Which targets a campaign holds at a level, and whether its simulator can do so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from radtest.core.errors import ConfigurationError
from radtest.core.injection import Target
from radtest.core.outcome import FaultModel
from radtest.inject.configuration import CampaignSection, Simulator
from radtest.inject.forcing_sources import is_written_back

__all__ = ["check_can_hold", "held_targets"]

_HOLDING = frozenset({FaultModel.SET, FaultModel.STUCK0, FaultModel.STUCK1})
_ABLE: tuple[Simulator, ...] = ("icarus", "verilator")


def held_targets(section: CampaignSection, targets: Sequence[Target], chosen: Iterable[int]) -> list[Target]:
    """Return the targets of which the simulation must be able to force bits: none for a model that flips them."""
    if section.model not in _HOLDING:
        return []
    return [targets[index] for index in chosen if not is_written_back(targets[index])]


def check_can_hold(section: CampaignSection, simulator: Simulator, campaign_file: Path) -> None:
    """Refuse a model that holds bits at a level in a simulator that cannot.

    Raises
    ------
    ConfigurationError
        If it cannot.
    """
    if section.model in _HOLDING and simulator not in _ABLE:
        raise ConfigurationError(
            f"{campaign_file}: campaign.model = {section.model.value!r}: {simulator} cannot force single bits",
            remedy=f"run it in {' or '.join(_ABLE)}, or choose model = 'seu' or 'mcu'.",
        )
