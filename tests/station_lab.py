"""A station without sockets, whose time passes as a test says."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from radtest.instruments.station import StationConfiguration, World
from radtest.instruments.station.lines import BeamPanel, MemoryPanel
from radtest.instruments.station.panels import CounterPanel
from radtest.instruments.station.supply_panels import KeysightPanel

__all__ = ["NO_LATCH_UP", "SURE_LATCH_UP", "Lab", "ManualClock"]

STATION = Path(__file__).parents[1] / "fixtures" / "stations" / "heavy_ion.toml"
NO_LATCH_UP = {"sigma_sat_cm2": 0.0}
SURE_LATCH_UP = {"sigma_sat_cm2": 1.0, "let0_mev_cm2_mg": 0.1}


class ManualClock:
    def __init__(self) -> None:
        self.now = 0

    def now_ns(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1e9)


class Lab:
    """A station without sockets."""

    def __init__(
        self,
        *,
        latch_up: dict[str, float] | None = None,
        seed: int = 1,
        device: dict[str, Any] | None = None,
        beam: dict[str, Any] | None = None,
        core: dict[str, Any] | None = None,
    ) -> None:
        data = tomllib.loads(STATION.read_text())
        data["device"]["latch_up"].update(latch_up or {})
        data["device"].update(device or {})
        data["beam"].update(beam or {})
        data["rails"][0].update(core or {})
        self.truth = StationConfiguration.model_validate(data)
        self.clock = ManualClock()
        self.world = World(self.truth, self.clock, np.random.default_rng(seed))
        self.supply, self.counter = KeysightPanel(self.world), CounterPanel(self.world)
        self.tester, self.beam = MemoryPanel(self.world), BeamPanel(self.world, "token")
        self.beam.answer("TOKEN token")

    def wait(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        self.world.advance()

    def ask(self, line: str) -> str:
        reply = self.tester.answer(line)
        while isinstance(reply, tuple):
            self.wait(reply[0])
            reply = reply[1]()
        assert isinstance(reply, str)
        return reply

    def measure(self, what: str, channel: int = 1) -> float:
        return float(str(self.supply.answer(f"MEAS:{what}? (@{channel})")))

    def power(self, limit_a: float = 1.0, *, protection: bool = False) -> None:
        self.supply.answer(f"VOLT 1.2,(@1);:CURR {limit_a},(@1);:VOLT 3.3,(@2);:CURR 0.5,(@2)")
        self.supply.answer(f"CURR:PROT:DEL 0.05,(@1,2);STAT {int(protection)},(@1,2)")
        self.supply.answer("OUTP ON,(@1,2)")
        self.wait(1.0)

    def irradiate(self, ion: str, flux: float, seconds: float) -> None:
        assert self.beam.answer(f"ION {ion}") == "OK"
        self.wait(10.0)
        assert self.beam.answer(f"FLUX {flux}") == "OK"
        assert self.beam.answer("BEAM ON") == "OK"
        self.wait(seconds)
        assert self.beam.answer("BEAM OFF") == "OK"

    def mismatches(self) -> int:
        return int(self.ask("SCAN").split("upsets=")[1].split()[0])
