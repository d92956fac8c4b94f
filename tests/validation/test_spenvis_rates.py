"""Rates that SPENVIS reported for a LET spectrum that it printed too (public repository PhiTheta/SPENVIS-Report)."""

from pathlib import Path

import pytest

from radtest.analysis import effective_flux, read_let_spectrum, upset_rate
from radtest.analysis.device_configuration import DeviceConfiguration
from radtest.core.configuration import read_configuration

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.mark.parametrize(
    ("device", "per_bit_day"),
    [("2164", 2.6472e-2), ("r160-25", 2.9647e-7), ("93l422", 2.9872), ("smj329c50gfam66", 0.21885)],
)
def test_direct_ionisation_rate_within_3_percent(device, per_bit_day):
    spectrum = read_let_spectrum(FIXTURES / "spectra/spenvis_let_spectrum.csv")
    configuration, _ = read_configuration(FIXTURES / f"devices/{device}.toml", DeviceConfiguration)
    flux = effective_flux(spectrum, configuration.sensitive_volume.build())
    assert upset_rate(configuration.heavy_ion.build(FIXTURES, "bit"), flux) == pytest.approx(per_bit_day, rel=0.03)
