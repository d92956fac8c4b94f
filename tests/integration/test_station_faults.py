"""Instruments of the station that fail when its file asks for it, as the real drivers see them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from radtest.campaign import SimulatedStation, simulate
from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments import AddressError, Keysight53230A, KeysightE36300

STATION = Path(__file__).parents[2] / "fixtures" / "stations" / "heavy_ion.toml"


@contextmanager
def failing(folder: Path, *faults: str) -> Iterator[SimulatedStation]:
    path = folder / "station.toml"
    path.write_text(STATION.read_text() + "".join(f"\n[[faults]]\n{fault}\n" for fault in faults))
    with simulate(path, speed=1.0, seed=1) as station:
        yield station


@contextmanager
def counter(station: SimulatedStation) -> Iterator[Keysight53230A]:
    driver = Keysight53230A(station.addresses["counter"], name="counter", timeout_s=0.5)
    try:
        yield driver
    finally:
        driver.close()


def count_for(driver: Keysight53230A, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        driver.count().result()
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ('kind = "drop"', "closed the connection|no reply within"),
        pytest.param('kind = "garbage"', "the reply is not text", marks=pytest.mark.slow),
        pytest.param('kind = "truncate"', "no complete reply within|no reply within", marks=pytest.mark.slow),
        pytest.param('kind = "slow"\nlasts_s = 2.0', "no reply within", marks=pytest.mark.slow),
        ('kind = "silence"\nlasts_s = 1.5', "no reply within"),
        ('kind = "unplug"\nlasts_s = 1.5', "closed the connection|the connection broke"),
    ],
)
def test_a_fault_is_named_and_the_instrument_is_itself_again_after_it(tmp_path, fault, said):
    with failing(tmp_path, f'instrument = "counter"\nat_s = 1.0\n{fault}') as station, counter(station) as driver:
        assert driver.count().result() == 0
        with pytest.raises(InstrumentError, match=said):
            count_for(driver, 10.0)
        assert driver.lost
        time.sleep(2.5)
        driver.reconnect()
        assert driver.count().result() == 0
        assert not driver.lost


def test_an_instrument_that_is_unplugged_cannot_be_reached(tmp_path):
    with failing(tmp_path, 'instrument = "counter"\nkind = "unplug"\nat_s = 0.0\nlasts_s = 600.0') as station:
        with pytest.raises(AddressError, match="counter"), counter(station):
            pass
        supply = KeysightE36300(station.addresses["supply"], name="supply", timeout_s=1.0)
        assert supply.identity.model == "E36312A"
        supply.close()


@pytest.mark.parametrize("fails", [True, False])
def test_a_protection_may_say_that_it_is_armed_and_not_trip(tmp_path, fails):
    faults = ['instrument = "supply"\nkind = "no_trip"\nat_s = 0.0'] if fails else []
    with failing(tmp_path, *faults) as station:
        supply = KeysightE36300(station.addresses["supply"], name="supply", timeout_s=1.0)
        channel = supply.channel(1)
        channel.voltage_v, channel.current_limit_a = 1.2, 0.05
        channel.over_current_delay_s, channel.over_current_protection = 0.05, True
        supply.switch_on([1])
        time.sleep(0.3)
        (sample,) = supply.sample([1]).result()
        assert sample.tripped is not fails
        assert (sample.current_a > 0.04) is fails
        assert channel.over_current_protection
        supply.switch_off([1])
        supply.close()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ('instrument = "counter"\nkind = "drop"', "give one of at_s and after_beam_s"),
        ('instrument = "counter"\nkind = "slow"\nat_s = 1.0', "kind = 'slow' needs lasts_s"),
        ('instrument = "counter"\nkind = "no_trip"\nat_s = 1.0', "is a fault of the supply"),
        ('instrument = "clock"\nkind = "drop"\nat_s = 1.0', "there is no instrument 'clock'; legal: supply, counter"),
        ('instrument = "dut"\nkind = "explode"\nat_s = 1.0', "'drop', 'garbage', 'truncate'"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(tmp_path, fault, said):
    with pytest.raises(ConfigurationError, match=said), failing(tmp_path, fault):
        pass
