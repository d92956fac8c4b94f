"""Payload estimates: physics, propagation and bad input."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radtest.analysis import (
    Aging,
    Chip,
    Condition,
    LetSpectrum,
    Orbit,
    Payload,
    Proportion,
    Radiator,
    Recovery,
    Throttle,
    arrhenius_acceleration,
    clopper_pearson,
    estimate_payload,
    heat_cases,
)
from radtest.analysis.device_configuration import DeviceConfiguration
from radtest.analysis.device_rate import device_rate
from radtest.analysis.payload_conditions import EnvironmentConfiguration
from radtest.analysis.payload_configuration import PayloadConfiguration, read_payload
from radtest.analysis.payload_sources import payload_files, payload_parameters
from radtest.analysis.provenance import DEFAULT, environment_digest
from radtest.analysis.rate_environment import RateEnvironment
from radtest.core import ConfigurationError, Estimate
from radtest.core.configuration import read_configuration

EXAMPLE = Path(__file__).parents[2] / "fixtures/payloads/image_processor.toml"

FIXTURES = EXAMPLE.parents[1]

THROTTLE = Throttle(start_k=353.0, derating_per_k=0.02, shutdown_k=383.0)
CHIP = Chip(power_w=30.0, idle_power_w=6.0, thermal_resistance_k_w=0.8, throttle=THROTTLE)
RADIATOR = Radiator(0.5, emissivity=0.9, absorptivity=0.12, faces=2, sun_incidence_deg=90)
ORBIT = Orbit(550, 0)
LET = np.geomspace(0.1, 100.0, 200)
SPECTRUM = LetSpectrum.from_integral(LET, 1e3 * LET**-1.5)
ENVIRONMENT = RateEnvironment(SPECTRUM, (np.geomspace(1.0, 500.0, 50), np.full(50, 1e-2)), period_s=5760.0)
DEVICE = DeviceConfiguration.model_validate(
    {
        "heavy_ion": {"sigma_sat_cm2": 1e-9, "let0_mev_cm2_mg": 1.0, "width_mev_cm2_mg": 10.0, "shape": 1.5},
        "sensitive_volume": {"x_um": 0.5, "y_um": 0.5, "z_um": 0.25},
        "sel": {"sigma_sat_cm2": 1e-4, "let0_mev_cm2_mg": 10.0, "width_mev_cm2_mg": 30.0, "shape": 2.0},
    }
)
PAYLOAD = Payload(
    title="test",
    chips=8,
    bits_per_chip=1 << 26,
    derating=0.5,
    device=DEVICE,
    folder=FIXTURES,
    conditions=(Condition("quiet", ENVIRONMENT),),
    sdc=Proportion(30, 400),
    hang=Proportion(8, 400),
    recovery=Recovery(reboot_s=60.0, power_cycle_s=120.0, scrub_interval_s=30.0, scrub_s=0.3),
    chip=CHIP,
    overhead_w=40.0,
    radiator=RADIATOR,
    orbit=ORBIT,
    aging=Aging(0.7, 358.15),
)
PROTON = {"model": "bendel2", "a": 10.0, "b": 9.0, "relative_uncertainty": 0.3}


def estimate(payload=PAYLOAD, **options):
    return estimate_payload(payload, **options)


def with_device(**tables):
    """Return the payload with tables of its device in place of or beside its own."""
    plain = DEVICE.model_dump(exclude_unset=True)
    return replace(PAYLOAD, device=DeviceConfiguration.model_validate({**plain, **tables}))


def test_point_values_are_the_products_of_their_inputs():
    result = estimate()
    alone = device_rate(DEVICE, FIXTURES, ENVIRONMENT)
    upsets = alone.total.value * (1 << 26) * 0.5 * 8
    latch_ups = alone.effects["sel"].total.value * 8
    assert result.upsets_per_day.value == pytest.approx(upsets)
    assert result.sdc_per_day.value == pytest.approx(upsets * 30 / 400)
    assert result.hangs_per_day.value == pytest.approx(upsets * 8 / 400)
    assert result.latch_ups_per_day.value == pytest.approx(latch_ups)
    assert result.outages_per_day.value == pytest.approx(upsets * 8 / 400 + latch_ups)
    down = (upsets * 8 / 400 / 8 * 60 + latch_ups / 8 * 120) / 86400
    assert result.availability.value == pytest.approx(1 / (1 + down))
    assert result.all_chips_availability.value == pytest.approx((1 / (1 + down)) ** 8)
    assert result.standing_upsets.value == pytest.approx(upsets * 15 / 86400)


def test_rates_are_those_of_the_device_with_their_intervals_and_parts():
    payload = with_device(proton=PROTON, sel={**DEVICE.sel.model_dump(exclude_unset=True), "proton": PROTON})
    result = estimate(payload, seed=7, draws=500, confidence=0.9)
    alone = device_rate(payload.device, FIXTURES, ENVIRONMENT, seed=7, draws=500, confidence=0.9)
    assert result.rates.direct == alone.direct
    assert result.rates.proton == alone.proton
    assert result.upsets_per_bit_day == alone.total
    assert alone.proton.value > 0 < alone.direct.value
    assert result.latch_ups_per_day.estimate.low == pytest.approx(alone.effects["sel"].total.estimate.low * 8)
    assert result.latch_ups_per_day.estimate.high == pytest.approx(alone.effects["sel"].total.estimate.high * 8)
    bits = (1 << 26) * 0.5 * 8
    assert result.upsets_per_day.low == pytest.approx(alone.total.low * bits)
    assert result.upsets_per_day.high == pytest.approx(alone.total.high * bits)


def test_the_model_stays_apart_from_the_interval():
    narrow, wide = (estimate(with_device(model={"uncertainty_factor": factor})) for factor in (1.0, 3.0))
    assert wide.upsets_per_day.estimate == narrow.upsets_per_day.estimate
    assert wide.availability.estimate == narrow.availability.estimate
    assert narrow.sdc_per_day.model_low == narrow.sdc_per_day.value == narrow.sdc_per_day.model_high
    assert wide.sdc_per_day.model_low == pytest.approx(wide.sdc_per_day.value / 3.0)
    assert wide.outages_per_day.model_high == pytest.approx(wide.outages_per_day.value * 3.0)
    down = 1 / wide.availability.value - 1
    assert wide.availability.model_low == pytest.approx(1 / (1 + 3 * down))
    assert wide.availability.model_high == pytest.approx(1 / (1 + down / 3))


def test_an_event_is_estimated_beside_what_is_always_there():
    storm = RateEnvironment(LetSpectrum.from_integral(LET, 1e6 * LET**-1.5))
    result = estimate(replace(PAYLOAD, conditions=(Condition("quiet", ENVIRONMENT), Condition("worst_day", storm))))
    assert result.upsets_per_day == estimate().upsets_per_day
    assert result.event.upsets_per_day.value == pytest.approx(1e3 * result.upsets_per_day.value)
    assert result.event.availability.value < result.availability.value
    assert result.event.throughput.value < result.throughput.value


def test_functional_interrupts_are_outages_and_take_their_own_time():
    sefi = {"sigma_sat_cm2": 1e-5, "let0_mev_cm2_mg": 3.0, "width_mev_cm2_mg": 20.0, "shape": 2.0}
    payload, before = with_device(sefi=sefi), estimate()
    result = estimate(payload)
    assert result.interrupts_per_day.value > 0
    assert result.outages_per_day.value == pytest.approx(before.outages_per_day.value + result.interrupts_per_day.value)
    longer = estimate(replace(payload, recovery=replace(PAYLOAD.recovery, interrupt_s=6000.0)))
    assert longer.availability.value < result.availability.value < before.availability.value
    assert any("interrupt_s" in note for note in result.notes)


def test_latch_up_of_unknown_volume_has_bounds_of_the_geometry_all_the_way():
    result = estimate()
    low, high = result.latch_ups_per_day.geometry
    assert low < result.latch_ups_per_day.value < high
    assert result.outages_per_day.geometry[1] > result.outages_per_day.value
    least, most = result.availability.geometry
    assert least < result.availability.value < most


def test_a_device_that_nothing_in_the_environment_upsets_is_refused():
    device = DeviceConfiguration.model_validate({"proton": PROTON, "bits": 8})
    alone = replace(PAYLOAD, device=device, conditions=(Condition("spectrum", RateEnvironment(SPECTRUM)),))
    with pytest.raises(ConfigurationError, match="nothing in the environment upsets a bit"):
        estimate(alone)


def test_the_life_has_the_interval_of_the_activation_energy():
    exact = estimate()
    assert exact.life_factor.low == exact.life_factor.value == exact.life_factor.high
    result = estimate(replace(PAYLOAD, aging=Aging(0.7, 358.15, (0.6, 0.8))), draws=4000)
    ends = [1 / float(arrhenius_acceleration(energy, 358.15, result.hot.junction_k)) for energy in (0.6, 0.8)]
    assert result.life_factor_hot.low == pytest.approx(min(ends), rel=0.05)
    assert result.life_factor_hot.high == pytest.approx(max(ends), rel=0.05)
    assert result.life_factor_hot.value == exact.life_factor_hot.value


def test_with_an_exact_cross_section_the_interval_is_that_of_the_injection():
    result = estimate(draws=40_000)
    low, high = clopper_pearson(30, 400)
    assert result.sdc_per_day.low == pytest.approx(result.upsets_per_day.value * float(low), rel=0.02)
    assert result.sdc_per_day.high == pytest.approx(result.upsets_per_day.value * float(high), rel=0.02)


def test_no_corruption_seen_bounds_it_from_above_only():
    result = estimate(replace(PAYLOAD, sdc=Proportion(0, 400)))
    assert result.sdc_per_day.value == result.sdc_per_day.low == 0
    assert result.sdc_per_day.high == pytest.approx(result.upsets_per_day.value * 3.689 / 400, rel=0.05)


def test_a_probability_with_limits_is_propagated():
    result = estimate(replace(PAYLOAD, sdc=Estimate(0.1, 0.05, 0.2)), draws=20_000)
    ratio = result.sdc_per_day.high / result.sdc_per_day.value
    assert ratio == pytest.approx(2.0, rel=0.05)


def test_intervals_enclose_their_values_and_fractions_stay_below_one():
    result = estimate()
    for name in ("upsets_per_day", "sdc_per_day", "hangs_per_day", "latch_ups_per_day", "outages_per_day"):
        figure = getattr(result, name)
        assert 0 <= figure.low <= figure.value * (1 + 1e-12)
        assert figure.value <= figure.high * (1 + 1e-12)
    for name in ("availability", "all_chips_availability", "throughput", "mean_throughput"):
        figure = getattr(result, name)
        assert 0 <= figure.low <= figure.value <= figure.high <= 1


def test_without_upsets_and_latch_ups_nothing_is_ever_down():
    nothing = LetSpectrum.from_integral(LET, np.zeros(LET.size))
    device = DEVICE.model_copy(update={"sel": None})
    result = estimate(replace(PAYLOAD, device=device, conditions=(Condition("quiet", RateEnvironment(nothing)),)))
    assert result.availability.value == result.availability.low == 1
    assert result.outages_per_day.high == 0
    assert any("no latch-up" in note for note in result.notes)


def test_throughput_is_throttling_times_availability_less_scrubbing():
    result = estimate()
    assert result.throughput.value == pytest.approx(result.hot.throughput * result.availability.value * 0.99)


def test_life_is_arrhenius_at_the_junction_temperature():
    result = estimate()
    assert result.life_factor_hot.value == pytest.approx(
        1 / float(arrhenius_acceleration(0.7, 358.15, result.hot.junction_k))
    )
    assert result.life_factor_hot.value <= result.life_factor.value


def test_the_same_seed_gives_the_same_intervals():
    assert estimate().sdc_per_day == estimate().sdc_per_day


@settings(max_examples=60, deadline=None)
@given(
    area=st.floats(0.05, 5),
    power=st.floats(7, 200),
    resistance=st.floats(0, 3),
    beta=st.floats(-90, 90),
    incidence=st.floats(0, 180),
)
def test_every_case_balances_its_energy_and_its_throttle(area, power, resistance, beta, incidence):
    chip = Chip(power, 6.0, resistance, THROTTLE)
    radiator = Radiator(area, 0.9, 0.12, 2, incidence)
    for case in heat_cases(chip, 8, 40.0, radiator, Orbit(550, beta)):
        assert case.emitted_w == pytest.approx(case.payload_w + case.absorbed.total_w, rel=1e-9)
        per_chip = 6.0 + (power - 6.0) * case.throughput
        assert case.payload_w == pytest.approx(8 * per_chip + 40.0)
        assert case.junction_k == pytest.approx(case.radiator_k + per_chip * resistance)
        if not case.shut_down:
            assert case.throughput == pytest.approx(THROTTLE.throughput(case.junction_k), abs=1e-6)
            assert case.junction_k < THROTTLE.shutdown_k


@settings(max_examples=60, deadline=None)
@given(area=st.floats(0.05, 2), more=st.floats(1.05, 3), beta=st.floats(-80, 80))
def test_more_radiator_never_makes_it_hotter_and_the_cold_case_is_the_coldest(area, more, beta):
    small = heat_cases(CHIP, 8, 40.0, replace(RADIATOR, area_m2=area), Orbit(550, beta))
    large = heat_cases(CHIP, 8, 40.0, replace(RADIATOR, area_m2=area * more), Orbit(550, beta))
    assert all(b.throughput >= a.throughput for a, b in zip(small, large, strict=True))
    assert all(b.junction_k <= a.junction_k + 1e-6 or a.shut_down for a, b in zip(small, large, strict=True))
    hot, mean, cold = large
    assert cold.radiator_k <= mean.radiator_k + 1e-9
    assert mean.radiator_k <= hot.radiator_k + 1e-9


def test_throttling_keeps_the_junction_cooler_than_full_power_would():
    hot, _, _ = heat_cases(CHIP, 8, 40.0, replace(RADIATOR, area_m2=0.2), ORBIT)
    stubborn = Chip(30.0, 6.0, 0.8, Throttle(1000.0, 0.02, 2000.0))
    full, _, _ = heat_cases(stubborn, 8, 40.0, replace(RADIATOR, area_m2=0.2), ORBIT)
    assert 0 < hot.throughput < 1
    assert hot.junction_k < full.junction_k


def test_a_payload_that_cannot_be_cooled_shuts_down():
    result = estimate(replace(PAYLOAD, radiator=replace(RADIATOR, area_m2=0.02)))
    assert result.hot.shut_down
    assert result.throughput.value == 0
    assert any("cannot work there" in note for note in result.notes)


@pytest.mark.slow
def test_the_example_file_gives_an_estimate_with_intervals_of_both_legs():
    payload, configuration = read_payload(EXAMPLE)
    result = estimate(payload)
    assert configuration.chips == payload.chips == 8
    assert result.upsets_per_day.high / result.upsets_per_day.low > 1.3  # the fit and its fluences
    both = result.sdc_per_day.high / result.sdc_per_day.low
    low, high = clopper_pearson(31, 400)
    assert both > float(high / low)
    assert 0.3 < result.hot.throughput < 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("chips = 8", "chips = 0", "chips = 0"),
        ("faces = 2", "faces = 3", "faces"),
        ("emissivity = 0.90", "emissivity = 9.0", "emissivity = 9.0"),
        ("emissivity = 0.90", "emisivity = 0.90", "did you mean 'emissivity'"),
        ("count = 31", "count = 431", "larger than injections"),
        ("shutdown_c = 110.0", "shutdown_c = 80.0", "shutdown_c must lie above start_c"),
        ("scrub_s = 0.4", "scrub_s = 60.4", "longer than scrub_s"),
        ("spenvis_let_spectrum.csv", "absent.csv", "absent.csv: no such file"),
        ("altitude_km = 550.0", "altitude_km = -550.0", "altitude_km"),
        ('points = "../cross_sections/sram_64mbit_sel.csv"', "shape = 2.0", "missing sigma_sat_cm2, let0_mev_cm2_mg"),
    ],
)
def test_a_wrong_payload_file_is_refused_with_words(tmp_path, old, new, words):
    text = EXAMPLE.read_text(encoding="utf-8").replace("../", f"{EXAMPLE.parents[1].as_posix()}/")
    old, new = (part.replace("../", f"{EXAMPLE.parents[1].as_posix()}/") for part in (old, new))
    assert old in text
    path = tmp_path / "payload.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=words) as caught:
        read_payload(path)
    assert str(path) in str(caught.value)


IN_ORBIT = FIXTURES / "payloads/in_orbit.toml"
CHIP_TABLES = """[upset]
sigma_sat_cm2 = 1e-9
let0_mev_cm2_mg = 1
width_mev_cm2_mg = 10
shape = 1.5
[sensitive_volume]
x_um = 0.5
y_um = 0.5
z_um = 0.25
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("derating = 0.6", "derating = 0.6\nbits = 8", "chip.bits = 8, but .*sram_64mbit.toml has 67108864"),
        ("[aging]", f"{CHIP_TABLES}[aging]", "either device or .upset.*the device file holds these"),
        ('device = "../devices/sram_64mbit.toml"', "", "no cross section: give device"),
        ("sram_64mbit.toml", "absent.toml", "absent.toml: no such file"),
        ("sun_synchronous_550km.toml", "absent.toml", "absent.toml: no such file"),
        ('event = "worst day"', 'event = "worst year"', "event"),
        ('event = "worst day"', 'event = "solar maximum mean"', "is no event but a mean"),
        ('event = "worst day"', 'protons = "p.csv"', "an orbit brings its own"),
        ('orbit = "../orbits/sun_synchronous_550km.toml"', 'let_spectrum = "x.csv"', "event needs orbit"),
        ('event = "worst day"', 'let_spectrum = "x.csv"', "give one of let_spectrum"),
        ("beta_deg = 0.0", "beta_deg = 0.0\naltitude_km = 650", "650, but .*flies at 550 km"),
        ("interval = [0.6, 0.8]", "interval = [0.8, 0.9]", "must lie about activation_energy_ev"),
    ],
)
def test_a_wrong_payload_in_orbit_is_refused_with_words(tmp_path, old, new, words, monkeypatch):
    monkeypatch.setattr("radtest.analysis.payload_conditions.rate_environment", lambda _: ENVIRONMENT)
    text = IN_ORBIT.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "payload.toml"
    path.write_text(text.replace(old, new).replace("../", f"{FIXTURES.as_posix()}/"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=words) as caught:
        read_payload(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("solar", "event", "names"),
    [
        (None, None, ["quiet"]),
        (None, "worst_week", ["quiet", "worst_week"]),
        ("worst_day", None, ["quiet", "worst_day"]),
        ("worst_day", "worst_day", ["quiet", "worst_day"]),
        ("solar_maximum_mean", None, ["quiet"]),
        ("solar_maximum_mean", "october_1989_19", ["quiet", "october_1989_19"]),
    ],
)
def test_a_solar_event_is_a_condition_of_its_own(tmp_path, monkeypatch, solar, event, names):
    seen = []

    def environment(flight):
        seen.append(None if flight.solar is None else flight.solar.event)
        return ENVIRONMENT

    monkeypatch.setattr("radtest.analysis.payload_conditions.rate_environment", environment)
    orbit = (FIXTURES / "orbits/sun_synchronous_550km.toml").read_text(encoding="utf-8")
    (tmp_path / "orbit.toml").write_text(orbit + (f'[solar]\nevent = "{solar}"\n' if solar else ""))
    found = EnvironmentConfiguration(orbit="orbit.toml", event=event).conditions(tmp_path)
    assert [condition.name for condition in found] == names
    always = None if solar == "worst_day" else solar
    assert seen == ([always] if len(names) == 1 else [always, names[1]])


def test_an_orbit_file_with_another_event_is_refused(tmp_path):
    orbit = (FIXTURES / "orbits/sun_synchronous_550km.toml").read_text(encoding="utf-8")
    (tmp_path / "orbit.toml").write_text(orbit + '[solar]\nevent = "worst_day"\n')
    with pytest.raises(
        ConfigurationError, match=r"orbit.toml: its .solar. event is worst_day, that of the payload worst_w"
    ):
        EnvironmentConfiguration(orbit="orbit.toml", event="worst_week").conditions(tmp_path)


def test_every_parameter_and_file_has_its_source():
    configuration, _ = read_configuration(IN_ORBIT, PayloadConfiguration)
    found = {parameter.name: parameter for parameter in payload_parameters(IN_ORBIT, configuration)}
    assert found["chip.power_w"].origin == str(IN_ORBIT)
    assert found["orbit.albedo"].origin == DEFAULT
    assert found["chip.bits"].value == 67_108_864
    assert found["chip.bits"].origin.endswith("devices/sram_64mbit.toml")
    assert found["device.proton.model"].value == "recoil"
    assert found["environment.orbit.shielding.aluminium_mm"].value == 2.5
    assert found["orbit.altitude_km"].origin.endswith("sun_synchronous_550km.toml")
    assert found["device.model.uncertainty_factor"].origin == DEFAULT
    files = {file.role: file for file in payload_files(IN_ORBIT, configuration)}
    assert {"payload", "device", "heavy_ion.points", "sel.points", "environment.orbit"} <= set(files)
    assert files["payload"].sha256 == hashlib.sha256(IN_ORBIT.read_bytes()).hexdigest()


def test_a_digest_tells_environments_apart_and_nothing_else():
    again = replace(ENVIRONMENT, notes=("other words",))
    other = replace(ENVIRONMENT, let_spectrum=LetSpectrum.from_integral(LET, 1.001e3 * LET**-1.5))
    assert environment_digest(ENVIRONMENT) == environment_digest(again) != environment_digest(other)
