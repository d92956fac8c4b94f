"""The Ibex system: its program, its list of targets, and campaigns on it in Verilator."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from cocotb_tools.runner import get_runner
from sort_program import HERE, assemble, expected_sum, hexadecimal

from radtest.core import InjectionError, InjectionResult, Outcome, TargetKind
from radtest.inject import Campaign, read_injection_configuration
from radtest.inject.configuration import include_folders, resolve_source
from radtest.log import open_record
from radtest.tools import verilator_environment

PLAIN, SECURE = HERE / "ibex_soc.toml", HERE / "secure.toml"


def results(record: Path) -> list[InjectionResult]:
    with open_record(record) as opened:
        return sorted(opened.injection_results(), key=lambda result: result.upset.index)


def test_the_image_is_what_the_assembler_makes_of_the_source() -> None:
    image, words = assemble()

    assert (HERE / "sort.hex").read_text() == hexadecimal(image)
    assert len(words) == 16
    assert expected_sum() == 0x5B89CED5


def test_every_flip_flop_is_listed_or_has_a_reason(tmp_path: Path) -> None:
    found = Campaign(PLAIN, "verilator", tmp_path).targets()
    bits: Counter[str] = Counter()
    for target in found.targets:
        if target.kind is TargetKind.FLIP_FLOP:
            bits[target.module] += target.bits

    # 31 registers of 32 bits; counters of cycles and instructions; three words of prefetched instructions with flags.
    assert bits["ibex_register_file_ff"] == 31 * 32
    assert bits["ibex_counter"] == 2 * 64
    assert bits["ibex_fetch_fifo"] == 3 * (32 + 1 + 1) + 31
    assert sum(bits.values()) == 2063
    assert [(t.name, t.bits) for t in found.targets if t.kind is TargetKind.LATCH] == [
        ("cpu.core_clock_gate_i.enabled", 1)
    ]
    names = {target.name: target for target in found.targets}
    assert names["cpu.u_ibex_core.id_stage_i.imd_val_q[0]"].width == 34
    assert names["cpu.u_ibex_core.cs_registers_i.u_mstatus_csr.rdata_q"].width == 6
    assert {removed.reason for removed in found.removed} == {"constant", "drives nothing that can be observed"}
    assert found.nameless_bits == 0


@pytest.mark.slow
@pytest.mark.verilator
@pytest.mark.parametrize("campaign_file", [PLAIN, SECURE], ids=["plain", "secure"])
def test_the_system_sorts_without_any_campaign(
    campaign_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    design = read_injection_configuration(campaign_file)[0].design
    for name, value in verilator_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.syspath_prepend(str(HERE))
    (tmp_path / "sort.hex").write_text((HERE / "sort.hex").read_text())
    sources = [resolve_source(name, campaign_file, "design.sources") for name in design.sources]
    runner = get_runner("verilator")
    runner.build(
        sources=[*sources, HERE / "ibex_soc_bench.sv"],
        includes=include_folders(design, campaign_file),
        defines=design.defines,
        hdl_toplevel="ibex_soc_bench",
        build_args=["--timing", "-CFLAGS", "-std=gnu++20 -fcoroutines -O0", "-Wno-fatal", "--output-split", "0"],
        build_dir=tmp_path,
        timescale=("1ns", "1ps"),
    )
    runner.test(hdl_toplevel="ibex_soc_bench", test_module="sort_bench", build_dir=tmp_path, test_dir=tmp_path)


@pytest.mark.slow
@pytest.mark.verilator
@pytest.mark.parametrize("upsets", [60, pytest.param(2000, marks=pytest.mark.slow)])
def test_every_flip_flop_can_be_upset_in_verilator(tmp_path: Path, upsets: int) -> None:
    campaign = Campaign(PLAIN, "verilator", tmp_path, upsets=upsets)
    found = results(campaign.run())
    golden = json.loads((campaign.work / "golden_run.json").read_text())

    assert golden["missing"] == {}
    assert len(found) == upsets
    outcomes = Counter(result.outcome for result in found)
    assert outcomes[Outcome.INVALID] == 0
    assert {Outcome.MASKED, Outcome.LATENT, Outcome.DETECTED, Outcome.SDC} <= set(outcomes)


@pytest.mark.slow
@pytest.mark.verilator
def test_forked_and_restarted_simulations_tell_the_same_and_so_do_two_campaigns(tmp_path: Path) -> None:
    def told(folder: str, strategy: str) -> list[tuple[Outcome, str, int, str]]:
        record = Campaign(PLAIN, "verilator", tmp_path / folder, upsets=20, strategy=strategy).run()  # type: ignore[arg-type]
        return [(r.outcome, r.observer, r.latency_cycles, r.detail) for r in results(record)]

    restarted = told("one", "restart")

    assert restarted == told("other", "restart")
    assert restarted == told("fork", "fork")


@pytest.mark.slow
@pytest.mark.verilator
def test_no_upset_of_the_cores_in_lockstep_is_silent(tmp_path: Path) -> None:
    record = Campaign(SECURE, "verilator", tmp_path, upsets=500).run()

    outcomes = Counter(result.outcome for result in results(record))
    assert outcomes[Outcome.DETECTED] > 100
    assert outcomes[Outcome.SDC] == outcomes[Outcome.HANG] == outcomes[Outcome.INVALID] == 0


@pytest.mark.icarus
def test_icarus_says_why_it_cannot_run_ibex(tmp_path: Path) -> None:
    with pytest.raises(InjectionError, match="icarus does not accept the design") as error:
        Campaign(PLAIN, "icarus", tmp_path).run()

    assert "-s verilator" in (error.value.remedy or "")
