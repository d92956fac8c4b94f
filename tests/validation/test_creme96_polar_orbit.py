"""800 km, 90°, 1977, 100 mil of aluminium: CREME96's own output, version 200, of 2 March 2022.

A public sample (PRBEM/IRBEM-extras, csda_rpp/data, by P. O'Brien): its integral LET spectrum and two of its rates, of
ions from helium to uranium in boxes 1 µm deep. Environment, cutoff (vertical, as CREME96 takes it), shield and folding
are all ours.
"""

import numpy as np
import pytest

pytest.importorskip("pycatima", reason="environments need the extra stopping")

from radtest.analysis import LetSpectrum, SensitiveVolume, Weibull, effective_flux, upset_rate
from radtest.analysis.environment import inside_environment
from radtest.analysis.orbit_configuration import OrbitConfiguration
from radtest.analysis.spectrum import SPHERE_DAY_PER_CM2
from radtest.core.configuration import parse_configuration

ORBIT = """
[orbit]
altitude_km = 800
inclination_deg = 90
cutoff = "vertical"
[gcr]
preset = "solar_minimum"
[shielding]
aluminium_mm = 2.54
[let_spectrum]
lightest_z = 2
"""
# LET in MeV·cm²/mg, particles of that LET or more per m² s sr.
FROM_THE_LIGHT_TO_IRON = [
    (0.6027, 9.4920e-01), (0.7961, 7.4461e-01), (1.0515, 5.7945e-01), (1.3889, 2.0996e-01), (1.8347, 1.0298e-01),
    (2.4234, 5.4877e-02), (3.2011, 2.9393e-02), (4.2284, 1.5667e-02), (5.5853, 8.2034e-03), (7.3777, 4.2008e-03),
    (9.7453, 2.2029e-03), (12.8726, 1.0854e-03), (17.0035, 4.9797e-04),
]  # fmt: skip
ABOVE_IRON = [
    (36.5543, 1.4417e-07), (42.0122, 8.8928e-08), (48.2849, 5.6579e-08), (55.4942, 3.3752e-08), (63.7799,
    1.7844e-08),
]  # fmt: skip


@pytest.fixture(scope="module")
def spectrum() -> LetSpectrum:
    return inside_environment(parse_configuration(ORBIT, OrbitConfiguration, "orbit.toml")).let_spectrum


@pytest.mark.parametrize(("let", "published"), FROM_THE_LIGHT_TO_IRON)
def test_the_let_spectrum_is_that_of_creme96(let: float, published: float, spectrum: LetSpectrum) -> None:
    assert float(spectrum.exceedance_cm2_day([let])[0]) / SPHERE_DAY_PER_CM2 == pytest.approx(published, rel=0.12)


def test_the_let_spectrum_is_on_the_whole_within_a_tenth_of_creme96(spectrum: LetSpectrum) -> None:
    let, published = np.array(FROM_THE_LIGHT_TO_IRON).T
    ratio = spectrum.exceedance_cm2_day(let) / SPHERE_DAY_PER_CM2 / published
    assert float(np.exp(np.mean(np.log(ratio)))) == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize(("let", "published"), ABOVE_IRON)
def test_ions_above_nickel_are_as_many_as_in_creme96(let: float, published: float, spectrum: LetSpectrum) -> None:
    assert float(spectrum.exceedance_cm2_day([let])[0]) / SPHERE_DAY_PER_CM2 == pytest.approx(published, rel=0.2)


@pytest.mark.parametrize(
    ("side", "cross_section", "published"),
    [
        (44.72136, Weibull(2e-5, 0.5, 30, 1.0), 8.69132e-5),
        (70.71068, Weibull(5e-5, 10, 120, 1.5), 2.19981e-6),
    ],
)
def test_rates_are_those_of_creme96(
    side: float, cross_section: Weibull, published: float, spectrum: LetSpectrum
) -> None:
    rate = upset_rate(cross_section, effective_flux(spectrum, SensitiveVolume(side, side, 1.0)))
    assert rate == pytest.approx(published, rel=0.06)
