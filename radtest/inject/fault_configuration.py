"""What a campaign file says of upsets that hit several bits: clusters, and upsets that accumulate."""

from __future__ import annotations

import math
from typing import Annotated, Self

from pydantic import Field, model_validator

from radtest.core.configuration import ConfigurationModel

__all__ = ["LARGEST_CLUSTER", "LARGEST_MEAN", "AccumulateSection", "ClusterSection"]

LARGEST_CLUSTER = 1024
"""Bits of the largest cluster that can be asked for."""
LARGEST_MEAN = 10_000.0
"""Upsets per run, on average, beyond which a single run would take more memory than sense."""

_Step = Annotated[int, Field(ge=-(2**20), le=2**20)]
_Size = Annotated[int, Field(ge=1, le=LARGEST_CLUSTER)]
_Share = Annotated[float, Field(ge=0.0)]


class ClusterSection(ConfigurationModel):
    """``[campaign.cluster]``: which bits flip together with the one that is drawn.

    The shape is one of `size` (neighbours side by side), `sizes` (the share of clusters of each size), `offsets` (steps
    from the first bit: along the bits of a word, along the words) and, with a placement, `radius_um`.
    """

    size: Annotated[int, Field(ge=2, le=LARGEST_CLUSTER)] | None = None
    sizes: dict[_Size, _Share] | None = None
    offsets: tuple[tuple[_Step, _Step], ...] | None = None
    radius_um: Annotated[float, Field(gt=0.0)] | None = None
    interleaving: Annotated[int, Field(ge=1, le=2**20)] | None = None
    placement: str | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        shapes = [name for name in ("size", "sizes", "offsets", "radius_um") if getattr(self, name) is not None]
        if len(shapes) != 1:
            named = " and ".join(shapes) or "none of them"
            raise ValueError(f"give one of size, sizes, offsets and radius_um, not {named}")
        if self.radius_um is not None and self.placement is None:
            raise ValueError("radius_um needs a placement: without one no bit has a place in micrometres")
        if self.placement is not None and (self.offsets is not None or self.interleaving is not None):
            raise ValueError("offsets and interleaving count bits and words; with a placement, give size or radius_um")
        return self

    @model_validator(mode="after")
    def _whole_shape(self) -> Self:
        if self.sizes is not None:
            total = math.fsum(self.sizes.values())
            if abs(total - 1.0) > 1e-6:
                raise ValueError(f"the shares of sizes add up to {total:g}, not to 1")
            if not any(size > 1 and share > 0 for size, share in self.sizes.items()):
                raise ValueError("sizes has no cluster of more than one bit; use campaign.model = 'seu'")
        if self.offsets is not None:
            for offset in self.offsets:
                if self.offsets.count(offset) > 1:
                    raise ValueError(f"offsets names {list(offset)} {self.offsets.count(offset)} times; name it once")
            if not set(self.offsets) - {(0, 0)}:
                raise ValueError("offsets has no bit besides the first; use campaign.model = 'seu'")
            if len(self.offsets) > LARGEST_CLUSTER:
                raise ValueError(f"offsets has {len(self.offsets)} entries; at most {LARGEST_CLUSTER} are possible")
        return self


class AccumulateSection(ConfigurationModel):
    """``[campaign.accumulate]``: several upsets in one run, at random times.

    Their mean number is `mean_upsets`, or follows from a flux and the cross section of a bit.
    """

    mean_upsets: Annotated[float, Field(gt=0.0, le=LARGEST_MEAN)] | None = None
    flux_cm2_s: Annotated[float, Field(gt=0.0)] | None = None
    cross_section_cm2_bit: Annotated[float, Field(gt=0.0)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        by_flux = (self.flux_cm2_s is not None) + (self.cross_section_cm2_bit is not None)
        if (self.mean_upsets is not None) == bool(by_flux) or by_flux == 1:
            raise ValueError("give either mean_upsets, or both flux_cm2_s and cross_section_cm2_bit")
        return self
