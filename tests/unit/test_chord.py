"""Chord lengths of a box."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radtest.analysis import chord_length_exceedance, sample_chord_lengths
from radtest.core import ConfigurationError

SIDE = st.floats(0.1, 100)
BOXES = [(1.0, 1.0, 1.0), (13.0, 13.0, 2.0), (38.7, 38.7, 2.0), (1.0, 2.0, 3.0), (50.0, 1.0, 0.2)]


@pytest.mark.parametrize("box", BOXES)
def test_exceedance_agrees_with_particles_followed_by_the_cosine_law(box):
    n = 400_000
    lengths = sample_chord_lengths(np.random.default_rng(5), n, *box)
    at = np.linspace(0.0, math.hypot(*box), 60)[1:-1]
    exact = chord_length_exceedance(at, *box)
    counted = (lengths[:, None] > at).mean(axis=0)
    # 5 standard deviations, and room for one particle where hardly any are expected
    assert np.all(np.abs(counted - exact) <= 5 * np.sqrt(exact * (1 - exact) / n) + 1 / n)


@given(x=SIDE, y=SIDE, z=SIDE)
def test_mean_chord_is_four_volumes_over_surface(x, y, z):
    """Cauchy's theorem: the integral of the exceedance is 4 V / S."""
    diagonal = math.hypot(x, y, z)
    kinks = [0, x, y, z, math.hypot(x, y), math.hypot(y, z), math.hypot(z, x), *np.geomspace(1e-4, 1, 60) * diagonal]
    kinks = np.unique(kinks)
    nodes, weights = np.polynomial.legendre.leggauss(20)
    half = np.diff(kinks)[:, None] / 2
    at = kinks[:-1, None] + half * (1 + nodes)
    mean = float((half * weights * chord_length_exceedance(at, x, y, z)).sum())
    assert mean == pytest.approx(2 * x * y * z / (x * y + y * z + z * x), rel=1e-6)


@given(x=SIDE, y=SIDE, z=SIDE)
def test_exceedance_falls_from_1_to_0_at_the_diagonal(x, y, z):
    diagonal = math.sqrt(x * x + y * y + z * z)
    exceedance = chord_length_exceedance(np.linspace(0, 1.1 * diagonal, 800), x, y, z)
    assert exceedance[0] == 1
    assert float(chord_length_exceedance(diagonal, x, y, z)) == 0
    # closed forms of terms that nearly cancel: exact to about 1e-9 for boxes as flat as 1000 to 1
    assert np.all(np.diff(exceedance) <= 1e-9)
    assert np.all(exceedance >= -1e-9)


@given(x=SIDE, y=SIDE, z=SIDE, fraction=st.floats(0, 1), scale=st.floats(0.01, 100))
def test_exceedance_knows_neither_order_nor_unit_of_the_sides(x, y, z, fraction, scale):
    length = fraction * math.hypot(x, y, z)
    exceedance = float(chord_length_exceedance(length, x, y, z))
    assert float(chord_length_exceedance(length, z, x, y)) == pytest.approx(exceedance, abs=1e-9)
    scaled = (side * scale for side in (x, y, z))
    # at a kink of the distribution rounding decides on which side of it the length falls
    assert float(chord_length_exceedance(length * scale, *scaled)) == pytest.approx(exceedance, abs=1e-6)


def test_a_box_without_depth_is_refused():
    with pytest.raises(ConfigurationError, match="side z"):
        chord_length_exceedance(1.0, 1.0, 1.0, 0.0)
