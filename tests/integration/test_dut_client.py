"""The C client, compiled by the system's compiler, speaks to the reader over a socket and a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from radtest.core import Effect, InstrumentError
from radtest.instruments import (
    DutBeat,
    DutBye,
    DutEvent,
    DutHello,
    DutInfo,
    DutLine,
    DutLink,
    DutMismatch,
    DutReady,
    DutScan,
    dut_client,
)

CLIENT = Path(dut_client.__file__).parent
pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler (cc)")

PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include "radtest_dut.h"

static int written(void *context, const char *bytes, size_t length)
{
    return write(*(int *)context, bytes, length) == (ssize_t)length ? 0 : 5;
}

static uint32_t pattern(uint32_t address) { return address & 1 ? 0xAAAAAAAAu : 0x55555555u; }

int main(int count, char **arguments)
{
    int there;
    if (arguments[1][0] == '-') {
        there = 1;
    } else {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[1]))};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        there = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(there, (struct sockaddr *)&address, sizeof address))
            return 1;
    }
    uint32_t scans = (uint32_t)atoi(arguments[2]), found, total = 0;
    static uint32_t memory[1024];
    radtest_dut dut;
    radtest_dut_start(&dut, written, &there);
    if (radtest_dut_hello(&dut, 0, "SRAM-16M", "A3", 1024, 32)) return 2;
    for (uint32_t i = 0; i < 1024; i++) memory[i] = pattern(i);
    if (radtest_dut_ready(&dut, 1, "checkerboard")) return 3;
    for (uint32_t scan = 1; scan <= scans; scan++) {
        memory[scan * 7 % 1024] ^= 1u << scan % 32;
        memory[scan * 13 % 1024] ^= 3u << scan % 31;
        if (radtest_dut_compare(&dut, scan, memory, 1024, pattern, scan, &found)) return 4;
        total += found;
        if (radtest_dut_beat(&dut, scan, scan, total)) return 5;
    }
    char longest[300];
    for (int i = 0; i < 299; i++) longest[i] = 'x';
    longest[299] = 0;
    if (radtest_dut_info(&dut, 1, longest) != RADTEST_DUT_TOO_LONG) return 6;
    if (radtest_dut_info(&dut, 1, "a*b") != RADTEST_DUT_BAD_TEXT) return 7;
    if (radtest_dut_mismatch(&dut, 4294967295u, UINT64_MAX, UINT64_MAX, 0)) return 8;
    if (radtest_dut_event(&dut, 9, "sefi", "watchdog")) return 9;
    dut.sequence += 2; /* two lines are lost */
    if (radtest_dut_info(&dut, 9, "t = 31 C")) return 10;
    if (radtest_dut_bye(&dut, 9, "end")) return 11;
    return radtest_dut_crc("123456789", 9) == 0x29B1 ? count - 3 : 12;
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dut")
    (folder / "board.c").write_text(PROGRAM)
    flags = ["-std=c99", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror"]
    source = [folder / "board.c", CLIENT / "radtest_dut.c"]
    subprocess.run(["cc", *flags, f"-I{CLIENT}", *source, "-o", folder / "board"], check=True, timeout=60)
    return folder / "board"


def everything(link: DutLink, patience_s: float = 10.0) -> list[DutLine]:
    lines: list[DutLine] = []
    until = time.monotonic() + patience_s
    while time.monotonic() < until and not link.ended:
        lines += link.read(0.2)
        if lines and isinstance(lines[-1].message, DutBye):
            break
    return lines


def check(lines: list[DutLine], scans: int) -> None:
    messages = [line.message for line in lines]
    assert messages[:2] == [DutHello("SRAM-16M", "A3", 1024, 32), DutReady("checkerboard")]
    assert messages[-4:] == [
        DutMismatch(2**64 - 1, 2**64 - 1, 0),
        DutEvent(Effect.SEFI, "watchdog"),
        DutInfo("t = 31 C"),
        DutBye("end"),
    ]
    assert lines[-4].time_ms == 2**32 - 1
    assert [line.lost for line in lines] == [0] * (len(lines) - 2) + [2, 0]
    mismatches = [message for message in messages[2:-4] if isinstance(message, DutMismatch)]
    assert len([m for m in messages if isinstance(m, DutScan)]) == scans
    assert [m for m in messages if isinstance(m, DutBeat)][-1] == DutBeat(scans, len(mismatches))
    assert all(m.expected == (0xAAAAAAAA if m.address & 1 else 0x55555555) for m in mismatches)
    assert mismatches[0].address == 7
    assert mismatches[0].observed == mismatches[0].expected ^ 2


def test_over_a_socket_nothing_is_lost_that_was_sent(program):
    with DutLink("listen:0") as link:
        board = subprocess.Popen([program, str(link.port), "3000"])
        lines = everything(link)
        assert board.wait(10) == 0
    check(lines, 3000)
    assert (link.lines.refused, link.lines.garbage_bytes) == (0, 0)


def test_over_a_serial_line(program):
    host, board_side = pty.openpty()
    try:
        with DutLink(f"serial:{os.ttyname(board_side)}:115200") as link:
            # What is written into the host's end comes out of the terminal that the link has opened.
            reader = subprocess.Popen([program, "-", "50"], stdout=host)
            lines = everything(link)
            assert reader.wait(10) == 0
        check(lines, 50)
    finally:
        os.close(host)
        os.close(board_side)


def test_a_board_in_python_needs_the_one_file_only(tmp_path):
    shutil.copy(CLIENT / "radtest_dut.py", tmp_path)
    code = (
        "import socket, sys; from radtest_dut import RadtestDut\n"
        "dut = RadtestDut(socket.create_connection(('127.0.0.1', int(sys.argv[1]))).sendall)\n"
        "dut.hello('X', '1', 16, 8); dut.compare({5: 1}, lambda a: 0, 1); dut.bye('end')\n"
    )
    with DutLink("listen:0") as link:
        # -S and -I: no site packages, no working folder, no environment.
        path = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        board = subprocess.Popen([sys.executable, "-I", "-S", "-c", path + code, str(link.port)])
        messages = [line.message for line in everything(link)]
        assert board.wait(10) == 0
    assert messages == [DutHello("X", "1", 16, 8), DutMismatch(5, 0, 1), DutScan(1, 1, 1), DutBye("end")]


def test_a_board_that_goes_away_is_told_from_one_that_is_silent(program):
    with DutLink("listen:0") as link:
        assert link.read(0.01) == []
        assert not link.ended
        board = subprocess.Popen([program, str(link.port), "1"])
        everything(link)
        board.wait(10)
        while not link.ended:
            link.read(0.2)
        assert link.read(0.01) == []


def test_who_listens_is_reached_on_this_computer_only():
    with DutLink("listen:0") as link:
        assert link._listener is not None
        assert link._listener.getsockname()[0] == "127.0.0.1"
        port = link.port
    with pytest.raises(InstrumentError, match="cannot be opened"):
        DutLink(f"tcp:127.0.0.1:{port}", timeout_s=0.5)
