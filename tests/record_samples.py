"""Runs and rows for the tests of the record, and Hypothesis strategies that make any legal one."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from radtest.core import (
    Beam,
    Device,
    Effect,
    Event,
    FaultModel,
    InjectionResult,
    Outcome,
    RunEnd,
    RunHeader,
    Simulation,
    StopReason,
    Strike,
    Target,
    TargetKind,
    Upset,
)
from radtest.log import Journal

START_NS = 1_795_341_551_613_267_531

BEAM_HEADER = RunHeader(
    run_number=12,
    title="Kr at normal incidence, 1.2 V",
    start_time_ns=START_NS,
    source=Beam(
        particle="Kr",
        mass_number=84,
        energy_mev=1226.0,
        let_mev_cm2_mg=25.0,
        range_um=165.0,
        let_source="facility table",
        flux_cm2_s=1e4,
    ),
    device=Device(part="SRAM-16M", serial="A3", pattern="checkerboard, µ", bits=1 << 24, temperature_k=298.15),
    configuration='title = "Kr"\n',
    program_name="radtest 0.1.0",
)
RTL_HEADER = RunHeader(
    run_number=1,
    title="PicoRV32, CRC-32",
    start_time_ns=START_NS,
    source=Simulation(
        simulator="icarus",
        simulator_version="11.0",
        top="picorv32_soc",
        design_sha256="0" * 64,
        test="test_soc.crc",
        seed=42,
        clock_period_ps=10_000,
        golden_cycles=5000,
    ),
    device=Device(part="picorv32_soc"),
    configuration="seed = 42\n",
    program_name="radtest 0.1.0",
)
SECOND_NS = 1_000_000_000


def memory_run_header(bits: int) -> RunHeader:
    """Return the header of a run of a memory whose upsets are told bit by bit."""
    return RunHeader(
        run_number=1,
        title="bits",
        start_time_ns=SECOND_NS,
        source=Beam(
            particle="Ar",
            mass_number=40,
            energy_mev=642.0,
            let_mev_cm2_mg=7.27,
            range_um=None,
            let_source="test",
            tilt_deg=0.0,
            flux_cm2_s=1e3,
        ),
        device=Device(part="SRAM", serial="A1", pattern="zeros", bits=bits),
        configuration="",
        program_name="test",
    )


def bit_upset(second: int, address: int, bit: int, fluence_cm2: float | None = None) -> Event:
    """Return the upset of one bit of a memory of zeros."""
    return Event(
        time_ns=second * SECOND_NS,
        kind=Effect.SEU,
        address=address,
        bit=bit,
        expected=0,
        observed=1 << bit,
        channel="memory",
        fluence_cm2=fluence_cm2,
    )


END = RunEnd(START_NS + 60_000_000_000, StopReason.EVENTS, valid=True)


def write_beam_run(path: Path, events: int = 100) -> Path:
    """Write a small beam run and close its journal."""
    with Journal.create(path, BEAM_HEADER) as journal:
        for number in range(events):
            journal.event(
                Event(
                    time_ns=number * 1_000_000,
                    kind=Effect.SEL if number % 10 == 9 else Effect.SEU,
                    address=number,
                    bit=number % 16,
                    expected=0x5555,
                    observed=0x5555 ^ (1 << number % 16),
                    fluence_cm2=1000.0 * (number + 1),
                )
            )
            journal.fluence(number * 1_000_000, 1000.0 * (number + 1))
        journal.telemetry("psu.ch1_current", "A", [0, 1_000_000, 2_000_000], [0.1, 0.1, 0.35])
        journal.telemetry("psu.ch1_voltage", "V", [0], [1.2])
        journal.quality("total_fluence_cm2", 1000.0 * events, "1/cm2")
        journal.quality("live_fluence_cm2", 900.0 * events, "1/cm2", "less dead time")
        journal.end(END)
    return path


TARGETS = [
    Target("cpu.reg_pc", "picorv32", TargetKind.FLIP_FLOP, width=32, src="picorv32.v:180"),
    Target("cpu.cpuregs", "picorv32", TargetKind.MEMORY, width=32, words=32),
]


def write_rtl_run(path: Path, outcomes: int = 21) -> Path:
    """Write a small injection run and close its journal."""
    kinds = list(Outcome)
    with Journal.create(path, RTL_HEADER) as journal:
        journal.targets(TARGETS)
        for number in range(outcomes):
            journal.outcome(
                InjectionResult(
                    Upset(number, number % 2, 0, number % 32, 10 * number),
                    kinds[number % len(kinds)],
                    time_ps=number * 10_000,
                    before=0,
                    after=1,
                )
            )
        journal.end(END)
    return path


def text(limit_bytes: int) -> st.SearchStrategy[str]:
    """Any text a column of that width can hold."""
    characters = st.characters(codec="utf-8", exclude_characters="\0")
    return st.text(characters, max_size=limit_bytes).filter(lambda value: len(value.encode()) <= limit_bytes)


TIMES = st.integers(0, 2**63 - 1)
WORDS = st.none() | st.integers(0, 2**64 - 1)
FLUENCES = st.floats(0, 1e300)
EVENTS = st.builds(
    Event,
    time_ns=TIMES,
    kind=st.sampled_from(Effect),
    outcome=st.none() | st.sampled_from(Outcome),
    address=WORDS,
    bit=st.none() | st.integers(0, 2**32 - 1),
    expected=WORDS,
    observed=WORDS,
    fluence_cm2=st.none() | FLUENCES,
    channel=text(255),
    detail=text(300),
)
STRIKES = st.builds(Strike, st.integers(0, 1), st.integers(0, 10**6), st.integers(0, 1023), st.integers(0, 10**12))
READINGS = st.sampled_from([-1, 0, 1])
UPSETS = st.builds(
    Upset,
    index=st.integers(0, 10**9),
    target=st.integers(0, 1),
    word=st.integers(0, 10**6),
    bit=st.integers(0, 1023),
    cycle=st.integers(0, 10**12),
    model=st.sampled_from(FaultModel),
    offset_ps=st.integers(-1, 10**9),
    others=st.lists(STRIKES, max_size=3).map(tuple),
)
RESULTS = UPSETS.flatmap(
    lambda upset: st.builds(
        InjectionResult,
        upset=st.just(upset),
        outcome=st.sampled_from(Outcome),
        time_ps=TIMES,
        before=READINGS,
        after=READINGS,
        latency_cycles=st.integers(-1, 10**12),
        observer=text(100),
        detail=text(100),
        others_read=st.tuples(*[st.tuples(READINGS, READINGS)] * len(upset.others)),
    )
)
