"""Keys of the campaign file that say how many upsets are drawn, and from where how many."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from radtest.core.configuration import ConfigurationModel
from radtest.core.injection import TargetKind
from radtest.core.outcome import Outcome
from radtest.inject.name_patterns import NamePattern

__all__ = ["SIZE_KEYS", "SamplingKeys", "SizeKey", "WeightSection"]

SizeKey = Literal["upsets", "margin", "width", "looks"]
SIZE_KEYS: tuple[SizeKey, ...] = ("upsets", "margin", "width", "looks")
"""The keys of which exactly one says how many upsets there are."""

_MOST = 100_000_000
_LEAST_GROWTH = 1.001
Positive = Annotated[float, Field(gt=0)]


class WeightSection(ConfigurationModel):
    """``[[campaign.weights]]``: how often a bit of some of the targets is upset.

    A target belongs to the first section it fits: by kind, module and name, whichever are given. The weight is a cross
    section, cm²/bit, a rate per bit and day, or the result of `radtest fit --json` or `radtest rate --json`.
    """

    kinds: tuple[TargetKind, ...] = ()
    modules: tuple[NamePattern, ...] = ()
    include: tuple[NamePattern, ...] = ()
    name: str = ""
    sigma_cm2: Positive | None = None
    rate_per_bit_day: Positive | None = None
    low: Positive | None = None
    high: Positive | None = None
    fit: str | None = None
    let_mev_cm2_mg: Positive | None = None
    rate: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = ("sigma_cm2", "rate_per_bit_day", "fit", "rate")
        given = [key for key in sources if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(sources)}; given: {', '.join(given) or 'none'}")
        value = self.sigma_cm2 if self.sigma_cm2 is not None else self.rate_per_bit_day
        if (self.low is None) != (self.high is None) or (value is None and self.low is not None):
            raise ValueError("low and high are the 95 % limits of sigma_cm2 or rate_per_bit_day; give both or neither")
        if value is not None and self.low is not None and self.high is not None and not self.low <= value <= self.high:
            raise ValueError(f"{value:g} does not lie between low = {self.low:g} and high = {self.high:g}")
        if self.let_mev_cm2_mg is not None and self.fit is None:
            raise ValueError("let_mev_cm2_mg belongs to fit: the LET at which the fitted cross section is taken")
        return self


class SamplingKeys(ConfigurationModel):
    """The part of ``[campaign]`` that says how the list of upsets is drawn.

    Notes
    -----
    Exactly one of `SIZE_KEYS` says how many: a number; a margin, by the formula of Leveugle et al.; the width of an
    interval; or looks, at which the campaign may stop.
    """

    companions: ClassVar[dict[str, tuple[SizeKey, ...]]] = {
        "expected": ("margin", "width"),
        "stop_width": ("looks",),
        "stop_outcome": ("looks",),
    }

    upsets: int | None = Field(default=None, ge=1, le=_MOST)
    margin: float | None = Field(default=None, gt=0.0, lt=0.5)
    width: float | None = Field(default=None, gt=0.0, lt=1.0)
    expected: float = Field(default=0.5, gt=0.0, lt=1.0)
    looks: tuple[Annotated[int, Field(ge=1, le=_MOST)], ...] | None = Field(default=None, min_length=1)
    stop_width: float | None = Field(default=None, gt=0.0, lt=1.0)
    stop_outcome: Outcome = Outcome.SDC
    confidence: float = Field(default=0.95, ge=0.5, lt=1.0)
    strata: Literal["module"] | None = None
    stratum_minimum: int = Field(default=1, ge=1)
    weights: tuple[WeightSection, ...] = ()
    seed: int = Field(default=1, ge=0, lt=2**63)

    @property
    def size_key(self) -> SizeKey:
        """The key that says how many upsets there are."""
        return next(key for key in SIZE_KEYS if getattr(self, key) is not None)

    def changed(self, changes: dict[str, Any]) -> Self:
        """Return the section with other values; a size takes the place of the one that is given, whatever its key.

        Raises
        ------
        pydantic.ValidationError
            If the result is not legal.
        """
        kept = self.model_dump(exclude_unset=True)
        if sizes := [key for key in SIZE_KEYS if key in changes]:
            for key in SIZE_KEYS:
                kept.pop(key, None)
            for companion, owners in self.companions.items():
                if not set(sizes) & set(owners):
                    kept.pop(companion, None)
        return self.model_validate(kept | changes)

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        given = [key for key in SIZE_KEYS if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(SIZE_KEYS)}; given: {', '.join(given) or 'none'}")
        for companion, owners in self.companions.items():
            if companion in self.model_fields_set and not set(given) & set(owners):
                raise ValueError(f"{companion} belongs to {' and '.join(owners)}; given is {given[0]}")
        return self

    @model_validator(mode="after")
    def _declared_looks(self) -> Self:
        if self.looks is None:
            return self
        for before, after in pairwise(self.looks):
            if after < before * _LEAST_GROWTH:
                raise ValueError(
                    f"looks are cumulative numbers, each at least 0.1 % above the one before: {after} is not"
                )
        if self.stop_width is None:
            raise ValueError("looks need stop_width: how narrow the interval shall be for the campaign to stop")
        if self.stop_outcome is Outcome.INVALID:
            raise ValueError("stop_outcome: invalid upsets count in no probability; name another outcome")
        if self.strata is not None or self.weights:
            raise ValueError("looks cannot be combined with strata or weights: their interval at stopping is not known")
        return self

    @model_validator(mode="after")
    def _one_stratification(self) -> Self:
        if self.strata is not None and self.weights:
            raise ValueError("give strata or weights, not both: the targets of each weight are a stratum already")
        if "stratum_minimum" in self.model_fields_set and self.strata is None and not self.weights:
            raise ValueError("stratum_minimum belongs to strata or weights")
        return self
