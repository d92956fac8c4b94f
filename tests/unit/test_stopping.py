"""Ions, layers and slowing down: what is legal, what is said, and what must hold whatever the ion."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radtest.analysis import (
    ELEMENTS,
    MATERIALS,
    Ion,
    Layer,
    energy_suspicion,
    material_named,
    most_abundant_mass_number,
    parse_ion,
    parse_layers,
    stopping,
    stopping_table,
)
from radtest.core import ConfigurationError, ToolMissingError

pytest.importorskip("pycatima", reason="no wheel for this Python")

KR = Ion("Kr", 84)


@pytest.mark.parametrize("text", ["Kr", "84Kr", "Kr84", "Kr-84", " 84-Kr "])
def test_an_ion_is_read_as_people_write_it(text):
    assert parse_ion(text)[0] == KR


def test_without_a_mass_number_the_most_abundant_isotope_is_taken_and_said():
    assert parse_ion("Xe") == (Ion("Xe", 132), True)
    assert parse_ion("Xe", 124) == (Ion("Xe", 124), False)
    assert parse_ion("p") == (Ion("H", 1), False)


def test_the_elements_run_from_hydrogen_to_uranium():
    assert len(ELEMENTS) == 92
    assert (Ion("Fe", 56).atomic_number, Ion("U", 238).atomic_number) == (26, 92)
    assert most_abundant_mass_number("Fe") == 56


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: parse_ion("Kx"), "did you mean K or Kr?"),
        (lambda: parse_ion("84"), "no such element"),
        (lambda: parse_ion("84Kr", 86), "says mass number 84, but 86 was given"),
        (lambda: parse_ion("Kr", 769), "legal here: 54 to 104"),
        (lambda: parse_ion("Tc"), "no stable isotope"),
        (lambda: material_named("alumin"), "did you mean 'aluminum'?"),
        (lambda: parse_layers("Al 3"), "is not a material and a thickness"),
        (lambda: parse_layers("Al:-3"), "thickness -3 µm"),
        (lambda: parse_layers("Al:nan"), "is not a material and a thickness"),
        (lambda: stopping(KR, 0.1), "outside what the stopping powers are valid for, 0.01 to 10000 MeV/u"),
        (lambda: stopping(KR, 1e9), "give 0.84 to 8.4e+05 MeV in all"),
        (lambda: stopping(KR, float("nan")), "outside what the stopping powers are valid for"),
    ],
)
def test_a_mistake_is_named_with_what_is_legal(act, words):
    with pytest.raises(ConfigurationError) as caught:
        act()
    assert words in str(caught.value)


def test_layers_are_read_in_order_with_their_units():
    layers = parse_layers("kapton:25, air:4cm,Passivation:800nm")
    assert [(layer.material.name, layer.thickness_um) for layer in layers] == [
        ("kapton", 25.0),
        ("air", 4e4),
        ("Si3N4", pytest.approx(0.8)),
    ]


def test_an_ion_that_stops_in_a_layer_is_told_where_and_what_would_get_through():
    with pytest.raises(ConfigurationError) as caught:
        stopping(KR, 769.0, parse_layers("Al:20,Al:150,SiO2:3"))
    assert "stops in layer 2 of 3 (Al, 150 µm) after 65.1" in str(caught.value)
    needed = float(str(caught.value).split("more than ")[1].split(" MeV")[0])
    assert stopping(KR, needed * 1.01, parse_layers("Al:20,Al:150,SiO2:3")).range_um > 0


def test_without_pycatima_the_extra_is_named(monkeypatch):
    from radtest.analysis import atima

    monkeypatch.setitem(sys.modules, "pycatima", None)
    atima._parts.cache_clear()
    stopping_table.cache_clear()
    with pytest.raises(ToolMissingError) as caught:
        stopping(KR, 769.0)
    assert "pip install 'radtest[stopping]'" in str(caught.value)


@pytest.mark.parametrize(
    ("energy_mev", "per_nucleon", "asked"),
    [(10.0, False, True), (769.0, False, False), (769.0 * 84, True, True), (10.0 * 84, True, False)],
)
def test_mev_taken_for_mev_per_nucleon_is_suspected(energy_mev, per_nucleon, asked):
    assert (energy_suspicion(KR, energy_mev, per_nucleon=per_nucleon) is not None) == asked
    assert energy_suspicion(Ion("H", 1), energy_mev, per_nucleon=per_nucleon) is None


def test_a_table_is_computed_once():
    assert stopping_table(KR, MATERIALS["Si"]) is stopping_table(KR, MATERIALS["Si"])


ions = st.sampled_from([Ion("He", 4), Ion("N", 14), Ion("Ar", 40), KR, Ion("Xe", 132), Ion("Au", 197)])


@settings(max_examples=40, deadline=None)
@given(ions, st.floats(2.0, 60.0), st.floats(0.05, 0.9), st.sampled_from(["Si", "Al", "kapton", "air"]))
def test_two_layers_take_as_much_as_one_of_their_sum_and_range_is_what_is_left(ion, energy_mev_u, share, name):
    energy_mev = energy_mev_u * ion.mass_number
    material = material_named(name)
    whole = 0.6 * float(stopping_table(ion, material).range_at(energy_mev_u))
    once = stopping(ion, energy_mev, [Layer(material, whole)], material=material)
    twice = stopping(
        ion, energy_mev, [Layer(material, share * whole), Layer(material, (1 - share) * whole)], material=material
    )
    assert twice.surface_energy_mev == pytest.approx(once.surface_energy_mev, rel=1e-6)
    bare = stopping(ion, energy_mev, material=material)
    assert once.range_um == pytest.approx(bare.range_um - whole, rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(ions, st.floats(1.0, 60.0))
def test_the_lost_energy_is_the_let_summed_over_the_depth(ion, energy_mev_u):
    result = stopping(ion, energy_mev_u * ion.mass_number)
    depth = np.linspace(0.0, 0.9 * result.range_um, 4000)
    lost = np.trapezoid(result.let_at_depth(depth), depth) * 2329.0 * 1e-4
    assert result.surface_energy_mev - float(result.energy_at_depth(depth[-1])) == pytest.approx(lost, rel=0.02)
    assert float(result.let_at_depth(0.0)) == pytest.approx(result.let_mev_cm2_mg, rel=1e-6)
    assert float(result.let_at_depth(1.01 * result.range_um)) == 0.0
    assert result.peak_let_mev_cm2_mg >= result.let_mev_cm2_mg * (1 - 1e-9)
