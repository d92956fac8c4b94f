"""Bootstrap of a fit: p-values at low counts, intervals, and what ``radtest fit`` prints of them."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from radtest.analysis import bootstrap_fit, chi_squared_is_poor, fit_weibull, read_points
from radtest.cli.fit import command
from radtest.core import ConfigurationError, CrossSectionPoint

RICH, POOR = "fixtures/cross_sections/sram_64mbit_seu.csv", "fixtures/cross_sections/sram_64mbit_sel.csv"
LETS = (1.2, 2.4, 7.3, 16.5, 25.0, 49.3)


def printed(*words):
    done = CliRunner().invoke(command, [*words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output, parse_constant=pytest.fail)


def test_a_fifth_of_points_under_five_events_is_poor():
    assert chi_squared_is_poor([4.9, 9, 9, 9, 9])
    assert not chi_squared_is_poor([4.9, 9, 9, 9, 9, 9])


def test_many_events_have_the_intervals_of_the_likelihood():
    fit = fit_weibull(read_points(RICH))
    found = bootstrap_fit(fit, np.random.default_rng(1), 600)
    assert found.converged == 600
    for name, interval in found.intervals.items():
        profile = getattr(fit, name)
        assert interval.value == profile.value
        assert interval.high - interval.low == pytest.approx(profile.high - profile.low, rel=0.2)


def test_refits_that_never_saturate_bound_nothing_above():
    fit = fit_weibull([CrossSectionPoint(let, int(0.02 * let**2), 1e6) for let in LETS])
    found = bootstrap_fit(fit, np.random.default_rng(1), 200)
    assert np.isinf(found.intervals["sigma_sat_cm2"].high)
    assert np.isinf(found.intervals["width_mev_cm2_mg"].high)


def test_a_common_factor_of_the_fluences_widens_the_saturation():
    points = read_points(RICH)
    narrow, wide = (
        bootstrap_fit(fit_weibull(points, common_fluence_uncertainty=u), np.random.default_rng(1), 300).intervals
        for u in (0.0, 0.1)
    )
    assert wide["sigma_sat_cm2"].high > 1.1 * narrow["sigma_sat_cm2"].high
    assert wide["shape"].high == pytest.approx(narrow["shape"].high, rel=1e-3)


def test_no_replicates_are_refused():
    with pytest.raises(ConfigurationError, match="number of replicates: got 0"):
        bootstrap_fit(fit_weibull(read_points(RICH)), np.random.default_rng(1), 0)


def test_low_counts_have_a_simulated_p_value_unasked():
    poor, rich = printed(POOR), printed(RICH)
    assert poor["bootstrap"]["replicates"] == 499
    assert poor["bootstrap"]["seed"] == 1
    assert 0 < poor["p_value_bootstrap"] <= 1
    assert poor["p_value_bootstrap"] == printed(POOR)["p_value_bootstrap"]
    assert rich["bootstrap"] is rich["p_value_bootstrap"] is None
    assert printed(POOR, "--bootstrap", "0")["p_value_bootstrap"] is None


def test_intervals_are_given_on_request():
    found = printed(RICH, "--bootstrap", "100", "--seed", "7")["bootstrap"]
    assert (found["replicates"], found["seed"], found["converged"]) == (100, 7, 100)
    assert (
        found["intervals"]["shape"]["low"] < found["intervals"]["shape"]["value"] < found["intervals"]["shape"]["high"]
    )


def test_people_see_both_p_values():
    said = CliRunner().invoke(command, [POOR, "--bootstrap", "99"], catch_exceptions=False).output
    assert "(χ²)" in said
    assert "99 simulations" in said
    assert "Parametric bootstrap" in said
