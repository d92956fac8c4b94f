"""LET and range in silicon against what facilities and test reports print (fixtures/stopping, sources there)."""

import csv
from pathlib import Path

import pytest

from radtest.analysis import Ion, Layer, material_named, stopping

pycatima = pytest.importorskip("pycatima", reason="no wheel for this Python")
TABLE = Path(__file__).parents[2] / "fixtures" / "stopping" / "published_let.csv"


def rows():
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [
        pytest.param(row, id=f"{row['particle']}-{row['energy_mev']}-{row['source']}") for row in csv.DictReader(lines)
    ]


@pytest.mark.parametrize("row", rows())
def test_let_and_range_in_silicon_agree_with_print(row):
    result = stopping(Ion(row["particle"], int(row["mass_number"])), float(row["energy_mev"]))
    tolerance = float(row["tolerance"])
    assert result.let_mev_cm2_mg == pytest.approx(float(row["let_mev_cm2_mg"]), rel=tolerance)
    if row["range_um"]:
        assert result.range_um == pytest.approx(float(row["range_um"]), rel=tolerance)


@pytest.mark.parametrize("row", [row for row in rows() if row.values[0]["tolerance"] == "0.12"])
def test_where_srim_and_atima_differ_the_note_says_so(row):
    result = stopping(Ion(row["particle"], int(row["mass_number"])), float(row["energy_mev"]))
    assert any("SRIM" in note for note in result.notes)
    assert result.source.startswith("pycatima ")


@pytest.mark.parametrize(("name", "thickness_um"), [("Al", 20.0), ("air", 30000.0), ("kapton", 25.0), ("Au", 5.0)])
@pytest.mark.parametrize(
    ("ion", "energy_mev"), [(Ion("Kr", 84), 769.0), (Ion("Xe", 124), 1955.0), (Ion("N", 14), 234.0)]
)
def test_the_energy_behind_a_layer_is_that_of_the_code_underneath(name, thickness_um, ion, energy_mev):
    """The tables are interpolated; pycatima integrates by itself."""
    layer = Layer(material_named(name), thickness_um)
    own = stopping(ion, energy_mev, [layer]).surface_energy_mev
    weights = {"H": 1.008, "C": 12.011, "N": 14.007, "O": 15.999, "Al": 26.982, "Ar": 39.948, "Au": 196.97}
    numbers = {"H": 1, "C": 6, "N": 7, "O": 8, "Al": 13, "Ar": 18, "Au": 79}
    elements = [[weights[symbol], numbers[symbol], amount] for symbol, amount in layer.material.atoms]
    material = pycatima.Material(elements, layer.material.density_g_cm3)
    material.thickness_cm(thickness_um * 1e-4)
    projectile = pycatima.Projectile(ion.mass_number, ion.atomic_number, 0, energy_mev / ion.mass_number)
    assert own == pytest.approx(pycatima.energy_out(projectile, material) * ion.mass_number, rel=1e-3)


def test_xenon_at_texas_a_and_m_behind_window_and_air():
    """The 25 MeV/u tune at the device: LET 42.7, range 220 µm (A. D. Topper et al., NASA GSFC compendium of 2021).

    Isotope and air gap are not printed: 129Xe is taken, and the gap that leaves the printed range.
    """
    window = Layer(material_named("aramica"), 25.4)
    ion, energy_mev = Ion("Xe", 129), 25.0 * 129
    gap = min(range(20, 120), key=lambda mm: abs(_behind(ion, energy_mev, window, mm).range_um - 220.0))
    assert _behind(ion, energy_mev, window, gap).let_mev_cm2_mg == pytest.approx(42.7, rel=0.12)


def _behind(ion, energy_mev, window, gap_mm):
    return stopping(ion, energy_mev, [window, Layer(material_named("air"), 1e3 * gap_mm)])
