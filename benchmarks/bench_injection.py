"""Upsets per second in PicoRV32: forked copies of one simulation against one simulation for each upset.

The same list, the same outcomes, whole campaigns from sources to sealed record. ``--upsets`` sets the length of the
list.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from radtest.inject import Campaign, Simulator, Strategy, compare_outcomes
from radtest.log import open_record

CAMPAIGN = Path(__file__).parents[1] / "hdl_tests/picorv32_soc/picorv32_soc.toml"


def timed(simulator: Simulator, strategy: Strategy, upsets: int, folder: Path) -> tuple[float, Path]:
    start = time.monotonic()
    record = Campaign(CAMPAIGN, simulator, folder / strategy, upsets=upsets, strategy=strategy).run()
    return time.monotonic() - start, record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upsets", type=int, default=200)
    parser.add_argument("--simulator", choices=["icarus", "verilator"], action="append")
    arguments = parser.parse_args()
    for simulator in arguments.simulator or ["icarus", "verilator"]:
        with tempfile.TemporaryDirectory() as folder:
            fork_s, fork = timed(simulator, "fork", arguments.upsets, Path(folder))
            restart_s, restart = timed(simulator, "restart", arguments.upsets, Path(folder))
            with open_record(fork) as one, open_record(restart) as other:
                agreement = compare_outcomes(one, other)
        assert not agreement.disagreements
        print(
            f"{simulator}, {arguments.upsets} upsets: fork {fork_s:.1f} s ({arguments.upsets / fork_s:.1f}/s), "
            f"restart {restart_s:.1f} s ({arguments.upsets / restart_s:.1f}/s), ratio {restart_s / fork_s:.1f}; "
            f"{agreement.compared} outcomes agree"
        )


if __name__ == "__main__":
    main()
