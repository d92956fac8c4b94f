"""A campaign that was killed, or stopped, goes on where it was, and its outcomes are those of one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from injection_samples import PLAIN_DESIGN, write_project

from radtest.core import BusyError, ConfigurationError, InjectionResult, Simulation, StopReason
from radtest.inject import Campaign, compare_outcomes
from radtest.log import open_journal, open_record, recover, verify

pytestmark = pytest.mark.icarus

UPSETS = 36
CAMPAIGN = {"upsets": UPSETS, "exclude": ["stuck_loop"]}
KILLED = """
import os, signal, sys
from radtest.inject import Campaign

class Killer:
    done = 0

    def stage(self, name):
        pass

    def upset(self, result, done, total):
        Killer.done += 1
        if Killer.done == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)

Campaign(sys.argv[1], "icarus", sys.argv[2], observer=Killer(), resume=sys.argv[4] == "resume").run()
"""


class Counting:
    """Counts the upsets that are made, and stops the campaign after so many."""

    def __init__(self, stop_after: int = 0) -> None:
        self.made: list[int] = []
        self.told: list[tuple[int, int]] = []
        self._stop_after = stop_after

    def stage(self, name: str) -> None:
        pass

    def upset(self, result: InjectionResult, done: int, total: int) -> None:
        self.made.append(result.upset.index)
        self.told.append((done, total))
        if len(self.made) == self._stop_after:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uninterrupted")
    return Campaign(write_project(folder, campaign=CAMPAIGN), "icarus", folder / "out").run()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path, campaign=CAMPAIGN)


def kill_after(project: Path, folder: Path, upsets: int, how: str) -> int:
    """Kill a campaign after so many upsets; return how many are in its journal."""
    killed = subprocess.run([sys.executable, "-c", KILLED, project, folder, str(upsets), how], check=False)
    assert killed.returncode == -signal.SIGKILL
    with open_journal(folder / "run0001_icarus_ledger_seed3.journal") as reader:
        return reader.counts()["outcomes"]


def check_same(record: Path, uninterrupted: Path) -> None:
    assert verify(record).ok
    with open_record(record) as one, open_record(uninterrupted) as other:
        agreement = compare_outcomes(one, other)
        assert (agreement.compared, agreement.disagreements) == (UPSETS, ())
        assert Counter(one.outcomes["upset"].tolist()) == Counter(range(UPSETS))
        # Every outcome has its event, whatever moment the process died at.
        assert one.events["outcome"].tolist() == one.outcomes["outcome"].tolist()
        assert one.end.stop_reason is StopReason.COMPLETED


@pytest.mark.slow
def test_killed_twice_it_goes_on_in_the_same_journal_and_repeats_nothing(project, uninterrupted):
    folder = project.parent / "out"
    first = kill_after(project, folder, 8, "begin")
    second = kill_after(project, folder, 8, "resume")
    # What was queued when the process died may be lost; what was in the journal is not.
    assert 0 < first < second < UPSETS

    with pytest.raises(BusyError, match=r"seed3\.journal: exists already") as refused:
        Campaign(project, "icarus", folder)
    assert "--resume" in str(refused.value)

    watched = Counting()
    record = Campaign(project, "icarus", folder, observer=watched, resume=True).run()

    assert record == folder / "run0001_icarus_ledger_seed3.h5"
    assert len(watched.made) == UPSETS - second
    assert watched.told[0] == (second + 1, UPSETS)
    assert watched.told[-1] == (UPSETS, UPSETS)
    check_same(record, uninterrupted)
    with open_record(record) as done:
        assert [row["value"] for row in done.quality if row["name"] == "resumed"] == [first, second]
    assert list(folder.glob("*.journal*")) == []


@pytest.mark.slow
def test_stopped_by_ctrl_c_it_goes_on_into_a_new_record(project, uninterrupted):
    folder = project.parent / "out"
    with pytest.raises(KeyboardInterrupt):
        Campaign(project, "icarus", folder, observer=Counting(stop_after=10)).run()
    stopped = folder / "run0001_icarus_ledger_seed3.h5"
    before = stopped.read_bytes()

    watched = Counting()
    record = Campaign(project, "icarus", folder, observer=watched, resume=True).run()

    assert record == folder / "run0002_icarus_ledger_seed3.h5"
    assert stopped.read_bytes() == before
    with open_record(stopped) as half:
        assert half.end.stop_reason is StopReason.OPERATOR
        assert len(watched.made) == UPSETS - len(half.outcomes)
    check_same(record, uninterrupted)

    # Complete, it is left as it is.
    again = Counting()
    assert Campaign(project, "icarus", folder, observer=again, resume=True).run() == record
    assert again.made == []


@pytest.mark.slow
def test_a_record_that_was_recovered_is_gone_on_with_too(project, uninterrupted):
    folder = project.parent / "out"
    killed = kill_after(project, folder, 8, "begin")
    lost = recover(folder / "run0001_icarus_ledger_seed3.journal", remove_journal=True)

    watched = Counting()
    record = Campaign(project, "icarus", folder, observer=watched, resume=True).run()

    assert lost.name == "run0001_icarus_ledger_seed3.h5"
    assert record.name == "run0002_icarus_ledger_seed3.h5"
    assert len(watched.made) == UPSETS - killed
    check_same(record, uninterrupted)


def test_killed_before_it_was_sealed_it_is_sealed_and_nothing_is_made(project, uninterrupted):
    folder = project.parent / "out"
    program = (
        "import os, signal, sys\n"
        "from radtest.inject import Campaign, campaign\n"
        "campaign.seal = lambda *arguments, **options: os.kill(os.getpid(), signal.SIGKILL)\n"
        "Campaign(sys.argv[1], 'icarus', sys.argv[2]).run()\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, project, folder], check=False)
    assert killed.returncode == -signal.SIGKILL

    watched = Counting()
    record = Campaign(project, "icarus", folder, observer=watched, resume=True).run()

    assert record.name == "run0001_icarus_ledger_seed3.h5"
    assert watched.made == []
    check_same(record, uninterrupted)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a project whose campaign was stopped after two upsets."""
    folder = tmp_path_factory.mktemp("stopped")
    path = write_project(folder, campaign=CAMPAIGN)
    with pytest.raises(KeyboardInterrupt):
        Campaign(path, "icarus", folder / "out", observer=Counting(stop_after=2)).run()
    return folder


@pytest.mark.parametrize(
    ("changes", "options", "said"),
    [
        ({"campaign": CAMPAIGN | {"upsets": 40}}, {}, r"campaign.upsets: 36 then, 40 now"),
        ({"campaign": CAMPAIGN}, {"upsets": 40}, r"campaign.upsets: 36 then, 40 now"),
        ({"campaign": CAMPAIGN}, {"margin": 0.1}, r"campaign.margin: null then, 0.1 now"),
        ({"campaign": CAMPAIGN}, {"strategy": "restart"}, r'campaign.strategy: "fork" then, "restart" now'),
        ({"campaign": CAMPAIGN | {"last_cycle": 9}}, {}, r"campaign.last_cycle: null then, 9 now"),
        (
            {"campaign": CAMPAIGN, "observe": {"corrected": []}},
            {},
            r'observe.corrected: \["corrected"\] then, \[\] now',
        ),
        (
            {"campaign": CAMPAIGN, "source": PLAIN_DESIGN + "\n"},
            {},
            r"the content of the sources or the parameters of the design",
        ),
    ],
    ids=["file", "option", "other size", "strategy", "window", "signals", "sources"],
)
def test_another_campaign_is_not_gone_on_with(stopped, changes, options, said):
    path = write_project(stopped, **changes)
    with pytest.raises(ConfigurationError, match=said) as error:
        Campaign(path, "icarus", stopped / "out", resume=True, **options)
    assert "run0001_icarus_ledger_seed3.h5: belongs to another campaign" in str(error.value)


def test_another_bench_is_not_gone_on_with(stopped):
    path = write_project(stopped, campaign=CAMPAIGN)
    bench = stopped / "ledger_bench.py"
    bench.write_text(bench.read_text() + "\n# changed\n")
    with pytest.raises(ConfigurationError, match="the content of the test module or the sources of the bench"):
        Campaign(path, "icarus", stopped / "out", resume=True)


@pytest.mark.slow
def test_another_seed_begins_anew(stopped):
    path = write_project(stopped, campaign=CAMPAIGN | {"upsets": 3})
    record = Campaign(path, "icarus", stopped / "out", seed=4, resume=True).run()
    assert record.name == "run0001_icarus_ledger_seed4.h5"
    with open_record(record) as done:
        assert isinstance(done.header.source, Simulation)
        assert done.header.source.overrides == '{"seed": 4}'


def test_a_campaign_that_ended_by_a_fault_is_not_gone_on_with(tmp_path):
    path = write_project(tmp_path, campaign={"upsets": 4}, test={"name": "rolls_dice"})
    with pytest.raises(Exception, match="two runs without an upset"):
        Campaign(path, "icarus", tmp_path / "out").run()
    with pytest.raises(BusyError, match="ended by a fault"):
        Campaign(path, "icarus", tmp_path / "out", resume=True)


def test_a_living_campaign_is_not_taken_over(project):
    class Second:
        refusal: BusyError | None = None

        def stage(self, name: str) -> None:
            pass

        def upset(self, result: InjectionResult, done: int, total: int) -> None:
            if done == 3:
                try:
                    Campaign(project, "icarus", project.parent / "out", resume=True).run()
                except BusyError as error:
                    self.refusal = error
                raise KeyboardInterrupt

    second = Second()
    with pytest.raises(KeyboardInterrupt):
        Campaign(project, "icarus", project.parent / "out", observer=second).run()
    assert second.refusal is not None
    assert "another campaign is using it" in str(second.refusal)


@pytest.mark.slow
def test_the_command_goes_on_and_says_how(project):
    command = [sys.executable, "-m", "radtest", "inject", str(project), "--upsets", "5"]
    folder = ["--out", str(project.parent / "out")]
    environment = os.environ | {"COLUMNS": "200"}
    first = subprocess.run([*command, *folder], capture_output=True, text=True, check=False, env=environment)
    assert first.returncode == 0, first.stderr

    again = subprocess.run(
        [*command, *folder, "--resume"], capture_output=True, text=True, check=False, env=environment
    )

    assert again.returncode == 0
    assert again.stdout == first.stdout


@pytest.mark.slow
@pytest.mark.verilator
def test_killed_while_it_compiles_it_leaves_no_compiler_behind(project):
    program = (
        "import os, signal, sys, threading\n"
        "from radtest.inject import Campaign\n"
        "class Killer:\n"
        "    def stage(self, name):\n"
        "        if name == 'build':\n"
        "            threading.Timer(2.0, os.kill, (os.getpid(), signal.SIGKILL)).start()\n"
        "    def upset(self, result, done, total):\n"
        "        pass\n"
        "Campaign(sys.argv[1], 'verilator', sys.argv[2], observer=Killer()).run()\n"
    )
    folder = project.parent / "out"
    killed = subprocess.run([sys.executable, "-c", program, project, folder], check=False)
    assert killed.returncode == -signal.SIGKILL

    deadline = time.monotonic() + 20
    while working_in(folder):
        assert time.monotonic() < deadline, working_in(folder)
        time.sleep(0.05)


def working_in(folder: Path) -> list[str]:
    """Return the processes whose working folder lies in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            where = (process / "cwd").readlink()
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        # A zombie has a working folder no longer, or no command line.
        if command and where.is_relative_to(folder.resolve()):
            found.append(command)
    return found
