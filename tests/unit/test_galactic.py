"""The DLR model of galactic cosmic rays, against the values worked out from the paper's formula."""

import pytest

from radtest.analysis.galactic import galactic_flux
from radtest.core.errors import ConfigurationError


@pytest.mark.parametrize(
    ("number", "energy", "w", "expected"),
    [
        (1, 100, 0, 2.063),
        (1, 1000, 0, 1.345),
        (2, 100, 0, 0.3294),
        (2, 1000, 0, 0.1159),
        (8, 100, 0, 7.81e-3),
        (8, 1000, 0, 2.99e-3),
        (26, 100, 0, 8.81e-4),
        (26, 1000, 0, 3.24e-4),
        (1, 945.2, 19.25, 1.2419),
        (1, 100, 20, 1.404),
        (1, 1000, 20, 1.174),
    ],
)
def test_flux_is_that_of_matthiae_2013(number: int, energy: float, w: float, expected: float) -> None:
    assert float(galactic_flux(number, energy, w)) == pytest.approx(expected, rel=0.005)


@pytest.mark.parametrize("w", [-1, 200.5, float("nan")])
def test_w_outside_the_model_is_refused(w: float) -> None:
    with pytest.raises(ConfigurationError, match="W is"):
        galactic_flux(1, 100, w)


def test_an_element_beyond_uranium_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="93"):
        galactic_flux(93, 100, 20)
