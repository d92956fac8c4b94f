"""Reactions and fragments of ions."""

import numpy as np
import pytest

from radtest.analysis.fragments import fragment_cross_section_b, fragment_yield_cm2_g, isotope_shares
from radtest.analysis.ion import Ion
from radtest.analysis.material import MATERIALS
from radtest.analysis.nuclear import reaction_cross_section_b, reaction_loss_cm2_g


@pytest.mark.parametrize(
    ("target", "energy", "measured"),
    [(Ion("C", 12), 83, 0.965), (Ion("Al", 27), 83, 1.397), (Ion("Al", 27), 200, 1.270), (Ion("Al", 27), 300, 1.220)],
)
def test_carbon_reacts_as_kox_measured(target: Ion, energy: float, measured: float) -> None:
    """S. Kox et al., Phys. Rev. C 35, 1678 (1987), whose errors are 3 to 7 %."""
    found = float(reaction_cross_section_b(Ion("C", 12), target, np.array([energy]))[0])
    assert found == pytest.approx(measured, rel=0.08)


def test_it_does_not_matter_which_nucleus_flies() -> None:
    energy = np.geomspace(20, 1e4, 30)
    carbon, proton, aluminium = Ion("C", 12), Ion("H", 1), Ion("Al", 27)
    assert reaction_cross_section_b(aluminium, proton, energy) == pytest.approx(
        reaction_cross_section_b(proton, aluminium, energy)
    )
    assert reaction_cross_section_b(carbon, aluminium, energy) == pytest.approx(
        reaction_cross_section_b(aluminium, carbon, energy), rel=0.02
    )


def test_the_heavier_the_ion_the_more_of_them_react() -> None:
    energy = np.array([300.0])
    losses = [float(reaction_loss_cm2_g(number, energy, MATERIALS["Al"])[0]) for number in (1, 2, 6, 8, 26, 82)]
    assert losses == sorted(losses)


def test_a_gram_of_hydrogen_takes_more_than_a_gram_of_aluminium() -> None:
    energy = np.array([500.0])
    assert reaction_loss_cm2_g(26, energy, MATERIALS["polyethylene"]) > reaction_loss_cm2_g(26, energy, MATERIALS["Al"])


def test_epax_gives_the_check_value_of_its_authors() -> None:
    overlap = 0.27 * (58 ** (1 / 3) + 9 ** (1 / 3) - 2.38)
    assert float(isotope_shares(58.0, 28, np.array(49.0), np.array(28.0))) * overlap == pytest.approx(
        9.800163e-13, rel=1e-3
    )


def test_no_more_iron_comes_in_pieces_than_reacts() -> None:
    pieces = sum(fragment_cross_section_b(26, number, 27.0) for number in range(3, 27))
    reactions = float(reaction_cross_section_b(Ion("Fe", 56), Ion("Al", 27), np.array([1000.0]))[0])
    assert 0.3 * reactions < pieces < reactions


def test_fragments_are_lighter_than_their_parents() -> None:
    yields = fragment_yield_cm2_g(MATERIALS["Al"], 28)
    assert np.all(np.triu(yields, 1) == 0)
    assert np.all(yields[26, 3:27] > 0)
    assert np.all(yields[:, :3] == 0)
