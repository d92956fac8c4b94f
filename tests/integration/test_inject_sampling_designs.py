"""Sampling designs under a real simulator: looks, strata and weights, from the campaign file to the record."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from injection_samples import write_project

from radtest.core import ConfigurationError, InjectionResult, Outcome
from radtest.inject import Campaign, compare_outcomes, read_sampling_design, summarise
from radtest.inject.looks import stops_at_look
from radtest.log import open_record

pytestmark = pytest.mark.icarus

LOOKS = {"upsets": None, "looks": [20, 40, 80], "stop_width": 0.33, "exclude": ["stuck_loop"]}


class Stages:
    def __init__(self) -> None:
        self.seen: list[str] = []
        self.indices: list[int] = []

    def stage(self, name: str) -> None:
        self.seen.append(name)

    def upset(self, result: InjectionResult, done: int, total: int) -> None:
        self.indices.append(result.upset.index)


def test_a_campaign_with_looks_stops_at_the_first_that_is_narrow_enough(tmp_path):
    watched = Stages()
    path = Campaign(write_project(tmp_path, campaign=LOOKS), "icarus", tmp_path / "out", observer=watched).run()

    with open_record(path) as record:
        design = read_sampling_design(record)
        summary = summarise(record)
        stopped = int(record.quality_value("stopped_at_look") or 0)
    assert design is not None
    assert (design.looks, design.upsets, design.population) == ((20, 40, 80), 80, 107 * 22)
    assert 1 < stopped < 3
    assert summary.total.upsets == design.looks[stopped - 1] == len(watched.indices)
    assert watched.seen[-stopped:] == [f"upsets up to look {n} of 3" for n in range(1, stopped + 1)]
    # All upsets up to a look come before those after it, whatever their time.
    assert sorted(watched.indices[:20]) == list(range(20))
    sdc = summary.total.sdc
    assert sdc.high - sdc.low <= 0.33
    assert summary.total.interval == "declared looks"
    first_look = [n for n in watched.indices if n < 20]
    with open_record(path) as record:
        outcomes = {r.upset.index: r.outcome for r in record.injection_results()}
    counts = Counter(outcomes[n] for n in first_look)
    assert not stops_at_look(design, [np.array([counts[outcome] for outcome in Outcome])])


@pytest.mark.slow
def test_the_list_up_to_a_look_is_that_of_a_plain_campaign_of_that_many(tmp_path):
    with_looks = Campaign(write_project(tmp_path, campaign=LOOKS), "icarus", tmp_path / "looks").run()
    with open_record(with_looks) as record:
        made = len(record.outcomes)
    plain = {"upsets": made, "exclude": ["stuck_loop"]}
    without = Campaign(write_project(tmp_path, campaign=plain), "icarus", tmp_path / "plain").run()
    with open_record(with_looks) as one, open_record(without) as other:
        agreement = compare_outcomes(one, other)
    assert (agreement.compared, agreement.disagreements) == (made, ())


@pytest.mark.slow
@pytest.mark.verilator
def test_two_simulators_stop_at_the_same_look_with_the_same_list(tmp_path):
    path = write_project(tmp_path, campaign=LOOKS)
    records = [Campaign(path, simulator, tmp_path / "out").run() for simulator in ("icarus", "verilator")]
    with open_record(records[0]) as one, open_record(records[1]) as other:
        designs = [read_sampling_design(record) for record in (one, other)]
        agreement = compare_outcomes(one, other)
        looks = [record.quality_value("stopped_at_look") for record in (one, other)]
    assert designs[0] == designs[1]
    assert looks[0] == looks[1]
    assert (agreement.disagreements, agreement.alone) == ((), (0, 0))


@pytest.mark.slow
def test_killed_between_looks_it_goes_on_to_the_same_look(tmp_path):
    program = (
        "import os, signal, sys\n"
        "from radtest.inject import Campaign\n"
        "class Killer:\n"
        "    def stage(self, name):\n"
        "        pass\n"
        "    def upset(self, result, done, total):\n"
        "        if done == 26:\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "Campaign(sys.argv[1], 'icarus', sys.argv[2], observer=Killer()).run()\n"
    )
    project = write_project(tmp_path, campaign=LOOKS)
    killed = subprocess.run([sys.executable, "-c", program, project, tmp_path / "out"], check=False)
    assert killed.returncode == -signal.SIGKILL

    watched = Stages()
    resumed = Campaign(project, "icarus", tmp_path / "out", observer=watched, resume=True).run()
    whole = Campaign(project, "icarus", tmp_path / "whole").run()

    assert min(watched.indices) >= 20
    with open_record(resumed) as one, open_record(whole) as other:
        assert compare_outcomes(one, other).disagreements == ()
        assert one.quality_value("stopped_at_look") == other.quality_value("stopped_at_look")
        assert summarise(one).total.sdc == summarise(other).total.sdc


def test_each_module_has_its_sample(tmp_path):
    campaign = {"upsets": 24, "strata": "module", "stratum_minimum": 4, "exclude": ["stuck_loop"]}
    path = Campaign(write_project(tmp_path, campaign=campaign), "icarus", tmp_path / "out").run()

    with open_record(path) as record:
        design = read_sampling_design(record)
        summary = summarise(record)
    assert design is not None
    assert [(stratum.name, stratum.bits) for stratum in design.strata] == [("lane", 3), ("ledger", 104)]
    assert {row.name: row.upsets for row in summary.modules} == {"lane": 4, "ledger": 20}
    by_name = {row.name: row for row in summary.modules}
    latent = [by_name[name].share(Outcome.LATENT).value for name in ("lane", "ledger")]
    assert summary.total.share(Outcome.LATENT).value == pytest.approx((3 * latent[0] + 104 * latent[1]) / 107)


@pytest.mark.slow
def test_weights_give_the_cross_section_of_the_device(tmp_path):
    campaign = {"upsets": 12, "kinds": ["flip_flop", "memory"], "exclude": ["stuck_loop"]}
    project = write_project(tmp_path, campaign=campaign)
    project.write_text(
        project.read_text()
        + '[[campaign.weights]]\nkinds = ["memory"]\nsigma_cm2 = 3e-14\n'
        + "[[campaign.weights]]\nsigma_cm2 = 1e-14\nlow = 8e-15\nhigh = 1.3e-14\n"
    )
    command = [sys.executable, "-m", "radtest", "inject", str(project), "--out", str(tmp_path / "out"), "--json"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)["records"]["icarus"]
    device = record["device"]
    assert device["unit"] == "cm2/device"
    assert device["upsets"] == pytest.approx(32 * 3e-14 + 107 * 1e-14)
    assert sum(part["value"] for part in device["outcomes"].values()) == pytest.approx(device["upsets"])
    assert {kind["name"]: kind["upsets"] for kind in record["kinds"]} == {"memory": 6, "flip_flop": 6}


@pytest.mark.parametrize(
    ("campaign", "said"),
    [
        (LOOKS | {"looks": [20, 4000]}, r"campaign.looks = \(20, 4000\): only 2354 different upsets exist"),
        ({"upsets": 5, "strata": "module", "stratum_minimum": 9}, r"campaign.upsets: 5 upsets for 2 strata"),
    ],
)
def test_designs_that_cannot_be_are_refused_before_anything_is_recorded(tmp_path, campaign, said):
    with pytest.raises(ConfigurationError, match=said):
        Campaign(
            write_project(tmp_path, campaign={"exclude": ["stuck_loop"]} | campaign), "icarus", tmp_path / "out"
        ).run()
    assert list((tmp_path / "out").glob("run*")) == []
