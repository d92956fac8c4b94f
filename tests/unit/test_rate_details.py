"""What makes a rate, and the pictures of it."""

import json
from pathlib import Path

import numpy as np
import pytest

from radtest.analysis import LetSpectrum, SensitiveVolume, Weibull, effective_flux, isotropic_flux, upset_rate
from radtest.analysis.device_configuration import DeviceConfiguration
from radtest.analysis.device_rate import device_rate
from radtest.analysis.orbit_configuration import OrbitConfiguration
from radtest.analysis.proton import bendel_two, proton_rate_per_day
from radtest.analysis.proton_spectrum import read_proton_spectrum
from radtest.analysis.rate_details import rate_by_let, rates_against_shield
from radtest.analysis.rate_environment import orbit_period_s, rate_environment
from radtest.cli import main
from radtest.core import ConfigurationError
from radtest.core.configuration import parse_configuration, read_configuration
from radtest.report.rate_figures import PlottedIntegrand, draw_rate

ROOT = Path(__file__).parents[2]
LET = np.geomspace(0.01, 100, 1200)
SPECTRUM = LetSpectrum.from_integral(LET, LET**-2.0 - 100**-2.0)
WEIBULL = Weibull(1e-8, 0.5, 10.0, 1.5)


@pytest.mark.parametrize("volume", [SensitiveVolume(1, 1, 0.5), SensitiveVolume(9, 4, 1), None])
def test_what_each_let_adds_sums_to_the_rate(volume: SensitiveVolume | None) -> None:
    let, density = rate_by_let(WEIBULL, SPECTRUM, volume)
    flux = isotropic_flux(SPECTRUM) if volume is None else effective_flux(SPECTRUM, volume)
    assert np.trapezoid(density, np.log(let)) == pytest.approx(upset_rate(WEIBULL, flux), rel=0.02)


def test_periods_are_keplers() -> None:
    shield = "[shielding]\naluminium_mm = 2\n[gcr]\nw = 20\n"

    def period(text: str) -> float | None:
        return orbit_period_s(parse_configuration(f"[orbit]\n{text}\n{shield}", OrbitConfiguration, "x").orbit)

    low = period("altitude_km = 420\ninclination_deg = 51.6")
    assert low == pytest.approx(92.8 * 60, rel=0.005)
    assert period('kind = "geo"') == pytest.approx(86164, abs=1)
    assert period('kind = "interplanetary"') is None


def test_a_file_without_particles_and_means_of_the_sun_are_no_events() -> None:
    pytest.importorskip("pycatima", reason="environments need the extra stopping")
    geo = '[orbit]\nkind = "geo"\n[shielding]\naluminium_mm = 2\n[mission]\nyears = 10\n'
    with pytest.raises(ConfigurationError, match="no particles that a rate could come from"):
        rate_environment(parse_configuration(geo, OrbitConfiguration, "x"))
    mean = parse_configuration(geo + '[solar]\nevent = "solar_maximum_mean"\n', OrbitConfiguration, "x")
    environment = rate_environment(mean)
    assert environment.event is None
    assert environment.mission_years == 10


def test_the_rate_against_the_shield_goes_through_the_rate_of_the_orbit_file() -> None:
    pytest.importorskip("pycatima", reason="environments need the extra stopping")
    orbit, _ = read_configuration(ROOT / "fixtures/orbits/polar_825km.toml", OrbitConfiguration)
    device, _ = read_configuration(ROOT / "fixtures/devices/2164.toml", DeviceConfiguration)
    actual = orbit.shielding.thickness_g_cm2
    thin, same, thick = rates_against_shield(device, ROOT, orbit, [0.2, actual, 10.0])
    environment = rate_environment(orbit)
    whole = device_rate(device, ROOT, environment).upset
    assert whole is not None
    assert same.total == (None if whole.total is None else whole.total.estimate)
    assert thin.total is not None
    assert same.total is not None
    assert thick.total is not None
    assert thin.total.value > 3 * same.total.value > 9 * thick.total.value
    assert list(whole.sources) == ["gcr", "solar"]
    figure = draw_rate(
        "title",
        "bit",
        [PlottedIntegrand(LET, LET, {"gcr": LET / 2}, "LET")],
        {0.2: thin.upset, 10.0: thick.upset} if thin.upset and thick.upset else None,
        actual,
    )
    assert len(figure.axes) == 2
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["model", "95% interval", "total", "galactic cosmic rays", "solar event"]


def test_a_picture_of_a_spectrum_is_drawn_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "rate.png"
    spectrum = ROOT / "fixtures/spectra/spenvis_let_spectrum.csv"
    device = ROOT / "fixtures/devices/2164.toml"
    with pytest.raises(SystemExit) as end:
        main(["rate", str(device), "--spectrum", str(spectrum), "--plot", str(picture), "--json"])
    assert end.value.code == 0
    assert json.loads(capsys.readouterr().out)["plot"] == str(picture)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_protons_from_a_file_go_with_a_let_spectrum(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    energy = np.geomspace(10, 500, 60)
    rows = "".join(f"{e},{e**-1.5 / (4 * np.pi * 1e-4)}\n" for e in energy)
    (tmp_path / "protons.csv").write_text(f"# test\nenergy_mev,flux_m2_s_sr_mev\n{rows}", encoding="utf-8")
    arguments = ["rate", str(ROOT / "fixtures/devices/2164.toml"), "--json", "--protons", str(tmp_path / "protons.csv")]
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--spectrum", str(ROOT / "fixtures/spectra/spenvis_let_spectrum.csv")])
    assert end.value.code == 0
    found = json.loads(capsys.readouterr().out)
    expected = proton_rate_per_day(lambda e: bendel_two(e, 3.5, 4.03), energy, energy**-1.5)
    assert found["proton"]["per_bit_day"] == pytest.approx(expected, rel=1e-6)
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--orbit", str(ROOT / "fixtures/orbits/geo.toml")])
    assert end.value.code == 2
    assert "brings its own protons" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "columns none"),
        ("energy_mev,flux\n1,2\n", "head the columns energy_mev and one of"),
        ("energy_mev,flux_cm2_s_mev\n1,x\n", "line 2"),
        ("energy_mev,flux_cm2_s_mev\n1,-2\n2,1\n", "0 or more"),
        ("energy_mev,flux_cm2_s_mev\n2,2\n1,1\n", "not rising"),
    ],
)
def test_wrong_proton_spectra_are_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "protons.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=words):
        read_proton_spectrum(tmp_path / "protons.csv")
