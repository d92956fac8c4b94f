"""From the keys of the campaign file to the sampling design and the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from radtest.core.errors import ConfigurationError
from radtest.core.injection import Target
from radtest.inject.configuration import CampaignSection
from radtest.inject.sampling import draw_stratified, draw_upsets, module_strata, sample_size
from radtest.inject.sampling_design import SamplingDesign, Stratum
from radtest.inject.upset_list import UpsetList
from radtest.inject.weights import Weights, weighted_strata

__all__ = ["SamplingPlan"]


@dataclass(frozen=True, slots=True)
class SamplingPlan:
    """How a campaign is going to draw its upsets, as far as that is known before the golden run.

    Parameters
    ----------
    section : CampaignSection
        The campaign.
    campaign_file : Path
        For messages.
    targets : tuple of Target
        All targets of the design.
    chosen : tuple of int
        Indices of the targets that take part.
    strata : tuple of Stratum
        The parts that are sampled by themselves, if any.
    unit : str
        Of their weights.
    """

    section: CampaignSection
    campaign_file: Path
    targets: tuple[Target, ...]
    chosen: tuple[int, ...]
    strata: tuple[Stratum, ...] = ()
    unit: str = ""

    @classmethod
    def make(
        cls,
        section: CampaignSection,
        campaign_file: Path,
        targets: Sequence[Target],
        chosen: Sequence[int],
        weights: Weights | None,
    ) -> SamplingPlan:
        """Part the chosen targets as the campaign wants it.

        Raises
        ------
        ConfigurationError
            If a chosen target has no weight, or a weight no target.
        """
        strata: tuple[Stratum, ...] = ()
        if weights is not None:
            strata = weighted_strata(weights, targets, chosen, campaign_file)
        elif section.strata is not None:
            strata = module_strata(targets, chosen)
        unit = "" if weights is None else weights.unit
        return cls(section, campaign_file, tuple(targets), tuple(chosen), strata, unit)

    def design(self, cycles: range, instants: int = 1) -> SamplingDesign:
        """Return the design for a window of cycles, without the fingerprint of a list.

        Parameters
        ----------
        cycles : range
            Clock cycles in which upsets may fall.
        instants : int
            At how many moments of a cycle an upset may fall. Of each bit and cycle one is drawn all the same.

        Raises
        ------
        ConfigurationError
            If there are not as many upsets as are asked for.
        """
        section = self.section
        bits = sum(self.targets[index].bits for index in self.chosen)
        different = bits * len(cycles)
        population = different * instants
        upsets = sample_size(section, population)
        if upsets > different:
            key = section.size_key
            raise ConfigurationError(
                f"{self.campaign_file}: campaign.{key} = {getattr(section, key)}: only {different} different upsets "
                f"exist ({bits} bits × {len(cycles)} cycles)",
                remedy="ask for fewer upsets, or choose more targets or a longer window of cycles.",
            )
        return SamplingDesign(
            upsets=upsets,
            population=population,
            size_key=section.size_key,
            confidence=section.confidence,
            looks=section.looks or (),
            stop_width=section.stop_width,
            stop_outcome=section.stop_outcome,
            strata=self.strata,
            unit=self.unit,
        )

    def draw(self, design: SamplingDesign, cycles: range) -> UpsetList:
        """Draw the single upsets of a design; the same seed gives the same list.

        Raises
        ------
        ConfigurationError
            If there are too few upsets for the strata.
        """
        seed = self.section.seed
        if not self.strata:
            return draw_upsets(self.targets, self.chosen, cycles, design.upsets, np.random.default_rng(seed))
        try:
            return draw_stratified(self.targets, self.strata, cycles, design.upsets, seed, self.section.stratum_minimum)
        except ConfigurationError as error:
            raise ConfigurationError(
                f"{self.campaign_file}: campaign.{design.size_key}: {error.message}", remedy=error.remedy
            ) from None
