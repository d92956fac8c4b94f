"""The station's supplies: quirks of their dialects, and that nothing said to them crashes them."""

from __future__ import annotations

import tomllib
import typing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from station_lab import ManualClock

from radtest.instruments.station import StationConfiguration, World
from radtest.instruments.station.configuration import SupplyModel
from radtest.instruments.station.supply_choice import make_supply
from radtest.instruments.station.supply_models import SUPPLY_MODELS

STATION = Path(__file__).parents[2] / "fixtures" / "stations" / "heavy_ion.toml"


class Bench:
    """A station with one rail, whose device draws 0.9 A, and no sockets."""

    def __init__(self, model: str, *, draws_a: float = 0.9) -> None:
        data: dict[str, Any] = tomllib.loads(STATION.read_text())
        data["rails"] = data["rails"][:1]
        data["rails"][0] |= {"nominal_current_a": draws_a, "inrush_current_a": 0.0}
        data["supply"] |= {"model": model, "latency_s": 0.0, "voltage_noise_v": 0.0, "current_noise_a": 0.0}
        self.clock = ManualClock()
        self.world = World(StationConfiguration.model_validate(data), self.clock, np.random.default_rng(1))
        self.panel = make_supply(self.world)

    def say(self, *lines: str) -> None:
        for line in lines:
            assert self.panel.answer(line) is None, line

    def ask(self, line: str) -> str:
        reply = self.panel.answer(line)
        assert isinstance(reply, str), line
        return reply.strip()

    def wait(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        self.world.advance()


def test_every_model_can_be_chosen_and_introduces_itself():
    assert set(typing.get_args(SupplyModel.model_fields["model"].annotation)) == set(SUPPLY_MODELS)
    for model, data in SUPPLY_MODELS.items():
        bench = Bench(model)
        assert bench.ask("*IDN?").startswith(data.identity[:12])
        assert len(bench.world.channels) == len(data.ratings)


@pytest.mark.parametrize("model", ["2260B-250-4", "2400", "2450", "QL355TP"])
def test_a_rail_on_an_output_that_the_supply_lacks_is_refused(model):
    data: dict[str, Any] = tomllib.loads(STATION.read_text())
    data["rails"][1]["channel"] = 4
    data["supply"]["model"] = model
    with pytest.raises(ValidationError, match=r"a rail is fed by channel 4; supply\.model .* has [12]"):
        StationConfiguration.model_validate(data)


def test_an_answer_takes_the_time_of_the_model_unless_told_otherwise():
    data: dict[str, Any] = tomllib.loads(STATION.read_text())
    panel = make_supply(World(StationConfiguration.model_validate(data), ManualClock(), np.random.default_rng(1)))
    reply = panel.answer("*IDN?")
    assert isinstance(reply, tuple)
    assert reply[0] == SUPPLY_MODELS["E36312A"].latency_s
    assert "E36312A" in str(reply[1]())


def test_an_hmp_counts_its_fuse_in_milliseconds_and_is_re_armed_by_switching_on():
    bench = Bench("HMP4040")
    bench.say("INST:NSEL 1", "VOLT 1.2", "CURR 0.6", "FUSE:DEL 50", "FUSE ON", "OUTP:SEL ON")
    assert bench.ask("MEAS:VOLT?") == "0.000"
    bench.say("OUTP:GEN ON")
    bench.wait(0.049)
    assert (bench.ask("FUSE:TRIP?"), bench.ask("OUTP:SEL?"), bench.ask("MEAS:CURR?")) == ("0", "1", "0.6000")
    bench.wait(0.002)
    assert (bench.ask("FUSE:TRIP?"), bench.ask("OUTP:SEL?"), bench.ask("MEAS:CURR?")) == ("1", "0", "0.0000")
    bench.say("OUTP:SEL OFF")
    assert bench.ask("FUSE:TRIP?") == "1"
    bench.say("OUTP:SEL ON")
    assert bench.ask("FUSE:TRIP?") == "0"


def test_a_delay_given_in_seconds_to_an_hmp_becomes_nothing():
    bench = Bench("HMP4040")
    bench.say("INST:NSEL 1", "FUSE:DEL 0.05")
    assert bench.ask("FUSE:DEL?") == "0"


@pytest.mark.parametrize(("limit_a", "alarm"), [(0.66, "YES"), (0.6, "NO"), (0.5, "NO")])
def test_a_dp832_trips_only_where_its_limit_lies_above_the_level(limit_a, alarm):
    bench = Bench("DP832")
    bench.say(":SOUR1:VOLT 1.2", f":SOUR1:CURR {limit_a}", ":OUTP:OCP:VAL CH1,0.6", ":OUTP:OCP CH1,ON", ":OUTP CH1,ON")
    bench.wait(1.0)
    assert bench.ask(":OUTP:OCP:ALAR? CH1") == alarm
    bench.say(":OUTP:OCP:CLEAR CH1")
    assert bench.ask(":OUTP:OCP:ALAR? CH1") == "NO"


def test_a_ql_tells_of_a_trip_once_and_stays_off_until_triprst():
    bench = Bench("QL355TP")
    bench.say("V1 1.2;I1 0.66;OCP1 0.6;OP1 1")
    bench.wait(1.0)
    assert bench.ask("LSR1?") == "8"
    assert bench.ask("LSR1?") == "0"
    bench.say("OP1 1")
    assert bench.ask("OP1?") == "0"
    bench.say("TRIPRST;OP1 1")
    assert bench.ask("OP1?") == "1"
    bench.say("V1 99")
    assert (bench.ask("EER?"), bench.ask("EER?")) == ("120", "0")


def test_a_2400_measures_nothing_while_it_is_off_and_holds_the_current_at_its_compliance():
    bench = Bench("2400")
    assert bench.panel.answer("READ?") is None
    assert bench.ask("SYST:ERR?") == '803,"Not permitted with OUTPUT off"'
    bench.say("SOUR:VOLT:LEV 1.2;:SENS:CURR:PROT 0.6;:OUTP ON")
    bench.wait(10.0)
    assert bench.ask("SENS:CURR:PROT:TRIP?") == "1"
    assert bench.ask("READ?").split(",")[1] == "+6.000000E-01"


def test_lua_takes_several_statements_in_a_line_and_prints_a_line_for_each_print():
    bench = Bench("2602B", draws_a=0.1)
    assert bench.ask("smua.source.levelv = 1.2 print(smua.source.levelv); print(smua.source.output)") == (
        "1.20000e+00\n0.00000e+00"
    )
    bench.say("smua.source.limiti = 0.6 smua.source.output = 1")
    assert bench.ask("print(smua.measure.iv())") == "1.00000e-01\t1.20000e+00"
    assert bench.ask("print(smua.source.compliance)") == "false"
    bench.say("smua.source.levelv = 99", "nonsense(", "print(nobody)")
    errors = [bench.ask("print(errorqueue.next())").split("\t")[0] for _ in range(4)]
    assert errors == ["1102", "-285", "-286", "0"]


def test_a_2450_answers_with_words():
    bench = Bench("2450", draws_a=0.1)
    assert bench.ask("*LANG?") == "TSP"
    bench.say("smu.source.level = 1.2 smu.source.ilimit.level = 0.6")
    assert bench.ask("smu.source.output = smu.ON print(smu.source.output)") == "smu.ON"
    assert bench.ask("print(smu.measure.read(), defbuffer1.sourcevalues[defbuffer1.n])") == "0.1\t1.2"
    assert bench.ask("print(smu.source.ilimit.tripped)") == "smu.OFF"


def test_an_n6705_tells_a_trip_from_its_watchdog():
    bench = Bench("N6705C")
    bench.say("VOLT 1.2,(@1);:CURR 0.6,(@1);:CURR:PROT:DEL 0.05,(@1);STAT ON,(@1);:OUTP ON,(@1)")
    bench.wait(1.0)
    assert bench.ask("STAT:QUES:COND? (@1,2)") == "+2,+0"
    bench.say("OUTP:PROT:CLE (@1);:CURR 2,(@1);:OUTP:PROT:WDOG:DEL 1;:OUTP:PROT:WDOG ON;:OUTP ON,(@1)")
    bench.wait(0.9)
    assert bench.ask("OUTP? (@1)") == "1"
    bench.wait(1.1)
    assert bench.ask("STAT:QUES:COND? (@1,2);:OUTP? (@1)") == "+2048,+2048;0"


VOCABULARY = """
VOLT CURR OUTP : ; ? , (@1) CH1 1 9 -1 1e9 ON SEL GEN FUSE INST:NSEL DEL PROT OCP1 V1 I2 OP1 LSR1? = [ ] READ? MEAS
TRIPRST *RST *CLS nan inf MAX smua.source.levelv print( ) smu. smua.reset() ' " é
"""
WORDS = st.sampled_from([*VOCABULARY.split(), " ", "\x00"])


@pytest.mark.parametrize("model", SUPPLY_MODELS)
def test_nothing_said_to_a_supply_crashes_it(model):
    bench = Bench(model)

    @settings(max_examples=60, deadline=None)
    @given(st.one_of(st.lists(WORDS, max_size=12).map("".join), st.text(max_size=60)))
    def say(line: str) -> None:
        reply = bench.panel.answer(line)
        assert reply is None or isinstance(reply, str)
        bench.wait(0.01)

    say()
    assert bench.panel.too_long() is None
    bench.panel.reset()
    assert not any(channel.output for channel in bench.world.channels.values())
