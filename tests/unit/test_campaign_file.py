"""The campaign file: what is legal, and what is said about what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from radtest.campaign import BeamCampaignConfiguration
from radtest.core import ConfigurationError
from radtest.core.configuration import parse_configuration, read_configuration

CAMPAIGN = Path(__file__).parents[2] / "fixtures" / "campaigns" / "heavy_ion.toml"


def changed(old: str, new: str) -> str:
    text = CAMPAIGN.read_text()
    assert old in text
    return text.replace(old, new, 1)


def test_the_sample_campaign_has_six_ions_of_rising_let():
    configuration, text = read_configuration(CAMPAIGN, BeamCampaignConfiguration)
    lets = [ion.let_mev_cm2_mg for ion in configuration.ions]
    assert lets == [1.16, 2.39, 7.27, 16.5, 25.0, 49.3]
    assert text == CAMPAIGN.read_text()
    assert all(ion.beam().let_source for ion in configuration.ions)
    assert configuration.device.device().temperature_k == pytest.approx(298.15)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("off_time_s = 4.0", "off_time_s = 3.9", "guard.off_time_s = 3.9: input should be greater than or equal to 4"),
        ("samples_in_a_row", "samples_in_row", "guard.samples_in_row: unknown key; did you mean 'samples_in_a_row'"),
        ("efficiency = 0.95", "efficiency = 95", "dosimetry.efficiency = 95: input should be less than or equal to 1"),
        ("flux_cm2_s = 3e4", "flux_cm2_s = -1", "flux_cm2_s = -1"),
        ("current_limit_a = 0.6", "current_limit_a = 0.15", "must lie above the software alarm"),
        ("number = 2", "number = 1", "every number may be used once only"),
        ('driver = "keysight-e36300"', 'driver = "acme"', "roles.supply.driver = 'acme': input should be"),
        ('pattern = "checkerboard"', 'pattern = "stripes"', "device.pattern = 'stripes'"),
        ("time_s = 115.0", "", "may never end"),
        ("mass_number = 14", "mass_number = 14.5", "mass_number = 14.5"),
        ('title = "Heavy ions on SRAM16M"', "", "title: missing; it is required."),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_is_legal(old, new, said):
    with pytest.raises(ConfigurationError) as caught:
        parse_configuration(changed(old, new), BeamCampaignConfiguration, "campaign.toml")
    assert said in str(caught.value)
    assert "campaign.toml" in str(caught.value)


def test_an_ion_may_have_stop_rules_of_its_own():
    text = changed("flux_cm2_s = 3e4", "flux_cm2_s = 3e4\nstop = { time_s = 5.0 }")
    configuration = parse_configuration(text, BeamCampaignConfiguration, "campaign.toml")
    assert configuration.stop_of(configuration.ions[0]).time_s == 5.0
    assert configuration.stop_of(configuration.ions[1]).events == 3000
