"""``radtest stopping`` as a user runs it."""

import json

import pytest

from radtest.cli import main

pytest.importorskip("pycatima", reason="no wheel for this Python")


@pytest.fixture
def radtest(capsys):
    """Run the command; return its exit status and what it printed."""

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["stopping", *arguments])
        printed = capsys.readouterr()
        return end.value.code, printed.out, printed.err

    return run


def test_json_is_one_object_with_let_and_range(radtest):
    status, out, said = radtest("Kr", "--mass", "84", "--energy-mev", "769", "--json")
    assert status == 0, said
    document = json.loads(out)
    assert document["let_mev_cm2_mg"] == pytest.approx(32.4, rel=0.05)
    assert document["range_um"] == pytest.approx(94, rel=0.03)
    assert document["let_source"].startswith("pycatima")
    assert document["mass_assumed"] is False
    assert document["notes"] == []


def test_energy_per_nucleon_layers_depth_and_plot(radtest, tmp_path):
    plot = tmp_path / "kr.png"
    arguments = ("84Kr", "--energy-mev-u", "9.155", "--layers", "air:10mm,SiO2:5", "--depth", "10", "--plot", str(plot))
    document = json.loads(radtest(*arguments, "--json")[1])
    assert [layer["material"] for layer in document["layers"]] == ["air", "SiO2"]
    assert document["layers"][1]["energy_out_mev"] == document["surface_energy_mev"] < 769
    assert document["depths"][0]["let_mev_cm2_mg"] > document["let_mev_cm2_mg"]
    assert plot.read_bytes().startswith(b"\x89PNG")
    words = radtest("Kr", "--energy-mev", "769")[1]
    assert "note: no mass number was given: 84Kr is the most abundant isotope" in words
    assert "source: pycatima" in words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("Kx", "--energy-mev", "769"), "did you mean K or Kr"),
        (("Kr",), "neither was given"),
        (("Kr", "--energy-mev", "769", "--energy-mev-u", "9"), "both were given"),
        (("Kr", "--energy-mev", "-3"), "--energy-mev -3: an energy is above 0"),
        (("Kr", "--energy-mev", "1e9"), "0.01 to 10000 MeV/u"),
        (("Kr", "--energy-mev", "769", "--layers", "Al:200"), "stops in layer 1 of 1 (Al, 200 µm) after 85"),
        (("Kr", "--energy-mev", "769", "--depth", "400"), "legal here: 0 to the range"),
        (("Kr", "--energy-mev", "769", "--plot", "kr.gif"), "let the name end with .png, .svg or .pdf"),
        (("Kr", "--energy-mev", "769", "--material", "unobtainium"), "material 'unobtainium': unknown"),
    ],
)
def test_wrong_input_ends_with_status_2_one_message_and_no_traceback(radtest, arguments, words):
    status, out, said = radtest(*arguments)
    assert status == 2
    assert words in said
    assert "Traceback" not in said
    assert out == ""


def test_a_suspicious_energy_is_answered_with_a_question(radtest):
    document = json.loads(radtest("Kr", "--mass", "84", "--energy-mev", "10", "--json")[1])
    assert "were 10 MeV/u meant?" in document["notes"][0]
