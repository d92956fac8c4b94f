"""The commands fit, rate and payload as a user runs them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from radtest.core import Beam, Device, Effect, Event, RunEnd, RunHeader, StopReason
from radtest.log import Journal, seal

ROOT = Path(__file__).parents[2]
SPECTRUM = "fixtures/spectra/spenvis_let_spectrum.csv"


def radtest(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "radtest", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def document(*arguments):
    result = radtest(*arguments, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_fit_prints_each_parameter_with_its_interval():
    fit = document("fit", "fixtures/cross_sections/sram_64mbit_seu.csv")
    for name in ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape"):
        assert fit[name]["low"] <= fit[name]["value"] <= fit[name]["high"]
    assert fit["converged"] is True
    assert fit["degrees_of_freedom"] == 4
    assert 0 < fit["p_value"] <= 1
    assert fit["per"] == "bit"


def test_fit_takes_several_files_and_fits_latch_up_per_device():
    fit = document("fit", "fixtures/cross_sections/sram_64mbit_sel.csv", "--effect", "sel")
    assert (fit["per"], fit["effect"], fit["events"]) == ("device", "sel", 131)
    both = document("fit", *["fixtures/cross_sections/sram_64mbit_sel.csv"] * 2, "--effect", "sel")
    assert both["points"] == 2 * fit["points"]


def test_a_limit_that_the_data_do_not_set_is_null(tmp_path):
    path = tmp_path / "points.csv"
    rows = "".join(f"{let},{round(20 * (let - 0.5) ** 1.5)},1e6\n" for let in (1.16, 2.39, 7.27, 16.5, 25.0, 49.3))
    path.write_text(f"let_mev_cm2_mg,count,fluence_cm2\n{rows}", encoding="utf-8")
    fit = document("fit", str(path))
    assert fit["sigma_sat_cm2"]["high"] is None
    assert "sigma_sat_cm2" not in fit["constrained"]


def test_tables_for_people_show_points_and_parameters():
    result = radtest("fit", "fixtures/cross_sections/sram_64mbit_seu.csv")
    assert result.returncode == 0
    assert "saturation" in result.stdout
    assert "deviance" in result.stdout


@pytest.mark.parametrize(("device", "reported"), [("2164", 2.6472e-2), ("r160-25", 2.9647e-7)])
def test_rate_agrees_with_spenvis_from_the_command_line_alone(device, reported):
    rate = document("rate", f"fixtures/devices/{device}.toml", "--spectrum", SPECTRUM)
    assert rate["direct"]["per_bit_day"] == pytest.approx(reported, rel=0.03)
    assert rate["total"] == rate["direct"]
    assert rate["proton"].keys() == rate["direct"].keys()
    assert set(rate["proton"].values()) == {None}


def test_rate_in_an_orbit_has_protons_where_the_device_has(tmp_path):
    pytest.importorskip("pycatima", reason="environments need the extra stopping")
    orbit = "fixtures/orbits/geo.toml"
    plain = document("rate", "fixtures/devices/polarfire_usram.toml", "--orbit", orbit)
    # CREME96 as published by the maker: 4.44e-8, within a factor of 2.
    assert 2.22e-8 < plain["direct"]["per_bit_day"] < 8.88e-8
    assert plain["proton"]["per_bit_day"] is None
    device = tmp_path / "device.toml"
    text = (ROOT / "fixtures/devices/polarfire_usram.toml").read_text(encoding="utf-8")
    device.write_text(text + '\n[proton]\nmodel = "bendel2"\na = 6.5\nb = 9.26\n', encoding="utf-8")
    rate = document("rate", str(device), "--orbit", orbit)
    assert rate["direct"] == plain["direct"]
    assert rate["total"]["per_bit_day"] == pytest.approx(rate["direct"]["per_bit_day"] + rate["proton"]["per_bit_day"])
    # About 4 protons /(cm² s) of several 100 MeV to several GeV, at some 1.4e-10 cm².
    assert rate["proton"]["per_bit_day"] == pytest.approx(4.9e-5, rel=0.2)


@pytest.mark.parametrize("environment", [(), ("--spectrum", SPECTRUM, "--orbit", "fixtures/orbits/geo.toml")])
def test_rate_needs_one_environment(environment):
    result = radtest("rate", "fixtures/devices/2164.toml", *environment)
    assert result.returncode == 2
    assert "give one of --spectrum and --orbit" in result.stderr


def test_rate_of_fitted_points_has_an_interval(tmp_path):
    path = tmp_path / "device.toml"
    points = (ROOT / "fixtures/cross_sections/sram_64mbit_seu.csv").as_posix()
    path.write_text(
        f'bits = 67108864\n[heavy_ion]\npoints = "{points}"\n[sensitive_volume]\nx_um = 0.5\ny_um = 0.5\nz_um = 0.25\n',
        encoding="utf-8",
    )
    rate = document("rate", str(path), "--spectrum", SPECTRUM)
    assert rate["direct"]["low"] < rate["direct"]["per_bit_day"] < rate["direct"]["high"]
    assert rate["device"]["per_device_day"] == pytest.approx(rate["direct"]["per_bit_day"] * 67108864)


def test_payload_prints_rates_heat_life_and_its_inputs():
    payload = document("payload", "fixtures/payloads/image_processor.toml", "--draws", "500")
    for name in ("upsets_per_day", "sdc_per_day", "outages_per_day", "availability", "throughput"):
        assert payload[name]["low"] <= payload[name]["value"] <= payload[name]["high"]
    assert set(payload["thermal"]) == {"hot", "mean", "cold"}
    assert payload["thermal"]["cold"]["junction_k"] <= payload["thermal"]["hot"]["junction_k"]
    assert payload["life_factor"] > 0
    assert payload["inputs"]["chip"]["power_w"] == 28.0
    assert payload["sources"]["chip.power_w"]["from"].endswith("image_processor.toml")
    assert set(payload["conditions"]) == {"spectrum"}


def test_payload_and_rate_agree_in_value_interval_and_model():
    pytest.importorskip("aep8", reason="trapped protons need the extra orbit")
    payload = document("payload", "fixtures/payloads/in_orbit.toml")
    rate = document(
        "rate", "fixtures/devices/sram_64mbit.toml", "--orbit", "fixtures/orbits/sun_synchronous_550km.toml"
    )
    quiet = payload["conditions"]["quiet"]["rates"]
    for part in ("direct", "proton", "total"):
        assert quiet["upset"][part] == rate[part]
        assert quiet["effects"]["sel"][part] == rate["effects"]["sel"][part]
    assert payload["upsets_per_bit_day"]["low"] == rate["total"]["low"]
    bits = 67_108_864 * 0.6 * 8
    assert payload["upsets_per_day"]["model_high"] == pytest.approx(rate["total"]["model_high"] * bits)
    storm = payload["conditions"]["worst_day"]
    assert storm["upsets_per_day"]["value"] > payload["upsets_per_day"]["value"]
    assert storm["availability"]["value"] < payload["availability"]["value"]
    assert storm["environment"]["sha256"] != payload["conditions"]["quiet"]["environment"]["sha256"]
    period = payload["conditions"]["quiet"]["environment"]["period_s"]
    per_orbit = payload["conditions"]["quiet"]["per_orbit"]["sdc"]["value"]
    assert per_orbit == pytest.approx(payload["sdc_per_day"]["value"] * period / 86400)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("fit", "absent.csv"), "absent.csv: no such file"),
        (("fit",), "FILES"),
        (("fit", "fixtures/devices/2164.toml"), "unknown column"),
        (("rate", "absent.toml", "--spectrum", SPECTRUM), "absent.toml: no such file"),
        (("rate", "fixtures/devices/2164.toml", "--spectrum", "fixtures/devices/2164.toml"), "2164.toml"),
        (("rate", "fixtures/payloads/image_processor.toml", "--spectrum", SPECTRUM), "unknown key"),
        (("payload", "fixtures/devices/2164.toml"), "missing; it is required"),
        (("rate", "fixtures/devices/2164.toml", "--spectrum", SPECTRUM, "--confidence", "95"), "0<x<1"),
    ],
)
def test_wrong_input_ends_with_status_2_one_message_and_no_traceback(arguments, words):
    result = radtest(*arguments)
    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["fit", "rate", "payload"])
def test_help_shows_an_example(command):
    assert "Example: radtest" in radtest(command, "--help").stdout


def seal_run(folder, number, let, upsets, latch_ups, fluence_cm2):
    """Write a beam run as the engine does, with as many events as were counted."""
    header = RunHeader(
        run_number=number,
        title="simulated",
        start_time_ns=0,
        source=Beam("Kr", 84, 1226.0, let),
        device=Device("SRAM", serial="A1", bits=1 << 20),
        configuration="",
        program_name="test",
    )
    path = folder / f"run{number}.journal"
    with Journal.create(path, header) as journal:
        for index in range(upsets):
            journal.event(Event(index, Effect.SEU, address=index, bit=0))
        for index in range(latch_ups):
            journal.event(Event(index, Effect.SEL))
        journal.fluence(1, fluence_cm2)
        journal.quality("live_fluence_cm2", fluence_cm2, "cm-2")
        journal.end(RunEnd(10**9, StopReason.EVENTS, valid=True))
    return seal(path, folder / f"run{number}.h5")


def test_fit_reads_sealed_runs(tmp_path):
    counts = zip((1.16, 2.39, 7.27, 16.5, 25.0, 49.3), (4, 14, 90, 190, 230, 250), (0, 0, 3, 10, 15, 16), strict=True)
    runs = [
        str(seal_run(tmp_path, number, let, upsets, latch_ups, 1e5))
        for number, (let, upsets, latch_ups) in enumerate(counts, start=1)
    ]
    upsets = document("fit", *runs)
    assert (upsets["per"], upsets["events"]) == ("bit", 778)
    assert upsets["sigma_sat_cm2"]["value"] == pytest.approx(250 / 1e5 / (1 << 20), rel=0.2)
    latch_ups = document("fit", *runs, "--effect", "sel")
    assert (latch_ups["per"], latch_ups["events"]) == ("device", 44)
