"""Solar proton fluences of the ESP model against table I-3 of ECSS-E-ST-10-04C (15 November 2008), within 1 %."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radtest.analysis.esp import esp_solar_proton_fluence, esp_validity, solar_active_years
from radtest.core.errors import ConfigurationError


@pytest.mark.parametrize(
    ("energy_mev", "years", "confidence", "fluence_cm2"),
    [
        (10, 1, 0.95, 3.51e10),
        (10, 7, 0.95, 1.97e11),
        (1, 2, 0.50, 1.46e11),
        (30, 3, 0.90, 1.31e10),
        (100, 5, 0.99, 1.36e10),
    ],
)
def test_fluence_of_table_i_3(energy_mev: float, years: float, confidence: float, fluence_cm2: float) -> None:
    assert esp_solar_proton_fluence(energy_mev, years, confidence) == pytest.approx(fluence_cm2, rel=0.01)


@settings(max_examples=25)
@given(years=st.floats(0.2, 20), confidence=st.floats(0.5, 0.999))
def test_fluence_falls_with_energy_and_grows_with_years_and_confidence(years: float, confidence: float) -> None:
    energy = np.geomspace(1, 300, 60)
    fluence = esp_solar_proton_fluence(energy, years, confidence)
    assert np.all(np.diff(fluence) < 0)
    assert np.all(esp_solar_proton_fluence(energy, 1.1 * years, confidence) > fluence)
    assert np.all(esp_solar_proton_fluence(energy, years, confidence + 5e-4) > fluence)


def test_outside_the_model_is_said_or_refused() -> None:
    assert esp_validity(5, 0.95) is None
    assert "12 active years" in str(esp_validity(12, 0.95))
    assert "0.999" in str(esp_validity(5, 0.999))
    for arguments in [(0.5, 5, 0.9), (400, 5, 0.9), (10, 0, 0.9), (10, 5, 1.0)]:
        with pytest.raises(ConfigurationError):
            esp_solar_proton_fluence(*arguments)


def test_seven_years_of_each_cycle_are_active() -> None:
    assert [solar_active_years(years) for years in (5, 7, 10, 11, 15, 20)] == [5, 7, 7, 7, 11, 14]
