"""A counter that loses a fifth of its pulses, in a whole run: the cross section is the true one all the same."""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path

from radtest.campaign import BeamCampaignConfiguration, run_campaign, simulate
from radtest.core.configuration import parse_configuration
from radtest.log import cross_section_point, open_record

FIXTURES = Path(__file__).parents[2] / "fixtures"
STATION = FIXTURES / "stations" / "heavy_ion.toml"
CAMPAIGN = FIXTURES / "campaigns" / "heavy_ion.toml"
DEAD_TIME_S = 2e-5


def test_fluence_and_cross_section_are_those_of_all_particles(tmp_path):
    station_file = tmp_path / "station.toml"
    station_file.write_text(
        STATION.read_text().replace("efficiency = 0.95", f"efficiency = 0.95\ndead_time_s = {DEAD_TIME_S}")
    )
    head, *ions = CAMPAIGN.read_text().split("[[ions]]")
    head = re.sub(r"\[stop\].*?\n\n", "[stop]\nevents = 2000\ntime_s = 600.0\n\n", head, flags=re.DOTALL)
    head = head.replace("[dosimetry]", f"[dosimetry]\ndead_time = {{ tau_s = {DEAD_TIME_S}, sigma_s = 1e-6 }}")
    text = "[[ions]]".join([head, *(ion for ion in ions if 'particle = "Ar"' in ion)])
    campaign = parse_configuration(text, BeamCampaignConfiguration, "campaign.toml")
    with simulate(station_file, speed=50.0, seed=5) as station:
        result = run_campaign(campaign, text, tmp_path / "runs", station=station)
    device = tomllib.loads(STATION.read_text())["device"]
    with open_record(result.runs[0].path) as record:
        point = cross_section_point(record)
        correction = record.quality_value("counter_dead_time_correction")
        bare = record.quality_value("uncorrected_fluence_cm2")
        total, sigma = record.quality_value("total_fluence_cm2"), record.quality_value("total_fluence_sigma_cm2")
    assert correction is not None
    assert bare is not None
    assert total is not None
    assert sigma is not None
    assert 0.15 < correction - 1.0 < 0.6
    assert math.isclose(total, bare * correction, rel_tol=1e-6)
    assert sigma > 0.01 * total
    upset = device["upset"]
    above = (point.let_mev_cm2_mg - upset["let0_mev_cm2_mg"]) / upset["width_mev_cm2_mg"]
    true_sigma = upset["sigma_sat_cm2"] * -math.expm1(-(above ** upset["shape"]))
    expected = true_sigma * device["words"] * device["word_bits"] * point.fluence_cm2
    assert abs(point.count - expected) < 4 * math.sqrt(expected)
    # Without the correction it would be wrong by far more than that.
    assert abs(point.count - expected / correction) > 4 * math.sqrt(expected)
