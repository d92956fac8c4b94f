"""Which fault models a map can hold."""

from __future__ import annotations

from pathlib import Path

from radtest.core.errors import ConfigurationError
from radtest.core.injection import TargetKind
from radtest.core.outcome import FaultModel
from radtest.inject.configuration import CampaignSection

__all__ = ["HELD_LEVELS", "MAPPED_MODELS", "check_model"]

MAPPED_MODELS = (FaultModel.SEU, FaultModel.MCU, FaultModel.SET, FaultModel.STUCK0, FaultModel.STUCK1)
"""The models of which maps can be made."""
HELD_LEVELS = {FaultModel.STUCK0: 0, FaultModel.STUCK1: 1}
"""The level at which a bit is held from an upset on, of the models that hold it."""


def check_model(section: CampaignSection, campaign_file: Path) -> None:
    """Refuse what cannot be mapped.

    Raises
    ------
    ConfigurationError
        If the campaign asks for such a fault.
    """
    if section.model not in MAPPED_MODELS:
        raise ConfigurationError(
            f"{campaign_file}: campaign.model = {section.model.value!r}: maps know only "
            f"{', '.join(model.value for model in MAPPED_MODELS)}",
            remedy="choose one of these, or sample with radtest inject.",
        )
    if section.accumulate is not None:
        raise ConfigurationError(
            f"{campaign_file}: campaign.accumulate: a map has one upset at a time, not several at random times",
            remedy="leave [campaign.accumulate] out, or sample with radtest inject.",
        )
    if TargetKind.NET in section.kinds and section.model is not FaultModel.SET:
        raise ConfigurationError(
            f"{campaign_file}: campaign.kinds = {[kind.value for kind in section.kinds]}: maps of stuck bits "
            "are of stored ones, not of nets",
            remedy="leave 'net' out, or sample with radtest inject.",
        )
    if section.cluster is not None and section.cluster.sizes is not None:
        raise ConfigurationError(
            f"{campaign_file}: campaign.cluster.sizes: a map leaves nothing to chance, nor the size of a cluster",
            remedy="make one map for each size, with campaign.cluster.size, and weigh them with the shares.",
        )
