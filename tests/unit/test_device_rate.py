"""Rates of device files: intervals, model uncertainty, effects per device, parts by source, suspicions."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from radtest.analysis import LetSpectrum, SensitiveVolume, Weibull, effective_flux, thin_layer_flux, upset_rate
from radtest.analysis.device_configuration import DeviceConfiguration
from radtest.analysis.device_rate import DeviceRate, device_rate
from radtest.analysis.figure_of_merit import figure_of_merit, limiting_proton_cross_section, orbit_coefficients
from radtest.analysis.parameter_draws import interval_draws, spread_draws
from radtest.analysis.proton import bendel_two, proton_rate_per_day
from radtest.analysis.rate_checks import cross_checks
from radtest.analysis.rate_environment import RateEnvironment, SourceEnvironment
from radtest.core import ConfigurationError
from radtest.core.configuration import parse_configuration

ROOT = Path(__file__).parents[2]
LET = np.geomspace(0.01, 100, 300)
SPECTRUM = LetSpectrum.from_integral(LET, LET**-2.0 - 100**-2.0)
ENERGY = np.geomspace(1, 1000, 300)
PROTONS = (ENERGY, 50.0 * ENERGY**-2.0)
FOUR = "sigma_sat_cm2 = 1e-8\nlet0_mev_cm2_mg = 0.5\nwidth_mev_cm2_mg = 10\nshape = 1.5\n"
BOX = "[sensitive_volume]\nx_um = 1\ny_um = 1\nz_um = 0.5\n"
BENDEL = '[proton]\nmodel = "bendel2"\na = 6.5\nb = 9.26\n'
CELL = f"[heavy_ion]\n{FOUR}{BOX}"


def device(text: str) -> DeviceConfiguration:
    return parse_configuration(text, DeviceConfiguration, "device.toml")


def rated(text: str, **options: int) -> DeviceRate:
    return device_rate(device(text), ROOT, SPECTRUM, PROTONS, **options)


def test_given_parameters_make_an_interval_without_width_and_the_model_stands_apart() -> None:
    rates = rated(CELL + BENDEL)
    assert rates.upset is not None
    direct = rates.upset.direct
    assert direct is not None
    assert direct.estimate.low == direct.estimate.value == direct.estimate.high
    assert (direct.model_low, direct.model_high) == (direct.value / 2, direct.value * 2)
    assert rates.exact_inputs


def test_a_relative_uncertainty_of_protons_widens_their_part_and_the_total_alone() -> None:
    rates = rated(CELL + BENDEL + "relative_uncertainty = 0.3\n", draws=4000)
    direct, proton, total = rates.direct, rates.proton, rates.total
    assert direct is not None
    assert proton is not None
    assert total is not None
    assert proton.value == pytest.approx(proton_rate_per_day(lambda e: bendel_two(e, 6.5, 9.26), *PROTONS))
    spread = math.sqrt(math.log1p(0.3**2)) * 1.96
    assert proton.high / proton.value == pytest.approx(math.exp(spread), rel=0.06)
    assert proton.value / proton.low == pytest.approx(math.exp(spread), rel=0.06)
    assert direct.low == direct.high
    assert total.high - total.value == pytest.approx(proton.high - proton.value)
    assert not rates.exact_inputs


def test_independent_parts_add_in_quadrature_not_limit_by_limit() -> None:
    text = CELL.replace("shape = 1.5\n", "shape = 1.5\nrelative_uncertainty = 0.1\n")
    direct = rated(text).direct
    assert direct is not None
    height = direct.value / proton_rate_per_day(lambda e: np.where(e > 20, 1.0, 0.0), *PROTONS)
    step = '[proton]\nmodel = "weibull"\nenergy0_mev = 20\nwidth_mev = 0.001\nshape = 1\nrelative_uncertainty = 0.1\n'
    total = rated(f"{text}{step}sigma_sat_cm2 = {height}\n", draws=4000).total
    assert total is not None
    assert (total.high - total.low) / total.value == pytest.approx(2 * 1.96 * 0.1 / math.sqrt(2), rel=0.08)


def test_published_intervals_come_back_from_their_draws() -> None:
    rng = np.random.default_rng(3)
    drawn = interval_draws("a", 5.0, (2.0, 9.0), 0.95, rng, 200_000)
    assert np.quantile(drawn, [0.025, 0.5, 0.975]) == pytest.approx([2.0, 5.0, 9.0], rel=0.01)
    from_zero = interval_draws("let0", 1.0, (0.0, 2.0), 0.95, rng, 200_000)
    assert from_zero.min() == 0.0
    assert np.quantile(from_zero, 0.975) == pytest.approx(2.0, rel=0.01)
    assert np.quantile(spread_draws(3.0, rng, 200_000), [0.025, 0.975]) == pytest.approx([1 / 3, 3], rel=0.01)
    with pytest.raises(ConfigurationError, match="does not lie about the value"):
        interval_draws("a", 5.0, (6.0, 9.0), 0.95, rng, 10)


def test_a_fit_as_json_brings_its_intervals(tmp_path: Path) -> None:
    values = {"sigma_sat_cm2": 1e-8, "let0_mev_cm2_mg": 0.5, "width_mev_cm2_mg": 10.0, "shape": 1.5}
    document = {name: {"value": v, "low": 0.9 * v, "high": 1.1 * v} for name, v in values.items()} | {"per": "bit"}
    (tmp_path / "fit.json").write_text(json.dumps(document), encoding="utf-8")
    configuration = device(f'[heavy_ion]\nfit = "fit.json"\n{BOX}')
    rates = device_rate(configuration, tmp_path, SPECTRUM)
    exact = rated(CELL).direct
    assert rates.direct is not None
    assert exact is not None
    assert rates.direct.value == exact.value
    assert rates.direct.low < 0.9 * exact.value < 1.1 * exact.value < rates.direct.high
    assert "independent" in " ".join(rates.notes)
    for wrong, words in (
        ({"per": "device"}, "per bit is wanted"),
        ({"shape": {"value": 1.5, "low": 1}}, "did not set"),
    ):
        (tmp_path / "fit.json").write_text(json.dumps(document | wrong), encoding="utf-8")
        with pytest.raises(ConfigurationError, match=words):
            device_rate(configuration, tmp_path, SPECTRUM)


def test_effects_per_device_are_bounded_where_the_volume_is_not_known() -> None:
    rates = rated(f"[sel]\n{FOUR}[sel.proton]\nmodel = 'bendel2'\na = 6.5\nb = 9.26\n")
    assert rates.upset is None
    total, direct = rates.effects["sel"].total, rates.effects["sel"].direct
    assert total is not None
    assert direct is not None
    assert direct.geometry is not None
    assert direct.geometry[0] == pytest.approx(direct.value / 2)
    assert direct.geometry[0] < direct.value <= direct.geometry[1] < 5 * direct.value
    known = rated(f"[sel]\n{FOUR}{BOX.replace('[', '[sel.')}").effects["sel"].direct
    assert known is not None
    assert known.geometry is None
    assert known.value == pytest.approx(
        upset_rate(Weibull(1e-8, 0.5, 10, 1.5), effective_flux(SPECTRUM, SensitiveVolume(1, 1, 0.5)))
    )


def test_an_effect_at_the_top_is_the_table_of_its_name() -> None:
    named = rated(f"[sefi]\n{FOUR}").effects["sefi"]
    above = rated(f'effect = "sefi"\n[heavy_ion]\n{FOUR}')
    assert above.upset is None
    assert above.effects["sefi"].total == named.total


def test_a_clock_latches_a_share_of_the_transients() -> None:
    rate = rated(f"[set]\n{FOUR}pulse_width_ns = 0.5\nclock_mhz = 200\n").effects["set"]
    assert rate.total is not None
    assert rate.latched is not None
    assert rate.latched.value == pytest.approx(0.1 * rate.total.value)


def test_sources_and_hydrogen_are_parts_of_the_whole() -> None:
    half = LetSpectrum.from_integral(LET, SPECTRUM.integral_cm2_day / 2)
    part = SourceEnvironment(half, (ENERGY, PROTONS[1] / 2))
    environment = RateEnvironment(SPECTRUM, PROTONS, half, {"gcr": part, "trapped": part})
    rate = device_rate(device(CELL + BENDEL), ROOT, environment).upset
    assert rate is not None
    assert rate.total is not None
    assert rate.direct is not None
    assert rate.hydrogen is not None
    assert rate.hydrogen.value == pytest.approx(rate.direct.value / 2)
    assert any("50% of the direct ionisation is by protons" in note for note in rate.notes)
    totals = [source.total.value for source in rate.sources.values() if source.total is not None]
    assert sum(totals) == pytest.approx(rate.total.value)


def test_estimates_of_protons_move_with_the_heavy_ions_and_carry_their_spread() -> None:
    rates = rated(CELL + '[proton]\nmodel = "fom"\n', draws=5000)
    assert rates.proton is not None
    assert rates.proton.high / rates.proton.value == pytest.approx(3.0, rel=0.1)
    assert "estimate from heavy ions" in " ".join(rates.notes)
    narrow = rated(CELL + '[proton]\nmodel = "fom"\nspread_factor = 1\n').proton
    assert narrow is not None
    assert narrow.high == pytest.approx(narrow.low)
    with pytest.raises(ConfigurationError, match="no cross section"):
        rated('[proton]\nmodel = "fom"\n')


def test_figure_of_merit_is_its_definition() -> None:
    weibull = Weibull(1e-8, 1.0, 10.0, 2.0)
    quarter = 1.0 + 10.0 * math.sqrt(math.log(4 / 3))
    assert figure_of_merit(weibull) == pytest.approx(1e-8 / quarter**2)
    assert float(limiting_proton_cross_section(1e-8, 1.0, 10.0, 2.0)) == pytest.approx(1e-8 / quarter**2 / 4.5e4)
    ions, protons = orbit_coefficients(500.0, 120.0, 2.54)
    assert (ions, protons) == pytest.approx((56.0, 18.2))


def test_cross_checks_say_where_they_fail() -> None:
    volume = device(CELL).sensitive_volume
    wide = cross_checks(Weibull(1e-8, 0.1, 60.0, 1.0), 1e-9, None, volume, SPECTRUM)
    merit = next(check for check in wide if check.name == "figure_of_merit_geo")
    assert merit.ratio is None
    assert any("wide" in warning for warning in merit.warnings)
    soft = cross_checks(Weibull(1e-8, 0.1, 0.5, 3.0), 1e-9, None, volume, SPECTRUM)
    assert any("below 1" in warning for warning in soft[0].warnings)
    hard = cross_checks(Weibull(1e-8, 30.0, 20.0, 3.0), 1e-9, None, volume, SPECTRUM)
    assert any("above 20" in warning for warning in hard[0].warnings)


def test_a_thin_layer_is_the_integral_over_its_cosines() -> None:
    flux = thin_layer_flux(SPECTRUM, 0.5)
    cosine = np.linspace(0.5, 1, 20001)
    for critical in (0.2, 3.0, 60.0, 150.0):
        plain = np.trapezoid(SPECTRUM.exceedance_cm2_day(critical * cosine) * cosine, cosine)
        assert np.interp(critical, flux.critical_let_mev_cm2_mg, flux.flux_cm2_day) == pytest.approx(plain, rel=0.01)
    assert thin_layer_flux(SPECTRUM, effective=False).flux_cm2_day == pytest.approx(SPECTRUM.integral_cm2_day / 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CELL.replace("1e-8", "1e-2"), "is it per device"),
        ("bits = 1000000\n" + CELL.replace("1e-8", "1e-2"), "divided by the 1,000,000 bits it would fit"),
        (CELL.replace("1e-8", "1e-12"), "are its sides in µm"),
        (CELL.replace("z_um = 0.5", "z_um = 500"), "is z right"),
        (CELL.replace("= 0.5\nwidth", "= 5000\nwidth"), "no upsets"),
        (
            CELL.replace("width_mev_cm2_mg = 10", "width_mev_cm2_mg = 0.001").replace("= 0.5\nw", "= 0.001\nw"),
            "too low",
        ),
        (f"bits = 8\n{CELL}[sel]\n{FOUR.replace('1e-8', '1e-9')}", "not more than"),
        (f"[sel]\n{FOUR.replace('1e-8', '1e3')}", "larger than a die"),
        (f"[sel]\n{FOUR.replace('= 0.5', '= 500')}", "no events"),
    ],
)
def test_what_looks_wrong_is_said_and_rated_all_the_same(text: str, words: str) -> None:
    rates = rated(text)
    assert words in " ".join([*rates.notes, *(note for effect in rates.effects.values() for note in effect.notes)])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bits = 8\n", "no cross section: give"),
        (f"bits = 0\n{CELL}", "greater than or equal to 1"),
        (f"[heavy_ion]\n{FOUR}", r"missing \[sensitive_volume\].*√σ_sat = 1 µm"),
        (CELL.replace("x_um = 1\n", "x_um = 13000\n"), "is 1.3 cm: give µm"),
        (CELL.replace("x_um = 1\n", "x_um = -1\n"), "greater than 0"),
        (f'effect = "sel"\n{CELL}[sel]\n{FOUR}', "not both"),
        (f'effect = "sel"\n{BOX}[set]\n{FOUR}', "needs"),
        (f'bits = 8\neffect = "sel"\n[heavy_ion]\n{FOUR}', "counted per device"),
        (f"[set]\n{FOUR}clock_mhz = 5\n", "needs pulse_width_ns"),
        (CELL + BENDEL + "spread_factor = 2\n", "belongs to the estimates"),
        (CELL + BENDEL + "sigma_sat_cm2_interval = [1e-9, 1e-8]\n", "has no such interval"),
        (f'[heavy_ion]\npoints = "a.csv"\nrelative_uncertainty = 0.1\n{BOX}', "bring their own"),
        (f"[sel]\nlet0_mev_cm2_mg = 3\n{CELL}", "missing sigma_sat_cm2"),
        (f"{CELL}[system]\ndevices = 0\n", "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_rated_is_refused_with_words(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        device(text)
