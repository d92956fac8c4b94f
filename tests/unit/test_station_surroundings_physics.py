"""Heat, transients, degraders and mains of the simulated station, without sockets."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from radtest.core import ConfigurationError
from radtest.core.configuration import parse_configuration
from radtest.instruments.station import StationConfiguration, World
from radtest.instruments.station.equipment import make_panels
from radtest.instruments.station.ladder import Ladder
from radtest.instruments.station.lines import BeamPanel
from radtest.instruments.station.mains import Mains, Outlet
from radtest.instruments.station.panels import CounterPanel
from radtest.instruments.station.supply_panels import KeysightPanel
from radtest.instruments.station.surroundings_configuration import LadderModel, ThermalModel
from radtest.instruments.station.thermal import Air, ThermalPlant
from radtest.instruments.station.transients import Pulse

STATION = Path(__file__).parents[2] / "fixtures" / "stations" / "whole_laboratory.toml"


class ManualClock:
    def __init__(self) -> None:
        self.now = 0

    def now_ns(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1e9)


class Laboratory:
    """A station without sockets."""

    def __init__(self, text: str = "", seed: int = 1, **changes: object) -> None:
        data = tomllib.loads(text or STATION.read_text())
        data.update(changes)
        self.clock = ManualClock()
        self.world = World(StationConfiguration.model_validate(data), self.clock, np.random.default_rng(seed))
        self.panels = make_panels(self.world)
        self.made = {name: make() for name, make in self.panels.items()}
        self.supply, self.beam = KeysightPanel(self.world), BeamPanel(self.world, "token")
        self.beam.answer("TOKEN token")

    def wait(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        self.world.advance()

    def ask(self, name: str, line: str) -> str | bytes | None:
        reply = self.made[name].answer(line)
        while isinstance(reply, tuple):
            self.wait(reply[0])
            reply = reply[1]()
        return reply

    def power(self) -> None:
        self.supply.answer("VOLT 1.2,(@1);:CURR 1,(@1);:VOLT 3.3,(@2);:CURR 0.5,(@2);:OUTP ON,(@1,2)")
        self.wait(1.0)


def test_the_device_follows_the_air_as_the_equations_integrated_numerically_say():
    plant = ThermalPlant(ThermalModel(ambient_c=20.0, device_time_s=8.0, kelvin_per_watt=30.0))
    plant.head = Air(20.0, 4.0, set_point_c=100.0)
    air, device, step = 20.0, 20.0, 1e-4
    for _ in range(200_000):
        air, device = air + step * (100.0 - air) / 4.0, device + step * (air + 30.0 * 0.5 - device) / 8.0
    for seconds in (0.3, 7.0, 2.7, 10.0):  # the steps must not matter
        plant.pass_time(seconds, 0.5)
    assert plant.device_c == pytest.approx(device, abs=1e-2)
    assert plant.head.temperature_c == pytest.approx(air, abs=1e-2)


def test_equal_time_constants_are_no_trouble():
    plant = ThermalPlant(ThermalModel(ambient_c=20.0, device_time_s=4.0))
    plant.head = Air(20.0, 4.0, set_point_c=100.0)
    plant.pass_time(4.0, 0.0)
    assert plant.device_c == pytest.approx(100.0 - 80.0 * 2.0 / np.e, abs=0.1)


def test_the_device_warms_itself_by_what_it_draws():
    lab = Laboratory()
    lab.power()
    lab.wait(200.0)
    power = 1.2 * 0.12 + 3.3 * 0.03
    assert lab.world.surroundings.thermal.device_c == pytest.approx(23.0 + 25.0 * power, abs=0.05)


def test_latch_up_comes_sooner_when_hot():
    counts = []
    for growth in (0.0, 0.05):
        thermal = {"ambient_c": 60.0, "kelvin_per_watt": 0.0, "latch_up_per_k": growth}
        lab = Laboratory(thermal=thermal, transients=None)
        struck = 0
        for _ in range(300):
            lab.world.memory.latch_up_growth = lab.world.surroundings.thermal.latch_up_growth
            lab.world.memory.powered_since_s = 0.0
            strike = lab.world.memory.next_strike(49.3, 2e3)
            if strike is not None:
                struck += 1
                lab.world.memory.strike(strike.kind)
                lab.world.memory.latch_current_a = 0.0
        counts.append(struck)
    assert counts[1] > 1.8 * counts[0]


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_pulse_crosses_its_level_once_each_way(sign):
    pulse = Pulse(sign * 0.4, 2e-9, 20e-9)
    times = np.linspace(0.0, 3e-7, 30_001)
    assert np.abs(pulse.volts(times)).max() == pytest.approx(0.4, rel=1e-4)
    level = 1.2 + sign * 0.2
    there, back = ("NEG", "POS") if sign < 0 else ("POS", "NEG")
    first, second = pulse.crossing_s(1.2, level, there), pulse.crossing_s(1.2, level, back)
    assert first is not None
    assert second is not None
    assert 0.0 < first < 4e-9 < second
    assert pulse.crossing_s(1.2, level, "EITH") == first
    assert pulse.crossing_s(1.2, 1.2 + sign * 0.5, there) is None


def test_a_ladder_passes_the_beam_through_its_openings_only():
    ladder = Ladder(
        LadderModel(
            opening_mm=20.0,
            velocity_mm_s=10.0,
            foils=({"position_mm": 10.0}, {"position_mm": 50.0, "let_factor": 1.5, "transmission": 0.8}),
        )
    )
    assert ladder.pass_beam(10.0, 100.0, 0.0) == (10.0, 100.0)
    ladder.move(50.0, 0.0)
    assert ladder.arrives_s(0.0) == pytest.approx(1.0)  # the edge of the opening
    assert ladder.pass_beam(10.0, 100.0, 2.0) == (10.0, 0.0)
    assert ladder.pass_beam(10.0, 100.0, 4.0) == (15.0, 80.0)
    assert ladder.settled(4.0)
    ladder.move(10.0, 4.0)
    ladder.stop(5.0)
    assert ladder.position_mm(60.0) == pytest.approx(40.0)


def test_the_frame_of_the_ladder_keeps_the_beam_from_counter_and_device():
    lab = Laboratory()
    lab.power()
    ladder = lab.world.surroundings.ladder
    assert ladder is not None
    ladder.move(30.0, lab.world.now_s)  # the frame between two openings
    lab.wait(10.0)
    counter = CounterPanel(lab.world)
    counter.answer("INIT")
    assert lab.beam.answer("FLUX 1000") == "OK"
    assert lab.beam.answer("BEAM ON") == "OK"
    lab.wait(5.0)
    assert (lab.world.pulses, lab.world.memory.hits) == (0, 0)
    ladder.move(10.0, lab.world.now_s)
    lab.wait(5.0)
    assert lab.world.pulses > 1000


@pytest.mark.parametrize(
    ("outlet", "says", "live"),
    [
        (Outlet("meter"), False, False),
        (Outlet("meter", stuck=True), True, True),
        (Outlet("meter", welded=True), False, True),
    ],
)
def test_an_outlet_may_lie(outlet, says, live):
    mains = Mains(outlets=[outlet])
    gone: list[str] = []
    mains.goes_out["meter"] = lambda: gone.append("meter")
    mains.switch(outlet, 0.0, on=False)
    assert (outlet.says_on, outlet.live, mains.powers("meter", 1.0)) == (says, live, live)
    assert gone == ([] if live else ["meter"])
    mains.switch(outlet, 1.0, on=True)
    assert mains.powers("meter", 1.5) is live
    assert mains.powers("meter", 4.0)


def test_a_head_ignores_a_set_point_its_slot_cannot_have_and_notes_it():
    lab = Laboratory()
    assert lab.ask("head", "SETN 2") is None
    assert lab.ask("head", "SETP 85.0") is None
    assert lab.ask("head", "SETP?") == "-10.0"
    assert (lab.ask("head", "EROR?"), lab.ask("head", "EROR?")) == ("1", "0")


def test_a_head_blows_only_when_it_is_down():
    lab = Laboratory()
    lab.ask("head", "FLOW 1")
    assert lab.ask("head", "FLOW?") == "0"
    lab.ask("head", "HEAD 1")
    lab.ask("head", "FLOW 1")
    assert lab.ask("head", "FLOW?") == "1"


def test_a_motion_controller_does_not_move_before_it_knows_its_origin():
    lab = Laboratory()
    lab.ask("stage", "MOV 1 50")
    assert (lab.ask("stage", "MOV? 1"), lab.ask("stage", "ERR?")) == ("1=10.0000", "5")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("rail = 1\n", "rial = 1\n", "rial: unknown key; did you mean"),
        ('kind = "espec-p300"', 'kind = "espec-p301"', "espec-p301"),
        ('feeds = { 1 = "supply"', 'feeds = { 1 = "suply"', "outlet 1 feeds 'suply', which is none"),
        ('name = "meter"', 'name = "supply"', "every instrument needs a name of its own"),
        ('name = "second_scope"\nkind = "rigol-ds1000z"', 'name = "x"\nkind = "temptronic-ats"', "one instrument of"),
        ("let_factor = 1.3", "let_faktor = 1.3", "let_faktor"),
        ("latch_up_per_k = 0.012", "latch_up_per_k = 0.2", "latch_up_per_k = 0.2"),
        ("rise_s = 2e-9", "rise_s = 2e-8", "rise_s must be below fall_s"),
    ],
)
def test_a_mistake_in_the_station_file_is_named(old, new, said):
    text = STATION.read_text()
    assert old in text
    with pytest.raises(ConfigurationError) as caught:
        parse_configuration(text.replace(old, new, 1), StationConfiguration, "station.toml")
    assert said in str(caught.value)


def test_a_motion_controller_needs_a_ladder():
    with pytest.raises(ValidationError, match=r"needs a \[ladder\] to move"):
        Laboratory(ladder=None)


LAB = Laboratory()
HEADS = ["SETP ", "SETN ", "TEMP, S", "MODE, ", "port ", "1PA", "MOV 1 ", ":CHAN1:SCAL ", "READ?", "ROUT:SCAN "]


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(sorted(LAB.made)),
    st.sampled_from(["", *HEADS]),
    st.text(alphabet=st.sampled_from("0123456789.,;:?@()-+eE SETPMODVALhist#\t\x00é²"), max_size=40),
)
def test_no_line_crashes_an_instrument(name, head, rest):
    reply = LAB.ask(name, head + rest)
    assert reply is None or isinstance(reply, str | bytes)
