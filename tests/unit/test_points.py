"""Files of cross-section points."""

from pathlib import Path

import pytest

from radtest.analysis import effective_beam, point_suspicions, read_points
from radtest.core import ConfigurationError, CrossSectionPoint

FIXTURES = Path(__file__).parents[2] / "fixtures/cross_sections"


def write(tmp_path, text):
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_may_come_in_any_order_and_some_be_absent(tmp_path):
    path = write(tmp_path, "# beam of May\ncount,tilt_deg,let_mev_cm2_mg,fluence_cm2\n12,60,7.27,1e6\n0,,1.16,2e6\n")
    assert read_points(path) == [
        CrossSectionPoint(7.27, 12, 1e6, tilt_deg=60.0, label=f"{path}: line 3"),
        CrossSectionPoint(1.16, 0, 2e6, label=f"{path}: line 4"),
    ]


def test_bits_and_device_are_read():
    first = read_points(FIXTURES / "sram_64mbit_seu.csv")[0]
    assert (first.count, first.bits, first.device) == (0, 67_108_864, "A1")


def test_counts_may_be_written_as_floats(tmp_path):
    assert read_points(write(tmp_path, "let_mev_cm2_mg,count,fluence_cm2\n1,1e3,1e6\n"))[0].count == 1000


def test_tilt_raises_let_and_thins_fluence():
    assert effective_beam(CrossSectionPoint(10.0, 5, 1e6, tilt_deg=60.0)) == pytest.approx((20.0, 5e5))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("let_mev_cm2_mg,count,fluence_cm2\n1,-2,1e6\n", "line 2: count is -2"),
        ("let_mev_cm2_mg,count,fluence_cm2\n1,2.5,1e6\n", "line 2: count = '2.5' is not a whole number"),
        ("let_mev_cm2_mg,count,fluence_cm2\n1,2,0\n", "line 2: fluence_cm2 is 0"),
        ("let_mev_cm2_mg,count,fluence_cm2\n1,2,nan\n", "line 2: fluence_cm2 is nan"),
        ("let_mev_cm2_mg,count,fluence_cm2\n1,2,many\n", "line 2: fluence_cm2 = 'many' is not a number"),
        ("let_mev_cm2_mg,count,fluence_cm2\n1160,2,1e6\n", "line 2: a LET of 1160 MeV·cm²/mg"),
        ("let_mev_cm2_mg,count,fluence_cm2\n1,2\n", "line 2: 2 cells under 3 columns"),
        ("let_mev_cm2_mg,count,fluence_cm2\n1,inf,1e6\n", "line 2: count = 'inf' is not a whole number"),
        ("let_mev_cm2_g,count,fluence_cm2\n1,2,1e6\n", "unknown column 'let_mev_cm2_g'; did you mean 'let_mev_cm2_mg'"),
        ("let_mev_cm2_mg,count\n1,2\n", "column 'fluence_cm2' is missing"),
        ("let_mev_cm2_mg,count,count,fluence_cm2\n1,2,2,1e6\n", "column 'count' appears twice"),
        ("let_mev_cm2_mg,count,fluence_cm2\n", "no points below the header"),
        ("", "holds no table"),
        ("# only words\n\n", "holds no table"),
        ("let_mev_cm2_mg,count,fluence_cm2\n1,3e-7,1e6\n", "count = '3e-7' is not a whole number"),
        ("let_mev_cm2_mg,count,fluence_cm2\n1,nan,1e6\n", "count = 'nan' is not a whole number"),
        ("let_mev_cm2_mg,count,fluence_cm2\n1,1e300,1e6\n", "count is 1e\\+300"),
        ("let_mev_cm2_mg,count,fluence_cm2\n1,5,-1e6\n", "fluence_cm2 is -1e\\+06"),
        ("let_mev_cm2_mg,count,fluence_cm2\n1,16,2,1e6\n", "4 cells under 3 columns"),
        ("let_kev_um,count,fluence_cm2\n1,2,1e6\n", "unknown column 'let_kev_um'"),
        ("let_mev_cm2_mg,sigma_cm2\n1,2e-6\n", "unknown column 'sigma_cm2'"),
        ("let_mev_cm2_mg,count,fluence_cm2,dead_fraction\n1,2,1e6,1.5\n", "dead_fraction is 1.5"),
        ("let_mev_cm2_mg,count,fluence_cm2,live_fluence_cm2\n1,2,1e6,2e6\n", "live_fluence_cm2 is 2e"),
        ("let_mev_cm2_mg,count,fluence_cm2,fluence_uncertainty\n1,2,1e6,10\n", "fluence_uncertainty is 10"),
        ("let_mev_cm2_mg,count,fluence_cm2,multiplicities\n1,2,1e6,1-2\n", "multiplicities = '1-2'"),
        ("let_mev_cm2_mg,count,fluence_cm2,multiplicities\n1,9,1e6,1:2 2:1\n", "add up to 3 events with 4 bits"),
    ],
)
def test_a_wrong_file_is_refused_by_line(tmp_path, text, words):
    path = write(tmp_path, text)
    with pytest.raises(ConfigurationError, match=words) as caught:
        read_points(path)
    assert str(path) in str(caught.value)
    assert caught.value.remedy


def test_a_binary_file_is_refused(tmp_path):
    path = tmp_path / "run.csv"
    path.write_bytes(b"\x89HDF\r\n\x1a\n\xff\xfe")
    with pytest.raises(ConfigurationError, match="not a text file"):
        read_points(path)


def test_a_table_of_a_german_spreadsheet_is_read(tmp_path):
    path = tmp_path / "points.csv"
    path.write_bytes("\ufefflet_mev_cm2_mg;count;fluence_cm2\r\n1,16;3;2,5e6\r\n".encode())
    assert [(p.let_mev_cm2_mg, p.count, p.fluence_cm2) for p in read_points(path)] == [(1.16, 3, 2.5e6)]


@pytest.mark.parametrize("column", ["dead_fraction\n5,7,1e6,0.2", "live_fluence_cm2\n5,7,1e6,8e5"])
def test_dead_time_takes_its_share_of_the_fluence(tmp_path, column):
    path = write(tmp_path, f"let_mev_cm2_mg,count,fluence_cm2,{column}\n")
    assert read_points(path)[0].fluence_cm2 == pytest.approx(8e5)


@pytest.mark.parametrize("count", [3, 4])
def test_bits_of_several_at_once_are_counted_as_events(tmp_path, count):
    text = f"let_mev_cm2_mg,count,fluence_cm2,multiplicities\n5,{count},1e6,1:2 2:1\n"
    point = read_points(write(tmp_path, text))[0]
    assert (point.count, point.multiplicities) == (3, ((1, 2), (2, 1)))


def test_a_stated_uncertainty_belongs_to_its_point(tmp_path):
    text = "let_mev_cm2_mg,count,fluence_cm2,fluence_uncertainty\n5,3,1e6,0.1\n6,3,1e6,\n"
    assert [p.fluence_uncertainty for p in read_points(write(tmp_path, text))] == [0.1, None]


@pytest.mark.parametrize(
    ("point", "words"),
    [
        (CrossSectionPoint(200.0, 3, 1e6), "keV/µm divide by 233"),
        (CrossSectionPoint(0.002, 3, 1e6), "check the unit"),
        (CrossSectionPoint(20.0, 3, 1e14), "per m² divide by 10,000"),
        (CrossSectionPoint(20.0, 3000, 1.0), "more than a die has"),
    ],
)
def test_doubtful_units_are_said(point, words):
    assert words in "".join(point_suspicions([point]))


def test_a_line_entered_twice_is_said_and_unsorted_lines_are_not():
    first, second = CrossSectionPoint(20.0, 3, 1e6, label="line 2"), CrossSectionPoint(10.0, 3, 1e6, label="line 3")
    assert point_suspicions([first, second]) == ()
    assert (
        "line 4 repeats line 2" in point_suspicions([first, second, CrossSectionPoint(20.0, 3, 1e6, label="line 4")])[0]
    )


@pytest.mark.parametrize(
    "text",
    [
        "LET (MeV.cm2/mg),Events,Fluence (ions/cm2)\n7.3,3,1e7\n",
        "LET [MeV·cm²/mg];Upsets;Fluence [cm⁻²];\n7,3;3;1e7;\n;;;\n",
        "sep=;\nLET_MeV_cm2_mg;COUNT;fluence_cm2\r\n7,3;3;1E+07\r\n",
        "run,ion,energy_mev,let_mev_cm2_mg,count,fluence_cm2,comment\n1,Ar,642,7.3,3,1e7,fine\n",
    ],
)
def test_headings_of_facility_logs_and_spreadsheets_are_understood(tmp_path, text):
    path = tmp_path / "log.csv"
    path.write_text(text, encoding="utf-8")
    (point,) = read_points(path)
    assert (point.let_mev_cm2_mg, point.count, point.fluence_cm2) == (7.3, 3, 1e7)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("let,count,fluence_cm2\n7.3,3,1e7\n", "State its unit: let_mev_cm2_mg"),
        ("LET (keV/µm),count,fluence_cm2\n1700,3,1e7\n", "Divide keV/µm by 233"),
        ("let_mev_cm2_mg,count,fluence_cm2\n7.3,,1e7\n", "line 2: count is empty"),
        ('let_mev_cm2_mg,count,fluence_cm2\n7.3,3,"10,000,000"\n', "without unit, blanks or separators of thousands"),
        ("let_mev_cm2_mg,count,events,fluence_cm2\n7.3,3,3,1e7\n", "'count' appears twice"),
    ],
)
def test_what_is_not_understood_says_how_to_write_it(tmp_path, text, words):
    path = tmp_path / "log.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        read_points(path)
    assert words in str(refused.value)
