"""Rates of a device: values, intervals, the uncertainty of the model apart, parts by source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.modelled_estimate import ModelledEstimate, scaled_bounds
from radtest.analysis.weibull import Weibull
from radtest.core.estimate import Estimate

__all__ = ["DeviceRate", "EffectRate", "Rate"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rate(ModelledEstimate):
    """A rate per day, with the draws behind its interval.

    Parameters
    ----------
    estimate, model_low, model_high, geometry
        As those of `ModelledEstimate`.
    draws : ndarray, shape (n,), optional
        Draws whose quantiles are the limits of `estimate`; None where the cross section came without uncertainty.
    """

    draws: Array | None = field(default=None, repr=False, compare=False)

    def scaled(self, factor: float) -> Rate:
        """Return the rate times a factor that is known exactly, 0 or more."""
        return Rate(
            self.estimate.scaled(factor),
            self.model_low * factor,
            self.model_high * factor,
            scaled_bounds(self.geometry, factor),
            None if self.draws is None else self.draws * factor,
        )


@dataclass(frozen=True, slots=True, eq=False)
class EffectRate:
    """Rates of one effect: by direct ionisation, by nuclear reactions of protons, and both.

    Parameters
    ----------
    direct, proton : Rate or None
        None without a cross section or a spectrum.
    total : Rate or None
        None without either.
    hydrogen : Estimate or None
        The part of `direct` that protons make by direct ionisation; None where the spectrum does not tell.
    sources : mapping of str to EffectRate
        Parts by source of particles.
    exact : bool
        Whether no cross section came with uncertainty.
    latched : Rate or None
        Of transients: those that a clock edge latches.
    weibull : Weibull or None
        The heavy-ion cross section behind it.
    proton_cross_section_cm2 : ndarray or None
        The proton cross section behind it at the energies of the environment, shape (n,).
    notes : tuple of str
        What a reader has to know.
    """

    direct: Rate | None
    proton: Rate | None
    total: Rate | None
    hydrogen: Estimate | None = None
    sources: Mapping[str, EffectRate] = field(default_factory=dict)
    exact: bool = True
    latched: Rate | None = None
    weibull: Weibull | None = None
    proton_cross_section_cm2: Array | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceRate:
    """All rates of a device.

    Parameters
    ----------
    upset : EffectRate or None
        Per bit and day.
    effects : mapping of str to EffectRate
        Latch-ups, functional interrupts, transients: per device and day.
    notes : tuple of str
        What a reader has to know of the upsets.
    """

    upset: EffectRate | None
    effects: Mapping[str, EffectRate]
    notes: tuple[str, ...]

    @property
    def direct(self) -> Estimate | None:
        """Upsets per bit and day by direct ionisation."""
        return None if self.upset is None or self.upset.direct is None else self.upset.direct.estimate

    @property
    def proton(self) -> Estimate | None:
        """Upsets per bit and day by nuclear reactions of protons."""
        return None if self.upset is None or self.upset.proton is None else self.upset.proton.estimate

    @property
    def total(self) -> Estimate | None:
        """Both together."""
        return None if self.upset is None or self.upset.total is None else self.upset.total.estimate

    @property
    def exact_inputs(self) -> bool:
        """Whether the cross section of the upsets came without uncertainty, so that the interval has no width."""
        return self.upset is None or self.upset.exact
