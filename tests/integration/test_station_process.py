"""The station as a process: ready line, sockets, and what strangers may send."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from radtest.campaign import simulate

STATION = Path(__file__).parents[2] / "fixtures" / "stations" / "heavy_ion.toml"


@contextmanager
def connected(address: str) -> Iterator[socket.socket]:
    _, host, port, _ = address.split("::")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        yield connection


def ask(connection: socket.socket, line: bytes) -> str:
    connection.sendall(line + b"\n")
    reply = b""
    while not reply.endswith(b"\n"):
        data = connection.recv(65536)
        assert data, "the station closed the connection"
        reply += data
    return reply.decode().strip()


def station(*arguments: str, stdin: int = subprocess.PIPE) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "radtest.instruments.station", *arguments]
    return subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_one_line_of_json_says_that_it_is_ready_and_closing_its_input_ends_it():
    with station(str(STATION), "--seed", "5", "--speed", "7") as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert set(ready["ports"]) == {"supply", "counter", "dut", "beam"}
        assert (ready["host"], ready["speed"], ready["seed"]) == ("127.0.0.1", 7.0, 5)
        assert len(ready["token"]) == 32
        assert process.communicate(timeout=10) == ("", "")
        assert process.returncode == 0


def test_the_token_may_be_given_through_the_environment(monkeypatch):
    monkeypatch.setenv("RADTEST_STATION_TOKEN", "chosen")
    with simulate(STATION) as running:
        assert running.token == os.environ["RADTEST_STATION_TOKEN"]
        with connected(running.addresses["beam"]) as connection:
            assert ask(connection, b"BEAM OFF").startswith("ERR 401")
            assert ask(connection, b"TOKEN chosen") == "OK"
            assert ask(connection, b"BEAM OFF") == "OK"
        with connected(running.addresses["beam"]) as stranger:
            assert ask(stranger, b"BEAM OFF").startswith("ERR 401")


def test_a_port_in_use_is_one_clear_message_and_status_2(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        path = tmp_path / "station.toml"
        path.write_text(STATION.read_text().replace("supply = 0", f"supply = {port}"))
        with station(str(path)) as process:
            output, said = process.communicate(timeout=30)
    assert (process.returncode, output) == (2, "")
    assert f"port {port} on 127.0.0.1, for the supply, cannot be used" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("arguments", [["--speed", "0"], ["--speed", "1001"], ["--seed", "-1"], ["--speed", "x"]])
def test_an_option_out_of_range_is_refused_with_status_2(arguments):
    with station(str(STATION), *arguments) as process:
        _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "Traceback" not in said


def test_without_an_input_to_watch_it_asks_for_detached():
    with Path(os.devnull).open() as nothing, station(str(STATION), stdin=nothing.fileno()) as process:
        _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "add --detached" in said


def test_garbage_on_every_port_neither_crashes_nor_hangs_it():
    rng = random.Random(1)
    with simulate(STATION, speed=100.0, seed=1) as running:
        for address in running.addresses.values():
            for _ in range(20):
                with connected(address) as connection:
                    connection.sendall(rng.randbytes(rng.randint(1, 20_000)))
            with connected(address) as connection:
                connection.sendall(b"A" * 100_000 + b"\n" + b"\n\r\n;;;\n")
            with connected(address) as connection:
                assert ask(connection, b"*IDN?").count(",") == 3


def test_a_line_too_long_is_refused_and_the_next_one_understood():
    with simulate(STATION) as running, connected(running.addresses["supply"]) as connection:
        connection.sendall(b"VOLT 1" + b" " * 5000 + b"\n")
        assert ask(connection, b"SYST:ERR?") == '-363,"Input buffer overrun"'
        assert ask(connection, b"SYST:ERR?") == '+0,"No error"'


def test_a_client_that_reads_nothing_does_not_stop_the_others():
    with simulate(STATION) as running, connected(running.addresses["supply"]) as deaf:
        deaf.setblocking(False)
        sent = 0
        try:
            while sent < 20_000_000:
                sent += deaf.send(b"*IDN?\n" * 1000)
        except BlockingIOError:
            pass
        with connected(running.addresses["supply"]) as connection:
            assert "E36312A" in ask(connection, b"*IDN?")


def test_replies_come_in_the_order_of_the_questions_even_where_one_takes_time():
    with simulate(STATION, speed=20.0) as running:
        with connected(running.addresses["supply"]) as supply:
            ask(supply, b"VOLT 1.2,(@1);:VOLT 3.3,(@2);:CURR 1,(@1,2);:OUTP ON,(@1,2);*OPC?")
        with connected(running.addresses["dut"]) as tester:
            while "silent" in ask(tester, b"STATUS"):
                pass
            tester.sendall(b"WRITE ones\nSCAN\nSTATUS\n")
            replies = b""
            while replies.count(b"\n") < 3:
                replies += tester.recv(4096)
    assert replies.decode().splitlines() == [
        "OK words=1048576",
        "OK scan=1 upsets=0 overflow=0",
        "OK state=ready pattern=ones device=answers",
    ]
