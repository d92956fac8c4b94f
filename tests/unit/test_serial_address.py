"""An instrument is found by its serial number, wherever it answers."""

from __future__ import annotations

import pytest

from radtest.core import InstrumentError
from radtest.instruments import AddressError, KeysightE36300, SerialAddress, as_address, expected_dialogue

WANTED = ("*IDN?", "Keysight Technologies,E36312A,MY1,1.0")
OTHER = ("*IDN?", "Keysight Technologies,E36312A,MY2,1.0")


def test_the_candidate_with_the_serial_number_is_taken():
    with expected_dialogue([OTHER]) as other, expected_dialogue([WANTED, WANTED, ("OUTP? (@1)", "0")]) as wanted:
        supply = KeysightE36300(as_address("serial:MY1", [other, wanted]), name="supply")
        assert supply.identity.serial == "MY1"
        assert supply.place.endswith(f"at serial:MY1 ({wanted})")
        assert supply.channel(1).output is False
        supply.close()


def test_an_instrument_that_came_back_at_another_address_is_found_again():
    with expected_dialogue([OTHER, WANTED, WANTED]) as second:
        with expected_dialogue([WANTED, WANTED]) as first:
            supply = KeysightE36300(as_address("serial:MY1", [first, second]), timeout_s=0.5)
        with pytest.raises(InstrumentError):
            _ = supply.channel(1).output
        # The first look finds another instrument there, as where two have swapped their ports.
        with pytest.raises(AddressError, match="MY2"):
            supply.reconnect()
        supply.heal()
        assert supply.place.endswith(f"at serial:MY1 ({second})")
        supply.close()


def test_a_serial_number_that_nobody_has_names_what_was_found_instead():
    with expected_dialogue([]) as gone:
        pass
    with (
        expected_dialogue([OTHER]) as other,
        pytest.raises(AddressError, match="no instrument with serial number 'MY1'") as caught,
    ):
        KeysightE36300(as_address("serial:MY1", [gone, other]))
    assert f"{gone}: " in caught.value.message
    assert f"{other}: Keysight Technologies,E36312A,MY2" in caught.value.message


def test_without_candidates_it_says_so():
    with pytest.raises(AddressError, match="there are no candidates"):
        SerialAddress("serial:MY1", ()).resolve(0.1, "@py")


def test_any_other_address_stays_what_it_is():
    assert type(as_address("TCPIP::127.0.0.1::5025::SOCKET", [])) is str
