"""LET spectra and the files that hold them."""

from pathlib import Path

import numpy as np
import pytest

from radtest.analysis import SPHERE_DAY_PER_CM2, LetSpectrum, read_let_spectrum
from radtest.core import ConfigurationError

SPENVIS = Path(__file__).parents[2] / "fixtures/spectra/spenvis_let_spectrum.csv"


def write(tmp_path, text):
    path = tmp_path / "spectrum.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_units_of_spenvis_become_units_of_radtest():
    assert pytest.approx(108.573, rel=1e-5) == SPHERE_DAY_PER_CM2
    spectrum = read_let_spectrum(SPENVIS)
    assert spectrum.let_mev_cm2_mg[0] == pytest.approx(1.6090e-3)
    assert spectrum.integral_cm2_day[0] == pytest.approx(6.0858e6 * 108.573, rel=1e-5)
    assert spectrum.differential_cm2_day[3] == pytest.approx(1.9981e4 * 108.573 * 1000, rel=1e-5)
    assert "SPENVIS" in spectrum.description


def test_the_same_spectrum_in_other_units_is_the_same_spectrum(tmp_path):
    per_g = write(tmp_path, "let_mev_cm2_g,integral\n1,1000\n1000,10\n100000,0\n")
    one = read_let_spectrum(per_g)
    rows = "".join(f"{let},{flux * SPHERE_DAY_PER_CM2}\n" for let, flux in ((0.001, 1000), (1, 10), (100, 0)))
    other = read_let_spectrum(write(tmp_path, f"let_mev_cm2_mg,integral_cm2_day\n{rows}"))
    np.testing.assert_allclose(other.let_mev_cm2_mg, one.let_mev_cm2_mg)
    np.testing.assert_allclose(other.integral_cm2_day, one.integral_cm2_day)


PER_DAY = SPHERE_DAY_PER_CM2


@pytest.mark.parametrize(
    ("header", "let_scale", "flux_scale"),
    [
        ("LET_MeV_cm2_mg,integral_cm2_day", 1, PER_DAY),
        ("LET (MeV cm2/mg),Integral flux (1/(cm2 day))", 1, PER_DAY),
        ("LET [MeV/(mg/cm²)],integral_per_cm2_s", 1, PER_DAY / 86400),
        ("LET [MeV cm2 g-1],integral flux [m-2 sr-1 s-1]", 1000, 1),
        ("let_kev_um,integral_flux_m2_sr_s", 232.9, 1),
    ],
)
def test_headers_may_be_spelled_as_people_spell_them(tmp_path, header, let_scale, flux_scale):
    rows = [(0.001, 1000.0), (1.0, 10.0), (100.0, 0.0)]
    for separator in (",", ";", "\t"):
        lines = (f"{let * let_scale!r}{separator}{flux * flux_scale!r}" for let, flux in rows)
        text = header.replace(",", separator) + "\n" + "\n".join(lines)
        text = text if separator == "," else text.replace(".", ",")
        spectrum = read_let_spectrum(write(tmp_path, "\ufeff" + text))
        np.testing.assert_allclose(spectrum.let_mev_cm2_mg, [0.001, 1, 100], rtol=1e-9)
        np.testing.assert_allclose(spectrum.integral_cm2_day, [1000 * PER_DAY, 10 * PER_DAY, 0], rtol=1e-9)


def test_a_differential_flux_says_per_which_unit_of_let_it_is(tmp_path):
    let = np.geomspace(1e-3, 100, 300)
    flux = 1e3 * let**-2.5
    heads = (
        ("differential_cm2_day", 1.0),
        ("differential_cm2_day_mev_cm2_mg", 1.0),
        ("differential flux /(cm2 day MeV cm2/g)", 1e-3),
        ("differential_cm2_day_per_kev_um", 10.0 / 2329.0),
    )
    for head, scale in heads:
        rows = "".join(f"{x!r},{y * scale!r}\n" for x, y in zip(let.tolist(), flux.tolist(), strict=True))
        spectrum = read_let_spectrum(write(tmp_path, f"let_mev_cm2_mg,{head}\n{rows}"))
        np.testing.assert_allclose(spectrum.differential_cm2_day, flux, rtol=1e-9)


def test_integral_and_differential_flux_follow_from_each_other():
    let = np.geomspace(0.01, 100, 2000)
    integral = 1e5 * (let**-2.0 - 100**-2.0)
    by_integral = LetSpectrum.from_integral(let, integral)
    np.testing.assert_allclose(by_integral.differential_cm2_day[1:-1], 2e5 * let[1:-1] ** -3, rtol=1e-3)
    by_differential = LetSpectrum.from_differential(let, 2e5 * let**-3)
    np.testing.assert_allclose(by_differential.integral_cm2_day[:-10], integral[:-10], rtol=2e-3)


def test_exceedance_is_the_table_at_its_lets_and_nothing_above_it():
    spectrum = read_let_spectrum(SPENVIS)
    np.testing.assert_allclose(
        spectrum.exceedance_cm2_day(spectrum.let_mev_cm2_mg), spectrum.integral_cm2_day, rtol=1e-9
    )
    assert float(spectrum.exceedance_cm2_day(1e3)) == 0
    assert float(spectrum.exceedance_cm2_day(1e-6)) == pytest.approx(spectrum.integral_cm2_day[0])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("let,integral\n1,1\n2,0\n", "no column of LET with a known unit"),
        ("let_mev_cm2_mg,flux\n1,1\n2,0\n", "no column of flux"),
        ("let_mev_cm2_mg,integral_furlong\n1,1\n2,0\n", "unknown unit 'furlong'"),
        ("let_mev_cm2_mg,integral\n1,1\n20000,0\n", "these look like MeV·cm²/g"),
        ("let_mev_cm2_g,integral\n0.1,1\n100,0\n", "these look like MeV·cm²/mg"),
        ("# let: MeV cm2/mg\nlet_mev_cm2_g,integral\n1,1\n2000,0\n", "the comment says LET is in MeV·cm²/mg"),
        ("let_mev_cm2_mg,integral\n1,1\n1,0\n", "line 3: a LET of 1 after 1"),
        ("let_mev_cm2_mg,integral\n2,1\n1,0\n", "sort LETs upwards"),
        ("let_mev_cm2_mg,integral\n0,1\n1,0\n", "line 2: a LET of 0"),
        ("let_mev_cm2_mg,integral\n1,1\n\nnan,0\n", "line 4: a LET of nan"),
        ("let_mev_cm2_mg,integral,integral_cm2_day\n1,1,1\n2,0,0\n", "2 columns of integral flux"),
        ("let_mev_cm2_mg,let_mev_cm2_g,integral\n1,1,1\n2,0,0\n", "2 columns of LET"),
        ("let_mev_cm2_mg,integral\n1,-1\n2,0\n", "integral flux at LET 1 is"),
        ("let_mev_cm2_mg,integral\n1,1\n2,5\n", "rises from"),
        ("let_mev_cm2_mg,integral\n1,one\n2,0\n", "line 2"),
        ("let_mev_cm2_mg,integral\n1,1\n2\n", "line 3"),
        ("let_mev_cm2_mg,integral\n", "no line of numbers"),
        ("# nothing\n", "holds no table"),
    ],
)
def test_a_wrong_file_is_refused_with_words_that_name_it(tmp_path, text, words):
    path = write(tmp_path, text)
    with pytest.raises(ConfigurationError, match=words) as caught:
        read_let_spectrum(path)
    assert str(path) in str(caught.value)
    assert caught.value.remedy


def test_a_differential_flux_per_the_other_unit_is_recognised(tmp_path):
    let = np.geomspace(1, 1e5, 200)  # MeV·cm²/g, but the differential flux is per MeV·cm²/mg
    rows = "".join(f"{x:.6e},{1e6 / x:.6e},{1e6 / x**2 * 1000:.6e}\n" for x in let)
    path = write(tmp_path, f"let_mev_cm2_g,integral,differential\n{rows}")
    with pytest.raises(ConfigurationError, match="one is per MeV·cm²/g, the other per MeV·cm²/mg"):
        read_let_spectrum(path)


def test_a_missing_spectrum_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="no such file"):
        read_let_spectrum(tmp_path / "absent.csv")
