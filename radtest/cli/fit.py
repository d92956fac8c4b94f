"""``radtest fit``: a cross section from counts."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from radtest.analysis import LimitFit, WeibullFit
    from radtest.core import CrossSectionPoint

__all__ = ["command"]


@click.command(
    epilog="Example: radtest fit fixtures/cross_sections/sram_64mbit_seu.csv --json",
    short_help="Fit a cross section to counts from CSV or sealed runs.",
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--effect",
    type=click.Choice(["seu", "mbu", "set", "sel", "sefi", "seb", "segr"]),
    default="seu",
    show_default=True,
    help="Effect to count in sealed runs. SEU and MBU are per bit where the bits are known, others per device.",
)
@click.option(
    "--layout",
    metavar="linear|interleaved|FILE.csv",
    help="Where the cells of the memory of sealed runs lie, as for log clusters: neighbours of a scan are one event.",
)
@click.option("--words-per-row", type=click.IntRange(min=1), help="Words in a row of cells; not for a table.")
@click.option("--word-bits", type=click.IntRange(min=1, max=64), help="Bits of a word; not for a table.")
@click.option("--distance", type=click.IntRange(min=0), default=1, show_default=True, help="Largest step, in cells.")
@click.option("--per", type=click.Choice(["bit", "device"]), help="Cross section per bit or per device.")
@click.option("--fluence-uncertainty", default=0.0, show_default=True, help="Relative, of each fluence on its own.")
@click.option(
    "--common-fluence-uncertainty",
    default=0.0,
    show_default=True,
    help="Relative, of a factor common to all fluences: calibration of the dosimetry, 0.1 for 10 %.",
)
@click.option(
    "--at",
    "lets",
    type=click.FloatRange(0, min_open=True),
    multiple=True,
    help="Give the fitted cross section at this LET too, MeV·cm²/mg; may be given again.",
)
@click.option(
    "--particle",
    type=click.Choice(["ion", "proton"]),
    default="ion",
    show_default=True,
    help="Counts against LET, or against proton energy (column energy_mev).",
)
@click.option(
    "--model",
    type=click.Choice(["bendel1", "bendel2", "weibull"]),
    help="What to fit [default: weibull, for protons bendel2].",
)
@click.option(
    "--devices",
    type=click.Choice(["pooled", "apart"]),
    default="pooled",
    show_default=True,
    help="Fit all devices together, or each by itself, too.",
)
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Compare with these counts: another lot, temperature or angle; may be given again.",
)
@click.option(
    "--replicates",
    type=click.IntRange(0),
    help="Simulated campaigns behind the p-values of --against [default: 499 where counts are low, else 0].",
)
@click.option(
    "--overdispersion",
    metavar="runs|clusters|NUMBER",
    help="Counts scatter more than Poisson's: from run to run, in clusters, or by this ratio of the variance.",
)
@click.option(
    "--robust", is_flag=True, help="A few runs may be grossly wrong: they do not drag the fit, and are named."
)
@click.option(
    "--prior",
    "priors",
    metavar="NAME=VALUE:UNCERTAINTY",
    multiple=True,
    help="What is known of sigma_sat, let0, width or shape from elsewhere: shape=1.5:0.5; may be given again.",
)
@click.option(
    "--bootstrap",
    type=click.IntRange(0, 1_000_000),
    help="Campaigns simulated from the fit and fitted again: p-value and intervals [default: 499 where counts are low, "
    "else 0].",
)
@click.option("--forms", is_flag=True, help="Fit other forms, too: lognormal, piecewise linear, power law.")
@click.option("--influence", is_flag=True, help="Tell what the fit would be without each of its points.")
@click.option("--plot", type=click.Path(path_type=Path), help="Draw points, fit and band: .png, .svg or .pdf.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of draws and simulations.")
@click.option("--confidence", default=0.95, show_default=True, help="Confidence level of the intervals.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    files: tuple[Path, ...],
    effect: str,
    layout: str | None,
    words_per_row: int | None,
    word_bits: int | None,
    distance: int,
    per: str | None,
    fluence_uncertainty: float,
    common_fluence_uncertainty: float,
    lets: tuple[float, ...],
    particle: str,
    model: str | None,
    devices: str,
    against: tuple[Path, ...],
    replicates: int | None,
    overdispersion: str | None,
    robust: bool,
    priors: tuple[str, ...],
    bootstrap: int | None,
    forms: bool,
    influence: bool,
    plot: Path | None,
    seed: int,
    confidence: float,
    as_json: bool,
) -> None:
    """Fit a Weibull cross section to counts in FILES: CSV, or sealed runs (.h5).

    CSV has the columns let_mev_cm2_mg, count, fluence_cm2 and, if wanted, device, tilt_deg, bits. Intervals are
    profile-likelihood; a limit that the data do not set is null in JSON and named. Where the data cannot carry a curve
    (no events, or events at one LET) limits are stated for each LET. Devices, and runs at one LET, are tested for one
    cross section. With --particle proton the CSV has energy_mev in place of the LET.
    """
    import numpy as np

    from radtest.analysis import WeibullFit, compare_cross_sections, fit_or_limits, parse_prior, point_suspicions
    from radtest.analysis.cosine_law import check_cosine_law
    from radtest.cli.fit_bootstrap import (
        bootstrap_document,
        bootstrap_notes,
        bootstrap_of,
        goodness_words,
        show_bootstrap,
    )
    from radtest.cli.fit_forms import forms_document, influence_document, influence_of, show_forms, show_influence
    from radtest.cli.fit_output import device_document, fit_document, fit_in_words, show_fit
    from radtest.cli.fit_sources import is_sealed, read_source
    from radtest.cli.fit_tests import count_tests, drift_of, notes_of_further_checks, notes_of_tests
    from radtest.core import Effect

    kind = Effect(effect)
    if particle == "proton":
        from radtest.cli.fit_protons import fit_proton_files, refuse_ion_options

        further: dict[str, Any] = {"forms": forms, "influence": influence, "overdispersion": overdispersion}
        further |= {"robust": robust, "prior": priors, "bootstrap": bootstrap, "layout": layout}
        refuse_ion_options(at=lets, against=against, devices=devices == "apart", replicates=replicates, **further)
        fit_proton_files(
            files,
            model or "bendel2",
            kind,
            per=per,
            fluence_uncertainty=fluence_uncertainty,
            common_fluence_uncertainty=common_fluence_uncertainty,
            confidence=confidence,
            plot=plot,
            seed=seed,
            as_json=as_json,
        )
        return
    from radtest.cli.log_clusters import memory_map
    from radtest.core import ConfigurationError

    if not all(map(math.isfinite, lets)):
        raise ConfigurationError(
            f"--at {', '.join(f'{let:g}' for let in lets)}: not all are numbers", remedy="give LETs in MeV·cm²/mg."
        )
    if model not in {None, "weibull"}:
        raise ConfigurationError(f"--model {model} is for protons", remedy="add --particle proton, or leave it out.")
    per_what: Any = per or (None if kind in {Effect.SEU, Effect.MBU} else "device")
    if layout is None and (words_per_row or word_bits):
        raise ConfigurationError(
            "--words-per-row and --word-bits belong to a --layout", remedy="add --layout linear or interleaved."
        )
    layout_of = None
    if layout is not None:
        if not any(map(is_sealed, (*files, *against))):
            raise ConfigurationError(
                "--layout is for sealed runs (.h5)", remedy="leave it out, or state multiplicities in the table."
            )
        layout_of = partial(memory_map, layout=layout, words_per_row=words_per_row, word_bits=word_bits)
    sources = {path: read_source(path, kind, layout_of, distance) for path in files}
    points = [point for path in files for point in sources[path].points]
    options: Any = {
        "fluence_uncertainty": fluence_uncertainty,
        "common_fluence_uncertainty": common_fluence_uncertainty,
        "confidence": confidence,
    }
    known = [parse_prior(text) for text in priors]
    scatter: Any = {"overdispersion": overdispersion, "robust": robust, "priors": known}
    fit = fit_or_limits(points, per=per_what, **scatter, **options)
    tests = count_tests(points, fit.per, fluence_uncertainty, np.random.default_rng(seed))
    law = None
    if isinstance(fit, WeibullFit):
        plain = fit_or_limits(points, per=per_what, **options) if overdispersion or robust or known else fit
    if isinstance(fit, WeibullFit) and isinstance(plain, WeibullFit):
        law = check_cosine_law(plain, np.random.default_rng(seed), fluence_uncertainty=fluence_uncertainty)
    names = [path.name for path in files]
    found = {
        path.name if names.count(path.name) == 1 else str(path): drift_of(
            path, kind, confidence, sources[path].event_fluence_cm2
        )
        for path in files
    }
    drifts = {name: drift for name, drift in found.items() if drift is not None}
    simulated = bootstrap_of(fit, bootstrap, seed)
    notes = [
        *point_suspicions(points),
        *(note for path in files for note in sources[path].notes),
        *bootstrap_notes(fit, simulated),
        *notes_of_tests(tests),
        *notes_of_further_checks(law, drifts),
    ]
    apart = _apart(points, fit, fluence_uncertainty, scatter) if devices == "apart" else None
    others = [point for path in against for point in read_source(path, kind, layout_of, distance).points]
    compared = None
    if others:
        compared = compare_cross_sections(
            points,
            others,
            per=fit.per,
            fluence_uncertainty=fluence_uncertainty,
            common_fluence_uncertainty=common_fluence_uncertainty,
            confidence=confidence,
            rng=np.random.default_rng(seed),
            replicates=replicates,
        )
    shapes = None
    if forms:
        from radtest.analysis import compare_forms

        shapes = compare_forms(points, per=fit.per, fluence_uncertainty=fluence_uncertainty, confidence=confidence)
    influences = influence_of(fit) if influence and isinstance(fit, WeibullFit) else None
    band = fit.band(lets, confidence=confidence) if lets else None
    if plot is not None:
        title = f"{kind.value.upper()}: {', '.join(path.stem for path in (*files, *against))}"
        drawn = [(", ".join(path.stem for path in files), fit)]
        if others:
            second = fit_or_limits(others, per=fit.per, **scatter, **options)
            drawn.append((", ".join(path.stem for path in against), second))
        _draw(drawn, plot, title)
    if as_json:
        from dataclasses import asdict

        from radtest.cli.fit_tests import (
            comparison_document,
            cosine_document,
            homogeneity_document,
            multiplicity_table,
        )
        from radtest.cli.output import print_json

        document = fit_document(fit, kind, band)
        document["p_value_bootstrap"] = None if simulated is None else simulated.p_value
        document["bootstrap"] = bootstrap_document(simulated, seed)
        document["notes"] = [*document["notes"], *notes]
        document["homogeneity"] = {name: homogeneity_document(test) for name, test in tests.items()}
        document["cosine_law"] = cosine_document(law)
        document["drift"] = {name: asdict(drift) for name, drift in drifts.items()}
        document["multiplicities"] = multiplicity_table(points, fit.per, confidence)
        document["device_fits"] = None if apart is None else [device_document(name, one, kind) for name, one in apart]
        document["forms"] = None if shapes is None else forms_document(shapes)
        if influences is not None and isinstance(fit, WeibullFit):
            document["influence"] = influence_document(fit, influences)
        document["against"] = None if compared is None else comparison_document(compared)
        print_json({**document, "plot": None if plot is None else str(plot)})
        return
    from radtest.cli.fit_tests import show_comparison, show_tests

    show_fit(fit, kind, band, goodness_words(fit, simulated, seed))
    if bootstrap and simulated is not None and isinstance(fit, WeibullFit):
        show_bootstrap(fit, simulated)
    if shapes is not None:
        show_forms(shapes)
    if influences is not None and isinstance(fit, WeibullFit):
        show_influence(fit, influences)
    show_tests(tests)
    if law is not None:
        click.echo(f"cosine law of tilted points: p = {law.p_value:.3g}")
    for name, drift in drifts.items():
        click.echo(f"{name}: constant rate of events per fluence: p = {drift.p_value:.3g}")
    for name, one in apart or ():
        click.echo(f"device {name or '(no name)'}: {one if isinstance(one, str) else fit_in_words(one)}")
    if compared is not None:
        show_comparison(compared)
    for note in notes:
        click.echo(f"note: {note}")
    if plot is not None:
        click.echo(f"drawn: {plot}")


def _apart(
    points: list[CrossSectionPoint],
    fit: WeibullFit | LimitFit,
    fluence_uncertainty: float,
    scatter: dict[str, Any],
) -> list[tuple[str, WeibullFit | str]]:
    """Fit each device by itself; one that cannot carry a fit has the reason instead."""
    from radtest.analysis import fit_weibull
    from radtest.core import FitError

    found: list[tuple[str, WeibullFit | str]] = []
    for device in dict.fromkeys(point.device for point in points):
        own = [point for point in points if point.device == device]
        try:
            one: WeibullFit | str = fit_weibull(
                own,
                per=fit.per,
                fluence_uncertainty=fluence_uncertainty,
                common_fluence_uncertainty=fit.common_fluence_uncertainty,
                confidence=fit.confidence,
                **scatter,
            )
        except FitError as error:
            one = error.message
        found.append((device, one))
    return found


def _draw(fits: list[tuple[str, WeibullFit | LimitFit]], path: Path, title: str) -> None:
    import numpy as np

    from radtest.report import draw_fit, draw_fits, write_figure

    lets = np.concatenate([fit.likelihood.let_mev_cm2_mg for _, fit in fits])
    grid = np.geomspace(0.8 * lets.min(), 1.3 * lets.max(), 240)
    bands = [fit.band(grid, confidence=fit.confidence) for _, fit in fits]
    if len(fits) == 1:
        figure = draw_fit(fits[0][1], bands[0], title=title[:90])
    else:
        figure = draw_fits([(name, fit, band) for (name, fit), band in zip(fits, bands, strict=True)], title=title[:90])
    write_figure(figure, path)
