"""Every upset of designs drawn at random comes to the outcome in Icarus that the map gives it."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, note, reject, settings
from hypothesis import strategies as st
from random_designs import EVERYTHING, random_design

from radtest.core import InjectionError, InjectionResult, Outcome
from radtest.inject.exhaustive import NO_OBSERVER, UpsetMap, check_map, map_upsets, open_map
from radtest.log import open_record

# The pipes of the engine's processes are left to the garbage collector.
pytestmark = [pytest.mark.icarus, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


def drawn(examples: int) -> settings:
    """Return the settings of a test with so many designs; smaller ones are not sought for, which would take hours."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def compare(seed: int, having: frozenset[str], model: str = "seu") -> None:
    """Draw a design, map it, and make every upset of the map again in Icarus."""
    design = random_design(random.Random(seed), having, model)
    note(design.campaign)
    note(design.verilog)
    with tempfile.TemporaryDirectory(prefix="random_design_") as name:
        folder = Path(name)
        try:
            mapped = map_upsets(design.write(folder), folder / "map.h5", jobs=1)
        except InjectionError as error:
            # A reset that a flip-flop makes can be a glitch: over before any time has passed.
            if "the engine and the simulator part" not in str(error):
                raise
            reject()
        with open_map(mapped) as upset_map:
            rows, cycles = upset_map.outcome.shape
            places = [(row, cycle) for row in range(rows) for cycle in range(cycles)]
            check = check_map(upset_map, places, "icarus", folder / "check", jobs=2)
            assert [(one.name, one.cycle, one.mapped, one.result.outcome) for one in check.disagreements] == []
            assert check.compared == len(places)
            with open_record(check.record) as record:
                targets = [target.name for target in record.target_list()]
                seen = [(targets[one.upset.target], one) for one in record.injection_results()]
            assert list(filter(None, (wrong_time(upset_map, name, result) for name, result in seen))) == []


def wrong_time(upset_map: UpsetMap, target: str, result: InjectionResult) -> str:
    """Say how map and simulator differ in when an upset was seen, and by what; empty where they do not.

    An output without `valid` that misses a change is told by Icarus when it changes next, by the map at once. A test
    that waits for a transient on "done" itself ends within the cycle.
    """
    if target == "done":
        return ""
    if result.outcome not in (Outcome.SDC, Outcome.DETECTED, Outcome.CORRECTED):
        return ""
    number = [one.name for one in upset_map.targets].index(target)
    row = upset_map.rows.tolist().index((number, result.upset.word, result.upset.bit))
    column = result.upset.cycle - upset_map.first_cycle
    latency, observer = int(upset_map.latency_cycles[row, column]), int(upset_map.observer[row, column])
    by = upset_map.observers[observer] if observer != NO_OBSERVER else ""
    told = f"{upset_map.names[row]}@{result.upset.cycle}: {latency} by {by!r}, {result.latency_cycles} by "
    if result.outcome is Outcome.SDC:
        return "" if 0 <= latency <= result.latency_cycles else f"{told}{result.observer!r}"
    return "" if (latency, by) == (result.latency_cycles, result.observer) else f"{told}{result.observer!r}"


@drawn(1)
@given(st.integers(0, 10_000))
def test_every_upset_agrees_with_icarus(seed):
    compare(seed, frozenset())


@pytest.mark.slow
@drawn(1)
@given(st.integers(0, 10_000))
def test_every_cluster_agrees_with_icarus(seed):
    compare(seed, frozenset(), "mcu")


@drawn(1)
@given(st.integers(0, 10_000))
def test_every_transient_agrees_with_icarus(seed):
    compare(seed, frozenset(), "set")


@pytest.mark.slow
@drawn(30)
@given(st.integers(10_001, 1_000_000))
def test_every_transient_of_many_designs_agrees_with_icarus(seed):
    compare(seed, frozenset({"closed", "closed without valid", "falling edge", "several writes"}), "set")


@pytest.mark.parametrize("model", ["stuck0", pytest.param("stuck1", marks=pytest.mark.slow)])
@drawn(1)
@given(st.integers(0, 10_000))
def test_every_stuck_bit_agrees_with_icarus(model, seed):
    compare(seed, frozenset(), model)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["stuck0", "stuck1"])
@drawn(20)
@given(st.integers(10_001, 1_000_000))
def test_every_stuck_bit_of_many_designs_agrees_with_icarus(model, seed):
    compare(seed, frozenset({"closed", "falling edge"}), model)


@pytest.mark.slow
@drawn(30)
@given(st.integers(10_001, 1_000_000))
def test_every_cluster_of_many_designs_agrees_with_icarus(seed):
    compare(seed, frozenset({"closed", "falling edge"}), "mcu")


@pytest.mark.slow
@drawn(40)
@given(st.integers(10_001, 1_000_000))
def test_every_upset_of_many_designs_agrees_with_icarus(seed):
    compare(seed, EVERYTHING)
