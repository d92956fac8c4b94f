"""Rates that SPENVIS reported for a whole orbit, from orbit file and device file alone.

Cluster-II FM8, 1 g/cm² of aluminium, AP-8 MAX, worst week of CREME96, ISO 15390: public repository
PhiTheta/SPENVIS-Report (figures only). The devices are Petersen's, IEEE Trans. Nucl. Sci. 45, 2550 (1998).
"""

from pathlib import Path

import pytest

pytest.importorskip("pycatima", reason="environments need the extra stopping")
pytest.importorskip("aep8", reason="trapped particles need the extra orbit")

from radtest.analysis.device_configuration import DeviceConfiguration
from radtest.analysis.device_rate import device_rate
from radtest.analysis.figure_of_merit import limiting_proton_cross_section
from radtest.analysis.orbit_configuration import OrbitConfiguration
from radtest.analysis.rate_environment import RateEnvironment, rate_environment
from radtest.core.configuration import read_configuration

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(scope="module")
def cluster() -> RateEnvironment:
    configuration, _ = read_configuration(FIXTURES / "orbits/cluster_fm8.toml", OrbitConfiguration)
    return rate_environment(configuration)


@pytest.mark.parametrize(("name", "direct", "proton"), [("2164", 2.6472e-2, 1.6155e-3), ("93l422", 2.9872, 2.3351e-2)])
def test_rates_of_spenvis_in_the_orbit_of_cluster(
    name: str, direct: float, proton: float, cluster: RateEnvironment
) -> None:
    configuration, _ = read_configuration(FIXTURES / f"devices/{name}.toml", DeviceConfiguration)
    rates = device_rate(configuration, FIXTURES, cluster)
    assert rates.direct is not None
    assert rates.proton is not None
    # Environment, shield and folding are all ours: 20 % where SPENVIS's own spectrum gives 3 %.
    assert rates.direct.value == pytest.approx(direct, rel=0.2)
    assert rates.proton.value == pytest.approx(proton, rel=0.1)


@pytest.mark.parametrize("name", ["2164", "93l422"])
def test_the_figure_of_merit_gives_the_limiting_proton_cross_section_within_its_spread(name: str) -> None:
    configuration, _ = read_configuration(FIXTURES / f"devices/{name}.toml", DeviceConfiguration)
    ions, proton = configuration.heavy_ion, configuration.proton
    assert ions is not None
    assert ions.sigma_sat_cm2 is not None
    assert ions.let0_mev_cm2_mg is not None
    assert ions.width_mev_cm2_mg is not None
    assert ions.shape is not None
    assert proton is not None
    assert proton.a is not None
    assert proton.b is not None
    estimated = limiting_proton_cross_section(
        ions.sigma_sat_cm2, ions.let0_mev_cm2_mg, ions.width_mev_cm2_mg, ions.shape
    )
    measured = (proton.b / proton.a) ** 14 * 1e-12
    assert 1 / 3 < float(estimated) / measured < 3
