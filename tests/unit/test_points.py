"""Files of cross-section points."""

from pathlib import Path

import pytest

from radtest.analysis import effective_beam, read_points
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
