"""Which fault models a map can hold."""

from __future__ import annotations

from pathlib import Path

from radtest.core.errors import ConfigurationError
from radtest.core.outcome import FaultModel
from radtest.inject.configuration import CampaignSection

__all__ = ["MAPPED_MODELS", "check_model"]

MAPPED_MODELS = (FaultModel.SEU, FaultModel.MCU)
"""The models of which maps can be made."""


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
    if section.cluster is not None and section.cluster.sizes is not None:
        raise ConfigurationError(
            f"{campaign_file}: campaign.cluster.sizes: a map leaves nothing to chance, nor the size of a cluster",
            remedy="make one map for each size, with campaign.cluster.size, and weigh them with the shares.",
        )
