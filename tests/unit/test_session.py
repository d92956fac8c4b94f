"""One thread per resource; what is lost is named and refused."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import pytest

from radtest.core import InstrumentError
from radtest.instruments import (
    AddressError,
    DialogueError,
    KeysightE36300,
    Session,
    expected_dialogue,
    mapped,
    started_after,
)

IDENTITY = ("*IDN?", "Keysight Technologies,E36312A,MY1,1.0")


def test_replies_go_to_the_thread_that_asked():
    script = [(f"Q{n}?", str(n)) for n in range(200)]
    with expected_dialogue(script) as address, Session("counter", address) as session:
        futures: list[Future[int]] = []
        turn = threading.Lock()

        def ask() -> None:
            while True:
                with turn:
                    if len(futures) == 200:
                        return
                    futures.append(session.submit(f"Q{len(futures)}?", int))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [future.result() for future in futures] == list(range(200))


def test_a_missing_reply_names_instrument_address_command_and_what_was_last_set():
    script = [IDENTITY, ("VOLT 1.2,(@1);:VOLT? (@1)", "1.2"), ("OUTP? (@1)", None)]
    with expected_dialogue(script) as address:
        supply = KeysightE36300(address, name="supply", timeout_s=0.2)
        supply.channel(1).voltage_v = 1.2
        with pytest.raises(InstrumentError) as caught:
            _ = supply.channel(1).output
        message = str(caught.value)
        for part in ("supply (Keysight E36300)", address, "'OUTP? (@1)'", "0.2 s", "channel 1 voltage_v = 1.2 V"):
            assert part in message
        supply.close()


def test_a_session_that_lost_its_instrument_refuses_until_it_is_connected_again():
    with (
        expected_dialogue([("A?", None), ("B?", "2")]) as address,
        Session("counter", address, timeout_s=0.1) as session,
    ):
        with pytest.raises(InstrumentError, match="no reply within"):
            session.query("A?")
        assert session.lost
        with pytest.raises(InstrumentError, match=r"refuses 'B\?', because after 'A\?': no reply"):
            session.query("B?")
        session.reconnect()
        assert session.query("B?") == "2"


def test_an_address_where_nothing_listens_is_refused():
    with expected_dialogue([]) as address:
        pass
    with pytest.raises(AddressError, match="nothing listens there"):
        Session("supply", address)


def test_a_connection_that_closes_instead_of_answering_is_noticed_before_the_timeout():
    with (
        pytest.raises(DialogueError, match="'B\\?' came, 'A\\?' was expected"),
        expected_dialogue([("A?", "1")]) as address,
        Session("counter", address, timeout_s=60.0) as session,
        pytest.raises(InstrumentError, match="the instrument closed the connection"),
    ):
        session.query("B?")


def test_a_reply_that_is_not_text_is_refused():
    with (
        expected_dialogue([("A?", b"\xff\xfe\n")]) as address,
        Session("counter", address) as session,
        pytest.raises(InstrumentError, match="the reply is not text"),
    ):
        session.query("A?")


def test_a_truncated_reply_is_refused():
    with expected_dialogue([("A?", b"+1.2")]) as address, Session("counter", address, timeout_s=0.2) as session:
        with pytest.raises(InstrumentError, match="no reply within"):
            session.query("A?")
        assert session.lost


def test_a_reply_that_makes_no_sense_is_refused_and_the_session_goes_on():
    with expected_dialogue([("A?", "soup"), ("B?", "2")]) as address, Session("counter", address) as session:
        with pytest.raises(InstrumentError, match=r"reply to 'A\?' makes no sense: 'soup'"):
            session.submit("A?", int).result()
        assert session.submit("B?", int).result() == 2


@pytest.mark.parametrize("address", ["nonsense", "TCPIP::127.0.0.1::SOCKET", "", "GPIB::99::INSTR"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(AddressError):
        Session("supply", address)


def test_a_closed_session_says_so():
    with expected_dialogue([]) as address:
        session = Session("supply", address)
        session.close()
        session.close()
        with pytest.raises(InstrumentError, match="is closed"):
            session.query("A?")


def test_a_call_started_after_another_fails_with_it():
    first: Future[int] = Future()
    second = started_after(first, Future)
    first.set_exception(InstrumentError("gone"))
    with pytest.raises(InstrumentError, match="gone"):
        second.result()


def test_a_conversion_that_fails_fails_its_future():
    first: Future[int] = Future()
    converted = mapped(first, lambda value: 1 // value)
    first.set_result(0)
    with pytest.raises(ZeroDivisionError):
        converted.result()


def blocks(session: Session, command: str) -> bytes:
    return session.transact_blocks(lambda _ask, ask_block: ask_block(command)).result()


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"#800", bytes(range(256)) * 40, b"\n" * 5000], ids=["empty", "end", "hash", "all", "ends"]
)
def test_a_block_of_definite_length_may_hold_any_byte(content):
    digits = str(len(content)).encode()
    block = b"#%d%s%s\n" % (len(digits), digits, content)
    with (
        expected_dialogue([("DATA?", block), ("NEXT?", "7")]) as address,
        Session("scope", address) as session,
    ):
        assert blocks(session, "DATA?") == content
        assert session.query("NEXT?") == "7"


def test_a_block_may_be_padded_with_zeros_before_its_length():
    with expected_dialogue([("DATA?", b"#800000003abc\n")]) as address, Session("scope", address) as session:
        assert blocks(session, "DATA?") == b"abc"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"1.5,2.5\n", "no block of definite length"),
        (b"#0abc\n", "no block of definite length"),
        (b"#2x1abc\n", "is no length of a block"),
        (b"#9999999999\n", "is no length of a block"),
        (b"#13abcd\n", "goes on after its length"),
        (b"#15abc", "no reply within"),
    ],
)
def test_what_is_no_block_is_refused_and_so_is_what_comes_after_it(reply, said):
    with (
        expected_dialogue([("DATA?", reply)]) as address,
        Session("scope", address, timeout_s=0.2) as session,
    ):
        with pytest.raises(InstrumentError, match=said):
            blocks(session, "DATA?")
        assert session.lost
