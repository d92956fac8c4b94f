"""Whether a map is right: some of its upsets again, one by one, in a simulator under cocotb."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from numpy.typing import NDArray

from radtest.core.errors import ConfigurationError, RecordError
from radtest.core.injection import InjectionResult
from radtest.core.outcome import Outcome
from radtest.inject.campaign import Campaign
from radtest.inject.configuration import Simulator, read_injection_configuration
from radtest.inject.exhaustive.map_file import MAP_OUTCOMES, UpsetMap
from radtest.inject.exhaustive.replaying import replay_campaign
from radtest.inject.observer import InjectionObserver
from radtest.inject.simulation import design_sha256
from radtest.inject.upset_list import STRIKE, UpsetList
from radtest.log import open_record

__all__ = ["MapCheck", "MapDisagreement", "check_map", "draw_from_map", "parse_upset", "reproduction"]

_UPSET = re.compile(r"(?P<name>.+)@(?P<cycle>\d+)")


@dataclass(frozen=True, slots=True)
class MapDisagreement:
    """An upset of which map and simulator say different things; a fault of radtest, or of the simulator."""

    name: str
    cycle: int
    mapped: Outcome
    result: InjectionResult


@dataclass(frozen=True, slots=True)
class MapCheck:
    """A comparison of a map with a simulator.

    Parameters
    ----------
    simulator : str
        The simulator.
    compared : int
        Upsets that were made.
    agreed : dict
        Of those, how many came to the outcome of the map, by that outcome.
    disagreements : tuple of MapDisagreement
        The others.
    record : Path
        The sealed record of the simulator's campaign.
    waveform : Path
        Where the last simulation has written its waveform, if it was to.
    """

    simulator: str
    compared: int
    agreed: Mapping[Outcome, int]
    disagreements: tuple[MapDisagreement, ...]
    record: Path
    waveform: Path


def draw_from_map(upset_map: UpsetMap, upsets: int, seed: int) -> list[tuple[int, int]]:
    """Draw upsets at random, as many of each outcome as far as there are, as rows and columns of the map.

    Parameters
    ----------
    upset_map : UpsetMap
        The map.
    upsets : int
        How many; all there are if there are fewer.
    seed : int
        Of the random numbers.
    """
    rng = np.random.default_rng(seed)
    counts = upset_map.by_row.sum(axis=0)
    shares = _shares(counts, upsets)
    wanted: dict[int, list[tuple[int, int]]] = {}
    for number, share in enumerate(shares):
        if not share:
            continue
        ranks = np.sort(rng.choice(int(counts[number]), size=share, replace=False))
        last = np.cumsum(upset_map.by_row[:, number])
        rows = np.searchsorted(last, ranks, side="right")
        for row, rank in zip(rows.tolist(), (ranks - (last - upset_map.by_row[:, number])[rows]).tolist(), strict=True):
            wanted.setdefault(row, []).append((number, rank))
    drawn = []
    for row in sorted(wanted):
        outcomes = upset_map.outcome[row]
        for number, rank in wanted[row]:
            drawn.append((row, int(np.flatnonzero(outcomes == number)[rank])))
    return drawn


def _shares(counts: NDArray[np.int64], upsets: int) -> list[int]:
    """Part a number as evenly as there is something to take."""
    shares = np.zeros(len(counts), np.int64)
    left = min(upsets, int(counts.sum()))
    while left:
        open_ = np.flatnonzero(shares < counts)
        each = max(1, left // len(open_))
        for place in open_:
            taken = min(each, int(counts[place] - shares[place]), left)
            shares[place] += taken
            left -= taken
    return shares.tolist()


def parse_upset(upset_map: UpsetMap, text: str) -> tuple[int, int]:
    """Return the row and column of an upset given as ``NAME@CYCLE``.

    Raises
    ------
    ConfigurationError
        If there is no such upset in the map.
    """
    found = _UPSET.fullmatch(text)
    last = upset_map.first_cycle + upset_map.cycles - 1
    if not found:
        raise ConfigurationError(
            f"{text!r} is no upset", remedy="give one as NAME@CYCLE, such as 'cpu.reg_pc[3]@1200'."
        )
    name, cycle = found["name"], int(found["cycle"])
    if name not in upset_map.names:
        near = [other for other in upset_map.names if other.startswith(name.partition("[")[0])][:5]
        hint = f"; there are {', '.join(near)}" if near else ""
        raise ConfigurationError(f"{upset_map.path}: holds no bit {name!r}{hint}", remedy="name a bit of the map.")
    if not upset_map.first_cycle <= cycle <= last:
        raise ConfigurationError(
            f"{upset_map.path}: cycle {cycle} is not in the map",
            remedy=f"give one from {upset_map.first_cycle} to {last}.",
        )
    return upset_map.names.index(name), cycle - upset_map.first_cycle


def check_map(
    upset_map: UpsetMap,
    places: list[tuple[int, int]],
    simulator: Simulator,
    folder: str | Path,
    *,
    jobs: int | None = None,
    observer: InjectionObserver | None = None,
    waves: bool = False,
) -> MapCheck:
    """Make some upsets of a map in a simulator and compare the outcomes.

    Parameters
    ----------
    upset_map : UpsetMap
        The map. If its workload came from the design alone, the user's own test decides; if it was a recording, the
        recorded inputs are replayed.
    places : list of (int, int)
        Rows and columns of the map.
    simulator : str
        ``icarus`` or ``verilator``.
    folder : str or Path
        Where the record goes.
    jobs : int, optional
        Upsets followed at the same time.
    observer : InjectionObserver, optional
        Who is told of progress.
    waves : bool
        Whether each upset gets a simulation of its own that writes a waveform.

    Raises
    ------
    RecordError
        If the design is no longer that of the map.
    ConfigurationError, ToolMissingError, InjectionError, BusyError
        As a campaign does.
    """
    facts = upset_map.facts
    campaign_file, text = Path(facts["campaign_file"]), facts["configuration"]
    configuration, _ = read_injection_configuration(campaign_file, text)
    if design_sha256(configuration, campaign_file) != facts["design_sha256"]:
        raise RecordError(
            f"{upset_map.path}: the sources of the design have changed since the map was made",
            remedy="make the map again with radtest map.",
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if facts["stimulus"] != "closed":
        campaign_file, text = replay_campaign(upset_map, configuration, campaign_file, folder)
    document = _settings(text, len(places))
    campaign = Campaign(
        campaign_file,
        simulator,
        folder,
        jobs=jobs,
        observer=observer,
        text=document,
        given=UpsetList(_strikes(upset_map, places, campaign_file, document, simulator, folder)),
        strategy="restart" if waves else None,
        waves=waves,
    )
    record = campaign.run()
    names = {(int(t), int(w), int(b)): row for row, (t, w, b) in enumerate(upset_map.rows.tolist())}
    agreed: dict[Outcome, int] = dict.fromkeys(MAP_OUTCOMES, 0)
    disagreements = []
    with open_record(record) as opened:
        own = {target.name: number for number, target in enumerate(upset_map.targets)}
        table = opened.target_list()
        for result in opened.injection_results():
            upset = result.upset
            row = names[own[table[upset.target].name], upset.word, upset.bit]
            mapped = MAP_OUTCOMES[int(upset_map.outcome[row, upset.cycle - upset_map.first_cycle])]
            if result.outcome is mapped:
                agreed[mapped] += 1
            else:
                disagreements.append(MapDisagreement(upset_map.names[row], upset.cycle, mapped, result))
    return MapCheck(simulator, len(places), agreed, tuple(disagreements), record, campaign.waveform)


def _settings(text: str, upsets: int) -> str:
    """Return a campaign file that samples nothing by itself."""
    import tomllib  # noqa: PLC0415

    document: dict[str, Any] = tomllib.loads(text)
    sampling = ("margin", "width", "looks", "strata", "weights", "stratum_minimum")
    campaign = {key: value for key, value in document["campaign"].items() if key not in sampling}
    return tomli_w.dumps(document | {"campaign": campaign | {"upsets": upsets}})


def _strikes(
    upset_map: UpsetMap,
    places: list[tuple[int, int]],
    campaign_file: Path,
    text: str,
    simulator: Simulator,
    folder: Path,
) -> NDArray[np.void]:
    targets = Campaign(campaign_file, simulator, folder, text=text).targets().targets
    number_of = {target.name: number for number, target in enumerate(targets)}
    rows = upset_map.rows
    strikes = np.zeros(len(places), STRIKE)
    ordered = sorted(places, key=lambda place: place[1])
    for index, (row, column) in enumerate(ordered):
        target, word, bit = rows[row].tolist()
        strikes[index] = (
            index,
            number_of[upset_map.targets[target].name],
            word,
            bit,
            upset_map.first_cycle + column,
            -1,
        )
    return strikes


def reproduction(check: MapCheck, path: Path) -> Iterator[str]:
    """Yield for each disagreement the command that makes the upset again, with a waveform."""
    for one in check.disagreements:
        yield f"radtest map {path} --upset '{one.name}@{one.cycle}' --simulator {check.simulator}"
