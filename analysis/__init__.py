"""From counts to cross sections, rates and payloads: pure functions of arrays and value types.

The models of the payload and device files are in `radtest.analysis.device_configuration` and
`radtest.analysis.payload_configuration`, kept apart because pydantic is slow to import.
"""

from radtest.analysis.chord import chord_length_exceedance, sample_chord_lengths
from radtest.analysis.counting import (
    clopper_pearson,
    cross_section,
    leveugle_sample_size,
    poisson_limits,
    poisson_lower,
    poisson_upper,
    proportion,
    wilson,
)
from radtest.analysis.points import check_points, effective_beam, read_points
from radtest.analysis.rate import (
    EffectiveFlux,
    SensitiveVolume,
    effective_flux,
    isotropic_flux,
    rate_estimate,
    upset_rate,
    upset_rates,
)
from radtest.analysis.spectrum import LetSpectrum, read_let_spectrum
from radtest.analysis.weibull import Weibull, weibull_cross_section, weibull_fraction
from radtest.analysis.weibull_fit import Band, WeibullFit, fit_weibull

__all__ = [
    "Band",
    "EffectiveFlux",
    "LetSpectrum",
    "SensitiveVolume",
    "Weibull",
    "WeibullFit",
    "check_points",
    "chord_length_exceedance",
    "clopper_pearson",
    "cross_section",
    "effective_beam",
    "effective_flux",
    "fit_weibull",
    "isotropic_flux",
    "leveugle_sample_size",
    "poisson_limits",
    "poisson_lower",
    "poisson_upper",
    "proportion",
    "rate_estimate",
    "read_let_spectrum",
    "read_points",
    "sample_chord_lengths",
    "upset_rate",
    "upset_rates",
    "weibull_cross_section",
    "weibull_fraction",
    "wilson",
]
