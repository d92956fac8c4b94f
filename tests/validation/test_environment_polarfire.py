"""GEO, solar minimum, 100 mil of aluminium: CREME96 rates of Microchip's RT PolarFire report, 2020-02-04.

The depth of the volume was not published; X = Y = √σ and Z = X/2 stand for it.
"""

import math
from pathlib import Path

import pytest

pytest.importorskip("pycatima", reason="environments need the extra stopping")

from radtest.analysis import LetSpectrum, SensitiveVolume, Weibull, effective_flux, upset_rate
from radtest.analysis.environment import inside_environment
from radtest.analysis.orbit_configuration import OrbitConfiguration
from radtest.core.configuration import read_configuration

GEO = Path(__file__).parents[2] / "fixtures/orbits/geo.toml"
CELLS = {
    "µSRAM": (Weibull(3e-9, 0.1, 12, 1.3), 4.44e-8),
    "LSRAM": (Weibull(5e-9, 0.1, 11, 1.3), 9.21e-8),
    "flip-flop, all 1": (Weibull(5e-9, 0.5, 11, 1.3), 4.07e-8),
    "flip-flop, all 0": (Weibull(4e-9, 0.5, 10, 1.3), 3.36e-8),
    "flip-flop, checkerboard": (Weibull(7e-8, 0.1, 32, 1.6), 2.28e-7),
    "flip-flop, checkerboard slow": (Weibull(3e-8, 0.1, 28, 1.5), 1.34e-7),
}


@pytest.fixture(scope="module")
def spectrum() -> LetSpectrum:
    configuration, _ = read_configuration(GEO, OrbitConfiguration)
    return inside_environment(configuration).let_spectrum


def ratio(cell: str, spectrum: LetSpectrum, depth_um: float | None = None) -> float:
    weibull, published = CELLS[cell]
    side = math.sqrt(weibull.sigma_sat_cm2) * 1e4
    volume = SensitiveVolume(side, side, side / 2 if depth_um is None else depth_um)
    return upset_rate(weibull, effective_flux(spectrum, volume)) / published


@pytest.mark.parametrize("cell", CELLS)
def test_rate_is_within_a_factor_of_two(cell: str, spectrum: LetSpectrum) -> None:
    assert 0.5 <= ratio(cell, spectrum) <= 2.0


def test_geometric_mean_of_the_ratios_is_within_a_factor_of_1_4(spectrum: LetSpectrum) -> None:
    mean = math.exp(sum(math.log(ratio(cell, spectrum)) for cell in CELLS) / len(CELLS))
    assert 1 / 1.4 <= mean <= 1.4


@pytest.mark.parametrize("cell", CELLS)
def test_with_one_depth_of_1_um_all_cells_agree(cell: str, spectrum: LetSpectrum) -> None:
    """All six lie within 2 % of each other at this one depth alone: it must be the one that was used."""
    assert ratio(cell, spectrum, 1.0) == pytest.approx(0.97, abs=0.04)
