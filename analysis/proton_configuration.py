"""The model of proton cross sections in device files: measured, or estimated from heavy ions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, model_validator

from radtest.analysis.cross_section_configuration import IonSensitivity, computable, relative_factors
from radtest.analysis.parameter_draws import interval_draws, spread_draws
from radtest.analysis.proton import bendel_one, bendel_two, proton_weibull
from radtest.analysis.proton_estimate import ESTIMATES, estimate_spread, fom_proton, huhtinen_proton, recoil_proton
from radtest.analysis.proton_points import ProtonPointsFit, fit_proton_points, read_proton_points
from radtest.analysis.weibull_fit import Per
from radtest.core.configuration import ConfigurationModel
from radtest.core.errors import ConfigurationError

__all__ = ["ProtonConfiguration", "ProtonSensitivity"]

Array = NDArray[np.float64]
Positive = Annotated[float, Field(gt=0), AfterValidator(computable)]
NotNegative = Annotated[float, Field(ge=0), AfterValidator(computable)]
Interval = tuple[Positive, Positive]

_KEYS: dict[str, tuple[str, ...]] = {
    "bendel1": ("a",),
    "bendel2": ("a", "b"),
    "weibull": ("sigma_sat_cm2", "energy0_mev", "width_mev", "shape"),
    **dict.fromkeys(ESTIMATES, ()),
}
_OPTIONAL: dict[str, tuple[str, ...]] = {"fom": ("a",), "huhtinen": ("a",), "recoil": ("depth_um", "angle_deg")}
_ESTIMATES: dict[str, Callable[..., Array]] = {
    "fom": fom_proton,
    "huhtinen": huhtinen_proton,
    "recoil": recoil_proton,
}
_MODELS: dict[str, Callable[..., Array]] = {
    "bendel1": bendel_one,
    "bendel2": bendel_two,
    "weibull": proton_weibull,
}
_INTERVALS = ("a", "b", "sigma_sat_cm2", "energy0_mev", "width_mev", "shape")
_AT_ONCE = 250


@dataclass(frozen=True, slots=True, eq=False)
class ProtonSensitivity:
    """A proton cross section at given energies, with what is known of its uncertainty.

    Parameters
    ----------
    best : ndarray, shape (n,)
        Cross section at the energies asked for, cm².
    draws : callable or None
        Gives the cross sections of draws `start` to `stop` at the energies, shape (stop - start, n); None where it
        came without uncertainty.
    notes : tuple of str
        What a reader has to know.
    """

    best: Array
    draws: Callable[[int, int], Array] | None
    notes: tuple[str, ...]

    def rates(self, weights: Array, n: int) -> Array | None:
        """Return the rates of the first `n` draws with `weights` at the energies, per day; None without draws."""
        if self.draws is None:
            return None
        parts = [self.draws(start, min(start + _AT_ONCE, n)) @ weights for start in range(0, n, _AT_ONCE)]
        return np.concatenate(parts)


class ProtonConfiguration(ConfigurationModel):
    """A proton cross section, per bit or per device as its owner says.

    Parameters
    ----------
    model : str
        ``bendel1`` (a) or ``bendel2`` (a, b), MeV; ``weibull`` in energy; or an estimate from the heavy-ion cross
        section: ``fom``, ``huhtinen`` or ``recoil``.
    a, b : float
        Bendel's parameters, MeV; for ``fom`` and ``huhtinen``, `a` says the dependence on energy.
    sigma_sat_cm2, energy0_mev, width_mev, shape : float
        Of the Weibull.
    depth_um, angle_deg : float
        Of ``recoil``.
    relative_uncertainty : float
        Relative standard uncertainty of the whole cross section.
    a_interval, b_interval, sigma_sat_cm2_interval, energy0_mev_interval, width_mev_interval, shape_interval : tuple
        Published intervals of the parameters.
    interval_confidence : float
        Their confidence level.
    points : str
        CSV file of ``energy_mev,count,fluence_cm2[,bits]`` to fit ``bendel1``, ``bendel2`` or ``weibull`` to, instead
        of parameters; relative to the file that names it.
    fluence_uncertainty : float
        Relative standard uncertainty of the fluences of the points, common to all of them.
    spread_factor : float
        Factor up and down that holds 95 % of devices, for an estimate; ours by default.
    """

    model: Literal["bendel1", "bendel2", "weibull", "fom", "huhtinen", "recoil"] = "bendel2"
    points: str | None = None
    fluence_uncertainty: Annotated[float, Field(ge=0, lt=1)] = 0.0
    a: Positive | None = None
    b: Positive | None = None
    sigma_sat_cm2: Positive | None = None
    energy0_mev: NotNegative | None = None
    width_mev: Positive | None = None
    shape: Positive | None = None
    depth_um: Positive | None = None
    angle_deg: Annotated[float, Field(gt=0, le=180)] | None = None
    relative_uncertainty: Annotated[float, Field(ge=0, lt=3)] = 0.0
    a_interval: Interval | None = None
    b_interval: Interval | None = None
    sigma_sat_cm2_interval: Interval | None = None
    energy0_mev_interval: tuple[NotNegative, NotNegative] | None = None
    width_mev_interval: Interval | None = None
    shape_interval: Interval | None = None
    interval_confidence: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
    spread_factor: Annotated[float, Field(ge=1, le=1000)] | None = None

    @model_validator(mode="after")
    def _keys_of_the_model(self) -> ProtonConfiguration:
        wanted, optional = _KEYS[self.model], _OPTIONAL.get(self.model, ())
        if self.points is not None:
            self._check_points()
            return self
        if self.fluence_uncertainty:
            raise ValueError("fluence_uncertainty belongs to points")
        missing = [name for name in wanted if getattr(self, name) is None]
        if missing:
            raise ValueError(f"model = {self.model!r} needs {', '.join(wanted)}; missing {', '.join(missing)}")
        others = {name for names in (*_KEYS.values(), *_OPTIONAL.values()) for name in names} - {*wanted, *optional}
        foreign = sorted(name for name in others if getattr(self, name) is not None)
        if foreign:
            has = ", ".join((*wanted, *optional))
            raise ValueError(f"{', '.join(foreign)}: model = {self.model!r} has only {has}")
        loose = [f"{name}_interval" for name in _INTERVALS if self._interval(name) and name not in wanted]
        if loose:
            raise ValueError(f"{', '.join(loose)}: model = {self.model!r} has no such interval")
        if self.spread_factor is not None and not self.estimated:
            raise ValueError("spread_factor belongs to the estimates fom, huhtinen and recoil")
        return self

    def _check_points(self) -> None:
        if self.estimated:
            raise ValueError(f"points are fitted by bendel1, bendel2 or weibull; {self.model} is an estimate")
        every = {name for names in (*_KEYS.values(), *_OPTIONAL.values()) for name in names}
        given = sorted(name for name in every if getattr(self, name) is not None)
        if given:
            raise ValueError(f"give either points or {', '.join(given)}, not both")
        if self.relative_uncertainty or self.spread_factor or any(self._interval(name) for name in _INTERVALS):
            raise ValueError("relative_uncertainty and intervals belong to parameters; points bring their own")

    @property
    def estimated(self) -> bool:
        """Whether it is an estimate from the heavy-ion cross section."""
        return self.model in ESTIMATES

    def _interval(self, name: str) -> tuple[float, float] | None:
        interval: tuple[float, float] | None = getattr(self, f"{name}_interval")
        return interval

    def cross_section_cm2(self, energy_mev: Array) -> Array:
        """Return the measured cross section at proton energies in MeV, cm²; an estimate needs `sensitivity`."""
        given = [float(getattr(self, name)) for name in _KEYS[self.model]]
        return _MODELS[self.model](energy_mev, *given)

    def fitted(self, folder: Path, per: Per, rng: np.random.Generator, n: int) -> ProtonPointsFit | None:
        """Return the fit to the points, if there are any; `folder` is where relative paths start."""
        if self.points is None or self.model not in _MODELS:
            return None
        form: Any = self.model
        return fit_proton_points(
            read_proton_points(folder / self.points),
            form,
            per_bit=per == "bit",
            rng=rng,
            draws=n,
            common_fluence_uncertainty=self.fluence_uncertainty,
        )

    def sensitivity(
        self,
        energy_mev: Array,
        ions: IonSensitivity | None,
        rng: np.random.Generator,
        n: int,
        fit: ProtonPointsFit | None = None,
    ) -> ProtonSensitivity:
        """Return the cross section at energies, and draws of it.

        Parameters
        ----------
        energy_mev : ndarray, shape (m,)
            Proton energies, MeV.
        ions : IonSensitivity or None
            The heavy-ion cross section, which the estimates need.
        rng : numpy.random.Generator
            Source of randomness.
        n : int
            Number of draws.
        fit : ProtonPointsFit, optional
            What `fitted` returned, where points are given.

        Raises
        ------
        ConfigurationError
            If an estimate has no heavy-ion cross section, or an interval does not lie about its value.
        """
        if self.estimated:
            return self._estimate(energy_mev, ions, rng, n)
        if fit is not None:
            form, table = _MODELS[self.model], fit.draws

            def drawn_from_points(start: int, stop: int) -> Array:
                return form(energy_mev, *table[start:stop].T[..., None])

            return ProtonSensitivity(form(energy_mev, *fit.best), drawn_from_points, fit.notes)
        best = self.cross_section_cm2(energy_mev)
        names = _KEYS[self.model]
        known = [name for name in names if self._interval(name) is not None]
        if not known and not self.relative_uncertainty:
            return ProtonSensitivity(
                best, None, ("the proton cross section is taken as exact: its part of the interval has no width.",)
            )
        columns = []
        for name in names:
            value, interval = float(getattr(self, name)), self._interval(name)
            exact = np.full(n, value)
            drawn = (
                exact if interval is None else interval_draws(name, value, interval, self.interval_confidence, rng, n)
            )
            columns.append(drawn[:, None])
        factors = relative_factors(self.relative_uncertainty, rng, n)[:, None]
        model = _MODELS[self.model]

        def draws(start: int, stop: int) -> Array:
            return factors[start:stop] * model(energy_mev, *(column[start:stop] for column in columns))

        notes = []
        if len(known) > 1:
            notes.append(
                f"protons: {', '.join(known)} are drawn from their intervals as if they were independent, which makes "
                "the interval of the rate too long."
            )
        return ProtonSensitivity(best, draws, tuple(notes))

    def _estimate(
        self, energy_mev: Array, ions: IonSensitivity | None, rng: np.random.Generator, n: int
    ) -> ProtonSensitivity:
        if ions is None:
            raise ConfigurationError(
                f"[proton] model = {self.model!r}: an estimate from heavy ions, of which there is no cross section",
                remedy="give the heavy-ion cross section, or a model with its parameters.",
            )
        best = ions.best
        four = np.array([best.sigma_sat_cm2, best.let0_mev_cm2_mg, best.width_mev_cm2_mg, best.shape])
        table = np.broadcast_to(four, (n, 4)) if ions.draws is None else ions.draws
        spread, ordinary = estimate_spread(self.model, best.let0_mev_cm2_mg, best.width_mev_cm2_mg, best.shape)
        factor = spread if self.spread_factor is None else self.spread_factor
        scale = (spread_draws(factor, rng, n) * relative_factors(self.relative_uncertainty, rng, n))[:, None]
        options = {name: getattr(self, name) for name in _OPTIONAL[self.model] if getattr(self, name) is not None}
        model = _ESTIMATES[self.model]

        def draws(start: int, stop: int) -> Array:
            return scale[start:stop] * model(energy_mev, *table[start:stop].T, **options)

        notes = [
            f"the proton cross section is an estimate from heavy ions ({self.model}), whose spread, a factor of "
            f"{factor:g} up and down, is in the interval: measure it where it matters."
        ]
        if not ordinary:
            notes.append(
                f"{self.model} may be far too low here: at LET 13, the most a recoil in silicon has, the heavy-ion "
                "curve has hardly begun to rise. What upsets such devices (recoils of heavier nuclei in contacts, one "
                "particle in several nodes) is not in it."
            )
        return ProtonSensitivity(model(energy_mev, *four, **options), draws, tuple(notes))
