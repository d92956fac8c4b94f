"""Upset rates by integral RPP."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radtest.analysis import (
    LetSpectrum,
    SensitiveVolume,
    Weibull,
    chord_length_exceedance,
    effective_flux,
    isotropic_flux,
    rates_of_devices,
    rates_of_draws,
    sample_chord_lengths,
    upset_rate,
    upset_rates,
)
from radtest.core import ConfigurationError

LET = np.geomspace(0.01, 100, 400)
SPECTRUM = LetSpectrum.from_integral(LET, 1e4 * (LET**-2.0 - 100**-2.0) * 1e-4)
VOLUME = SensitiveVolume(4.0, 3.0, 1.5)
FLUX = effective_flux(SPECTRUM, VOLUME)


def test_effective_flux_is_the_folding_written_out():
    """J(Lc) = A/(4XY) Σ ΔI C(Z Lc/L), summed plainly over a fine table."""
    let = np.geomspace(0.01, 100, 20_001)
    particles = -np.diff(SPECTRUM.exceedance_cm2_day(let))
    middle = np.sqrt(let[1:] * let[:-1])
    area_over_4xy = 2 * (12 + 4.5 + 6) / (4 * 12)
    for critical in (0.02, 0.3, 4.0, 60.0, 200.0):
        plain = area_over_4xy * (particles * chord_length_exceedance(1.5 * critical / middle, 4.0, 3.0, 1.5)).sum()
        ours = np.interp(np.log(critical), np.log(FLUX.critical_let_mev_cm2_mg), FLUX.flux_cm2_day)
        assert ours == pytest.approx(plain, rel=2e-3)


def test_rate_agrees_with_ions_followed_through_boxes():
    rng = np.random.default_rng(11)
    n = 2_000_000
    # invert the integral flux: LET of a random ion of the spectrum
    share = rng.random(n)
    let = np.exp(np.interp(share, 1 - SPECTRUM.integral_cm2_day / SPECTRUM.integral_cm2_day[0], np.log(LET)))
    critical = 0.05 + 2.0 * rng.weibull(1.5, n)  # critical LET of the cell it meets
    upset = let * sample_chord_lengths(rng, n, 4.0, 3.0, 1.5) >= critical * 1.5
    sigma_sat = 1e-8
    hits_cm2_day = SPECTRUM.integral_cm2_day[0] * sigma_sat * 2 * (12 + 4.5 + 6) / (4 * 12)
    plain = hits_cm2_day * upset.mean()
    assert upset_rate(Weibull(sigma_sat, 0.05, 2.0, 1.5), FLUX) == pytest.approx(
        plain, rel=5 / np.sqrt(upset.sum()) + 2e-3
    )


def test_a_cell_that_every_ion_upsets_counts_the_ions_through_its_box():
    everything = Weibull(1e-8, 0.0, 1e-9, 1.0)
    hits = SPECTRUM.integral_cm2_day[0] * 1e-8 * 2 * (12 + 4.5 + 6) / (4 * 12)
    assert upset_rate(everything, FLUX) == pytest.approx(hits, rel=1e-4)


def test_a_threshold_that_no_ion_reaches_gives_no_upsets():
    assert upset_rate(Weibull(1e-8, 1e4, 10.0, 1.0), FLUX) == 0


@settings(max_examples=50, deadline=None)
@given(
    let0=st.floats(0, 50),
    width=st.floats(0.5, 60),
    shape=st.floats(0.5, 6),
    factor=st.floats(1.05, 3),
    more=st.floats(1.05, 3),
)
def test_rate_grows_with_saturation_and_falls_with_threshold_and_width(let0, width, shape, factor, more):
    rate = upset_rate(Weibull(1e-9, let0, width, shape), FLUX)
    assert upset_rate(Weibull(1e-9 * factor, let0, width, shape), FLUX) == pytest.approx(rate * factor)
    assert upset_rate(Weibull(1e-9, let0 * more, width, shape), FLUX) <= rate * (1 + 1e-12)
    assert upset_rate(Weibull(1e-9, let0, width * more, shape), FLUX) <= rate * (1 + 1e-12)


@settings(max_examples=60, deadline=None)
@given(sides=st.tuples(*[st.floats(-3, 3)] * 3), let0=st.floats(0, 60), shape=st.floats(0.5, 12))
def test_no_box_however_odd_makes_a_rate_below_zero(sides, let0, shape):
    flux = effective_flux(SPECTRUM, SensitiveVolume(*(10.0**side for side in sides)))
    assert np.all(np.diff(flux.flux_cm2_day) <= 1e-9 * flux.flux_cm2_day[0])
    assert upset_rate(Weibull(1e-8, let0, 4.0, shape), flux) >= 0


@settings(max_examples=100, deadline=None)
@given(let0=st.floats(0.05, 40), width=st.floats(0.5, 60), shape=st.floats(0.5, 6), isotropic=st.booleans())
def test_the_fast_rates_are_the_plain_ones(let0, width, shape, isotropic):
    flux = isotropic_flux(SPECTRUM) if isotropic else FLUX
    fast = rates_of_draws([[1e-8, let0, width, shape]], flux)[0]
    assert fast == pytest.approx(upset_rates(1e-8, let0, width, shape, flux), rel=5e-3)


def test_devices_and_draws_are_rated_each_in_its_volume():
    rng = np.random.default_rng(4)
    draws = np.array([1e-8, 1.0, 12.0, 1.5]) * rng.uniform(0.8, 1.2, (3, 40, 4))
    volumes = [VOLUME, SensitiveVolume(1.0, 1.0, 1.0), VOLUME]
    rates = rates_of_devices(draws, volumes, SPECTRUM)
    for row, device, volume in zip(rates, draws, volumes, strict=True):
        plain = upset_rates(*device.T, effective_flux(SPECTRUM, volume))
        np.testing.assert_allclose(row, plain, rtol=3e-3)


def test_draws_without_four_columns_or_a_volume_each_are_refused():
    with pytest.raises(ConfigurationError, match="rows of saturation"):
        rates_of_draws(np.ones((5, 3)), FLUX)
    with pytest.raises(ConfigurationError, match="for 1 volumes"):
        rates_of_devices(np.ones((2, 5, 4)), [VOLUME], SPECTRUM)


def test_rates_of_many_draws_are_those_of_each():
    rng = np.random.default_rng(3)
    draws = np.column_stack(
        [rng.uniform(1e-9, 1e-8, 50), rng.uniform(0, 5, 50), rng.uniform(5, 20, 50), rng.uniform(1, 3, 50)]
    )
    each = [upset_rate(Weibull(*(float(x) for x in draw)), FLUX) for draw in draws]
    np.testing.assert_allclose(upset_rates(*draws.T, FLUX), each, rtol=1e-12)


def test_an_isotropic_effect_counts_ions_above_its_threshold():
    step = Weibull(1e-4, 5.0, 1e-6, 1.0)
    ions = float(SPECTRUM.exceedance_cm2_day(5.0))
    assert upset_rate(step, isotropic_flux(SPECTRUM)) == pytest.approx(1e-4 * ions, rel=0.03)


def test_a_coarse_table_gives_nearly_the_rate_of_a_fine_one():
    coarse = LetSpectrum.from_integral(LET[::10], SPECTRUM.integral_cm2_day[::10])
    device = Weibull(1e-9, 0.5, 10.0, 1.5)
    assert upset_rate(device, effective_flux(coarse, VOLUME)) == pytest.approx(upset_rate(device, FLUX), rel=0.02)


def test_a_volume_without_depth_is_refused():
    with pytest.raises(ConfigurationError, match="z_um"):
        SensitiveVolume(1.0, 1.0, 0.0)
