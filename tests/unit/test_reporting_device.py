"""A device that reports by itself, as the run engine sees it: what is believed, and what is not."""

from __future__ import annotations

import socket
import time
from concurrent.futures import Future

import pytest

from radtest.core import ConfigurationError, Effect, InstrumentError, SystemClock
from radtest.instruments import DeviceSilentError, ReportingDevice
from radtest.instruments.dut_client.radtest_dut import RadtestDut

TIMEOUT_S = 10.0


class Board:
    """The other end: writes lines as a program on the device does."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.heard = ReportingDevice(
            f"tcp:127.0.0.1:{self.server.getsockname()[1]}",
            clock=SystemClock(),
            pattern="zeros",
            serial="A3",
            bits=1024 * 8,
            silence_s=0.5,
            boot_s=1.0,
        )
        self.connection, _ = self.server.accept()
        self.start()

    def start(self):
        self.dut = RadtestDut(self.connection.sendall)

    def boot(self, serial="A3", pattern="zeros"):
        self.dut.hello("SRAM", serial, 1024, 8)
        self.dut.ready(pattern)

    def lose(self):
        """Use a number for a line that does not arrive."""
        self.dut.sequence += 1

    def written(self) -> Future[int]:
        """Ask for the pattern, and end the first scan."""
        future = self.heard.write_pattern("zeros")
        self.dut.scan(1, 1024, 0)
        return future

    def close(self):
        self.heard.close()
        self.connection.close()
        self.server.close()


@pytest.fixture
def board():
    one = Board()
    yield one
    one.close()


def test_a_scan_holds_what_was_reported_since_the_pattern(board):
    board.boot()
    assert board.written().result(TIMEOUT_S) == 1024
    completed = []
    scan = board.heard.scan(lambda: completed.append(1))
    board.dut.mismatch(5, 0, 0b101)
    board.dut.event("sefi", "configuration lost")
    board.dut.scan(2, 1024, 1)
    found = scan.result(TIMEOUT_S)
    assert [(upset.address, upset.bit) for upset in found.upsets] == [(5, 0), (5, 2)]
    assert completed == [1]
    assert [(report.kind, report.text) for report in board.heard.take_reports()] == [
        (Effect.SEFI, "configuration lost")
    ]
    assert board.heard.take_reports() == []
    assert board.heard.memory.bits == 8192


def test_mismatches_that_were_lost_on_the_way_are_a_lost_connection(board):
    board.boot()
    board.written().result(TIMEOUT_S)
    scan = board.heard.scan()
    board.lose()
    board.dut.scan(2, 1024, 1)
    with pytest.raises(InstrumentError, match="lines were lost"):
        scan.result(TIMEOUT_S)
    assert board.heard.lost
    said = []
    board.heard.heal(said=said.append)
    board.heard.reset()
    assert (board.heard.lost, len(said)) == (False, 1)
    assert board.written().result(TIMEOUT_S) == 1024


def test_a_heartbeat_that_was_lost_costs_nothing(board):
    board.boot()
    board.written().result(TIMEOUT_S)
    scan = board.heard.scan()
    board.lose()
    board.dut.mismatch(5, 0, 1)
    board.dut.scan(2, 1024, 1)
    assert len(scan.result(TIMEOUT_S).upsets) == 1


def test_a_scan_whose_end_was_lost_is_not_believed(board):
    board.boot()
    board.written().result(TIMEOUT_S)
    scan = board.heard.scan()
    board.lose()  # the end of scan 2, and with it how many mismatches there were
    board.dut.scan(3, 1024, 0)
    with pytest.raises(InstrumentError, match="lines were lost"):
        scan.result(TIMEOUT_S)


def test_a_program_that_starts_again_by_itself_is_an_interrupt(board):
    board.boot()
    board.written().result(TIMEOUT_S)
    scan = board.heard.scan()
    board.start()
    board.boot()
    board.dut.scan(1, 1024, 0)
    with pytest.raises(DeviceSilentError, match="started again"):
        scan.result(TIMEOUT_S)
    board.heard.reset()
    assert board.written().result(TIMEOUT_S) == 1024


def test_silence_is_told_after_its_time(board):
    board.boot()
    board.written().result(TIMEOUT_S)
    begun_s = time.monotonic()
    with pytest.raises(DeviceSilentError, match="no line"):
        board.heard.scan().result(TIMEOUT_S)
    assert 0.3 < time.monotonic() - begun_s < TIMEOUT_S


def test_a_device_that_never_is_ready_is_silent(board):
    with pytest.raises(DeviceSilentError, match="READY"):
        board.heard.write_pattern("zeros").result(TIMEOUT_S)


@pytest.mark.parametrize(
    ("boot", "said"),
    [({"serial": "B7"}, "device.serial says 'A3'"), ({"pattern": "ones"}, "device.pattern says 'zeros'")],
)
def test_another_device_is_refused(board, boot, said):
    board.boot(**boot)
    with pytest.raises(ConfigurationError, match=said):
        board.written().result(TIMEOUT_S)


def test_an_address_that_is_none_is_refused_at_once():
    with pytest.raises(ConfigurationError, match="legal"):
        ReportingDevice("usb", clock=SystemClock(), pattern="zeros", serial="A3", bits=8, silence_s=1.0, boot_s=1.0)
