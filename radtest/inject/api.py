"""Campaigns from Python, and from pytest: one call, the keys of the campaign file, an answer to make assertions on."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from radtest.core.estimate import Estimate
from radtest.core.injection import InjectionResult, Target
from radtest.core.outcome import Outcome
from radtest.inject.campaign import Campaign
from radtest.inject.configuration import Simulator
from radtest.inject.observer import InjectionObserver
from radtest.inject.summary import InjectionSummary, summarise
from radtest.log import open_record

__all__ = ["CampaignResult", "run"]


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """A finished campaign.

    Parameters
    ----------
    record : Path
        The sealed record.
    summary : InjectionSummary
        Its outcomes, counted, with intervals.
    targets : tuple of Target
        The table that `Upset.target` refers to.
    """

    record: Path
    summary: InjectionSummary
    targets: tuple[Target, ...]

    def count(self, *outcomes: Outcome) -> int:
        """Return the number of upsets with one of some outcomes."""
        return sum(self.summary.total.counts[outcome] for outcome in outcomes)

    def probability(self, outcome: Outcome) -> Estimate:
        """Return the probability of an outcome, given a valid upset.

        Raises
        ------
        KeyError
            For `Outcome.INVALID`, or where no upset was valid.
        """
        return self.summary.probabilities[outcome]

    def results(self, *outcomes: Outcome) -> Iterator[InjectionResult]:
        """Yield what each upset did, or only those with one of some outcomes."""
        with open_record(self.record) as record:
            for result in record.injection_results():
                if not outcomes or result.outcome in outcomes:
                    yield result

    def describe(self, *outcomes: Outcome) -> str:
        """Return a line for each upset, or for those with one of some outcomes: for the message of an assertion."""
        return "\n".join(self._line(result) for result in self.results(*outcomes))

    def _line(self, result: InjectionResult) -> str:
        upset = result.upset
        target = self.targets[upset.target]
        word = f"[{target.first_word + upset.word}]" if target.words > 1 else ""
        place = f"{target.name}{word}[{target.lsb + upset.bit}]"
        if upset.others:
            place += f" and {len(upset.others)} more"
        return f"upset {upset.index}: {place} in cycle {upset.cycle}: {result.outcome} {result.detail}".rstrip()


def run(
    campaign: str | Path | Mapping[str, Any],
    simulator: Simulator,
    folder: str | Path,
    *,
    base: str | Path | None = None,
    upsets: int | None = None,
    seed: int | None = None,
    jobs: int | None = None,
    observer: InjectionObserver | None = None,
) -> CampaignResult:
    """Run an upset campaign and return what came of it.

    Parameters
    ----------
    campaign : str, Path or mapping
        A campaign file, or a mapping with the sections and keys of one.
    simulator : str
        ``icarus``, ``verilator`` or ``ghdl``.
    folder : str or Path
        Where the record and the working files go; pytest's ``tmp_path`` will do.
    base : str or Path, optional
        With a mapping: the folder that paths in it are relative to and that holds the test module; by default that of
        the calling Python file.
    upsets, seed : int, optional
        Instead of the campaign's.
    jobs : int, optional
        Upsets followed at the same time; by default one for each processor core.
    observer : InjectionObserver, optional
        Who is told of progress.

    Returns
    -------
    CampaignResult
        The record and its summary.

    Raises
    ------
    ConfigurationError, ToolMissingError, InjectionError, BusyError
        As `Campaign` and its `run` do.
    """
    if isinstance(campaign, Mapping):
        caller = inspect.stack()[1].filename
        path = Path(caller) if base is None else Path(base) / "campaign.toml"
        text = tomli_w.dumps(_plain(campaign))
    else:
        path, text = Path(campaign), None
    work = Campaign(path, simulator, folder, upsets=upsets, seed=seed, jobs=jobs, observer=observer, text=text)
    sealed = work.run()
    with open_record(sealed) as record:
        return CampaignResult(sealed, summarise(record), tuple(record.target_list()))


def _plain(value: Any) -> Any:
    """Return a value as TOML knows it: paths as text, any sequence as a list, keys that are None left out."""
    match value:
        case Mapping():
            return {str(key): _plain(part) for key, part in value.items() if part is not None}
        case Path():
            return str(value)
        case str() | bytes():
            return value
        case Sequence():
            return [_plain(part) for part in value]
        case _:
            return value
