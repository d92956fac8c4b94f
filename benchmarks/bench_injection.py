"""Upsets per second in PicoRV32: forked copies of one simulation against one simulation for each upset.

The same list, the same outcomes, whole campaigns from sources to sealed record. The restart loop follows every upset to
the end of the test, as one around an ordinary bench would. ``--upsets`` sets the length of the list; with a longer one
the build, which both need once, weighs less.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from radtest.core import InjectionResult
from radtest.inject import Campaign, Simulator, Strategy, compare_outcomes
from radtest.log import open_record

CAMPAIGN = Path(__file__).parents[1] / "hdl_tests/picorv32_soc/picorv32_soc.toml"


class Stages:
    """How long each stage of a campaign took, s."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._name, self._since = "start", time.monotonic()

    def stage(self, name: str) -> None:
        """Note that a stage begins."""
        now = time.monotonic()
        self.seconds[self._name] = self.seconds.get(self._name, 0.0) + now - self._since
        self._name, self._since = name, now

    def upset(self, result: InjectionResult, done: int, total: int) -> None:
        """Take no notice."""

    @property
    def total_s(self) -> float:
        """Duration of the whole campaign, s."""
        return sum(self.seconds.values())


def timed(simulator: Simulator, strategy: Strategy, upsets: int, folder: Path) -> tuple[Stages, Path]:
    stages = Stages()
    campaign = Campaign(
        CAMPAIGN,
        simulator,
        folder / strategy,
        upsets=upsets,
        strategy=strategy,
        end_early=strategy == "fork",
        observer=stages,
    )
    record = campaign.run()
    stages.stage("end")
    return stages, record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upsets", type=int, default=200)
    parser.add_argument("--simulator", choices=["icarus", "verilator"], action="append")
    arguments = parser.parse_args()
    for simulator in arguments.simulator or ["icarus", "verilator"]:
        with tempfile.TemporaryDirectory() as folder:
            fork, one_record = timed(simulator, "fork", arguments.upsets, Path(folder))
            restart, other_record = timed(simulator, "restart", arguments.upsets, Path(folder))
            with open_record(one_record) as one, open_record(other_record) as other:
                agreement = compare_outcomes(one, other)
        assert not agreement.disagreements
        print(f"{simulator}, {arguments.upsets} upsets, {agreement.compared} outcomes agree")
        for name, stages in (("fork", fork), ("restart", restart)):
            parts = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in stages.seconds.items() if seconds >= 0.05)
            rate = arguments.upsets / stages.seconds["upsets"]
            print(f"  {name}: {stages.total_s:.1f} s ({parts}); {rate:.1f} upsets/s once built")
        whole, built = restart.total_s / fork.total_s, restart.seconds["upsets"] / fork.seconds["upsets"]
        print(f"  ratio: {whole:.1f} for the whole campaign, {built:.1f} once built")


if __name__ == "__main__":
    main()
