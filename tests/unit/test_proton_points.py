"""Proton cross sections fitted to counts, and rates of devices that name such points."""

from pathlib import Path

import numpy as np
import pytest

from radtest.analysis import LetSpectrum
from radtest.analysis.device_configuration import DeviceConfiguration
from radtest.analysis.device_rate import device_rate
from radtest.analysis.proton import bendel_one, bendel_two, proton_rate_per_day, proton_weibull
from radtest.analysis.proton_fit import fit_protons
from radtest.analysis.proton_points import ProtonPoint, fit_proton_points, read_proton_points
from radtest.core import ConfigurationError, FitError
from radtest.core.configuration import parse_configuration

ENERGY = np.array([20.0, 35.0, 60.0, 100.0, 150.0, 200.0])
MODELS = {"bendel1": bendel_one, "bendel2": bendel_two, "weibull": proton_weibull}
TRUTH = {"bendel1": (15.0,), "bendel2": (6.5, 9.26), "weibull": (1e-13, 8.0, 40.0, 1.2)}


def points(form: str, events: float, rng: np.random.Generator | None = None) -> list[ProtonPoint]:
    """Return points with about that many events at 200 MeV: as expected, or drawn."""
    sigma = MODELS[form](ENERGY, *TRUTH[form])
    exposure = events / sigma[-1]
    counts = np.round(sigma * exposure) if rng is None else rng.poisson(sigma * exposure)
    return [ProtonPoint(float(e), int(n), exposure / 1000, 1000) for e, n in zip(ENERGY, counts, strict=True)]


@pytest.mark.parametrize("form", list(MODELS))
def test_a_fit_finds_the_curve_that_made_the_counts(form: str) -> None:
    fit = fit_proton_points(points(form, 1e5), form, per_bit=True, rng=np.random.default_rng(1), draws=400)  # type: ignore[arg-type]
    assert fit.best == pytest.approx(TRUTH[form], rel=0.05)
    assert fit.deviance < 0.1
    assert len(fit.draws) == 400


@pytest.mark.parametrize(("trials", "least"), [(3, 2), pytest.param(60, 53, marks=pytest.mark.slow)])
def test_limits_of_the_cross_section_cover_the_truth(trials: int, least: int) -> None:
    rng = np.random.default_rng(8)
    covered = 0
    for _ in range(trials):
        fit = fit_proton_points(points("bendel2", 60, rng), "bendel2", per_bit=True, rng=rng, draws=800)
        low, high = np.quantile(bendel_two(80.0, *fit.draws.T), [0.025, 0.975])
        covered += bool(low <= bendel_two(80.0, *TRUTH["bendel2"]) <= high)
    assert covered >= least


def test_a_common_uncertainty_of_the_fluence_moves_the_whole_curve() -> None:
    rng = np.random.default_rng(2)
    exact = points("bendel2", 1e5)
    fit = fit_proton_points(exact, "bendel2", per_bit=True, rng=rng, draws=4000, common_fluence_uncertainty=0.1)
    sigma = bendel_two(150.0, *fit.draws.T)
    assert float(np.std(np.log(sigma))) == pytest.approx(0.1, rel=0.1)


def test_what_cannot_be_fitted_is_said() -> None:
    rng = np.random.default_rng(1)
    none = [ProtonPoint(100.0, 0, 1e10), ProtonPoint(200.0, 0, 1e10)]
    with pytest.raises(FitError, match="no proton gave an event"):
        fit_proton_points(none, "bendel2", per_bit=False, rng=rng, draws=100)
    with pytest.raises(FitError, match="at 1 energies"):
        fit_proton_points([ProtonPoint(100.0, 5, 1e10)], "bendel2", per_bit=False, rng=rng, draws=100)
    with pytest.raises(ConfigurationError, match="add a column bits"):
        fit_proton_points(none, "bendel2", per_bit=True, rng=rng, draws=100)


def test_a_device_with_points_has_an_interval_on_its_protons(tmp_path: Path) -> None:
    rows = "".join(f"{p.energy_mev},{p.count},{p.fluence_cm2},{p.bits}\n" for p in points("bendel2", 100))
    (tmp_path / "protons.csv").write_text(f"# test\nenergy_mev,count,fluence_cm2,bits\n{rows}", encoding="utf-8")
    assert len(read_proton_points(tmp_path / "protons.csv")) == 6
    device = parse_configuration('[proton]\nmodel = "bendel2"\npoints = "protons.csv"\n', DeviceConfiguration, "x")
    energy = np.geomspace(1, 1000, 200)
    let = np.geomspace(0.01, 100, 50)
    spectrum = LetSpectrum.from_integral(let, let**-2.0 - 1e-4)
    rates = device_rate(device, tmp_path, spectrum, (energy, energy**-1.5))
    truth = proton_rate_per_day(lambda e: bendel_two(e, *TRUTH["bendel2"]), energy, energy**-1.5)
    assert rates.direct is None
    assert rates.proton is not None
    assert rates.proton.low < truth < rates.proton.high
    assert 0.1 < (rates.proton.high - rates.proton.low) / rates.proton.value < 0.8
    assert rates.total == rates.proton


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("energy_mev,count,fluence_cm2\n", "no points below the header"),
        ("energy_mev,count,fluence\n1,2,3\n", "unknown column 'fluence'"),
        ("energy_mev,count\n1,2\n", "'fluence_cm2' is missing"),
        ("energy_mev,count,fluence_cm2\n100,-1,1e9\n", "count is -1"),
        ("energy_mev,count,fluence_cm2\n100,1,0\n", "fluence_cm2 is 0"),
        ("energy_mev,count,fluence_cm2\n-5,1,1e9\n", "energy_mev is -5"),
        ("energy_mev,count,fluence_cm2\n100,x,1e9\n", "is not a number"),
        ("energy_mev,count,fluence_cm2,bits\n100,1,1e9,0\n", "bits is 0"),
        ("energy_mev,count,fluence_cm2\n100,1\n", "2 cells under 3 columns"),
        ("energy_mev,count,fluence_cm2,dead_fraction\n60,1,1e9,1\n", "dead_fraction is 1"),
        ("energy_mev,count,fluence_cm2,live_fluence_cm2\n60,1,1e9,2e9\n", "more than fluence_cm2"),
        ("energy_mev,count,fluence_cm2,live_fluence_cm2\n60,1,1e9,0\n", "live_fluence_cm2 is 0"),
        ("energy_mev,count,fluence_cm2,fluence_uncertainty\n60,1,1e9,10\n", "fluence_uncertainty is 10"),
        ("energy_mev,count,sigma_cm2\n60,1,1e-9\n", "unknown column 'sigma_cm2'"),
        ("energy_mev,count,fluence_cm2\ninf,1,1e9\n", "energy_mev is inf"),
    ],
)
def test_wrong_files_are_refused_by_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=words):
        read_proton_points(path)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ('points = "a.csv"\na = 5\n', "give either points or a"),
        ('model = "fom"\npoints = "a.csv"\n', "is an estimate"),
        ('points = "a.csv"\nrelative_uncertainty = 0.1\n', "bring their own"),
        ("a = 5\nb = 6\nfluence_uncertainty = 0.1\n", "belongs to points"),
    ],
)
def test_points_and_parameters_exclude_each_other(keys: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        parse_configuration(f"[proton]\n{keys}", DeviceConfiguration, "x")


def test_a_file_states_dead_time_and_uncertainties_as_that_of_ions_does(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text(
        "# two devices; the first was dead a quarter of the time\n"
        "energy_mev;count;fluence_cm2;bits;device;dead_fraction;live_fluence_cm2;fluence_uncertainty\n"
        "60;4;1e9;1024;A;0,25;;0,1\n100;0;2e9;;B;;1.5e9;\n",
        encoding="utf-8",
    )
    assert read_proton_points(path) == [
        ProtonPoint(60.0, 4, 7.5e8, 1024, 0.1),
        ProtonPoint(100.0, 0, 1.5e9, None, None),
    ]


def test_uncertain_fluences_widen_the_draws() -> None:
    exact = points("bendel2", 1e5)
    loose = [ProtonPoint(p.energy_mev, p.count, p.fluence_cm2, p.bits, 0.2) for p in exact]
    spread = [
        float(
            np.std(
                np.log(
                    bendel_two(
                        150.0,
                        *fit_proton_points(
                            data, "bendel2", per_bit=True, rng=np.random.default_rng(4), draws=800
                        ).draws.T,
                    )
                )
            )
        )
        for data in (exact, loose)
    ]
    assert 0.05 < spread[1] < 0.2
    assert spread[1] > 10 * spread[0]


def test_the_one_parameter_takes_up_a_common_factor_as_its_fit_does() -> None:
    exact = points("bendel1", 1e5)
    drawn = fit_proton_points(
        exact, "bendel1", per_bit=True, rng=np.random.default_rng(5), draws=2000, common_fluence_uncertainty=0.1
    )
    limits = fit_protons(exact, "bendel1", common_fluence_uncertainty=0.1).parameters["a"]
    low, high = np.quantile(drawn.draws[:, 0], [0.025, 0.975])
    assert high - low == pytest.approx(limits.high - limits.low, rel=0.15)
    assert (low + high) / 2 == pytest.approx((limits.low + limits.high) / 2, rel=1e-3)
