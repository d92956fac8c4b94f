"""The instruments of the station that speak the line protocol: memory tester and beam line."""

from __future__ import annotations

import hmac
import math
import re

from radtest import __version__
from radtest.instruments.station.memory import pattern_word
from radtest.instruments.station.panels import Reply
from radtest.instruments.station.world import World

__all__ = ["BeamPanel", "MemoryPanel"]

_UPSETS_PER_LINE = 256
_LONGEST_LIST = 4096  # words a tester can note in one scan
_PATTERNS = ("zeros", "ones", "checkerboard", "inverse_checkerboard")

_BAD_COMMAND = "ERR 1 unknown command; legal: "
_SILENT = "ERR 20 no response on the memory bus"


class MemoryPanel:
    """The memory tester; it has power of its own, so that it answers whatever the device does."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._pattern: str | None = None
        self._scan = 0
        self._listed: list[tuple[int, int, int, int]] = []

    def answer(self, line: str) -> Reply:
        """Carry out one line."""
        self.world.advance()
        words = line.split()
        device = self.world.configuration.device
        match words:
            case ["*IDN?"]:
                return f"radtest,MEMORY-TESTER,{device.serial},sim-{__version__}"
            case ["DEVICE?"]:
                return f"OK part={device.part} serial={device.serial} words={device.words} word_bits={device.word_bits}"
            case ["RESET"]:
                self._pattern, self._listed = None, []
                return "OK"
            case ["STATUS"]:
                answers = "answers" if self.world.memory.answers(self.world.now_s) else "silent"
                state = "ready" if self._pattern else "idle"
                return f"OK state={state} pattern={self._pattern or 'none'} device={answers}"
            case ["WRITE", pattern] if pattern in _PATTERNS:
                return device.write_s / 2, lambda: self._write(pattern)
            case ["WRITE", *_]:
                return f"ERR 2 no such pattern; legal: {' '.join(_PATTERNS)}"
            case ["SCAN"] if self._pattern is None:
                return "ERR 3 no pattern was written"
            case ["SCAN"]:
                return device.scan_s / 2, self._compare
            case ["UPSETS", scan, first] if _is_number(scan) and _is_number(first):
                return self._page(int(scan), int(first))
            case _:
                return _BAD_COMMAND + "*IDN? DEVICE? RESET STATUS WRITE SCAN UPSETS"

    def too_long(self) -> str:
        """Refuse a line longer than the input buffer."""
        return "ERR 9 line too long"

    def _write(self, pattern: str) -> Reply:
        """Write all words in the middle of the time it takes: the mean of their true moments."""
        self.world.advance()
        if not self.world.memory.answers(self.world.now_s):
            return _SILENT
        self.world.memory.write()
        self._pattern = pattern
        device = self.world.configuration.device
        return device.write_s / 2, lambda: self._if_it_answers(f"OK words={device.words}")

    def _compare(self) -> Reply:
        """Read all words in the middle of the time it takes."""
        self.world.advance()
        if self._pattern is None:
            return "ERR 3 no pattern was written"
        if not self.world.memory.answers(self.world.now_s):
            return _SILENT
        words, overflow = self.world.memory.take(_LONGEST_LIST)
        device = self.world.configuration.device
        self._listed = []
        for address, mask in words:
            expected = pattern_word(self._pattern, address, device.word_bits)
            for bit in range(device.word_bits):
                if mask >> bit & 1:
                    self._listed.append((address, bit, expected, expected ^ mask))
        self._scan += 1
        answer = f"OK scan={self._scan} upsets={len(self._listed)} overflow={int(overflow)}"
        return device.scan_s / 2, lambda: self._if_it_answers(answer)

    def _if_it_answers(self, answer: str) -> str:
        self.world.advance()
        return answer if self.world.memory.answers(self.world.now_s) else _SILENT

    def _page(self, scan: int, first: int) -> str:
        if scan != self._scan or first >= len(self._listed):
            return f"ERR 4 the last scan is {self._scan} with {len(self._listed)} upsets"
        page = self._listed[first : first + _UPSETS_PER_LINE]
        return "OK " + ";".join(f"{a:x},{b:x},{expected:x},{observed:x}" for a, b, expected, observed in page)


class BeamPanel:
    """The facility's control of the beam; one instance per connection, since each must present the token.

    Parameters
    ----------
    world : World
        The physics.
    token : str
        What entitles to act.
    """

    def __init__(self, world: World, token: str) -> None:
        self.world = world
        self._token = token
        self._entitled = False

    def answer(self, line: str) -> Reply:
        """Carry out one line."""
        now = self.world.advance()
        words = line.split()
        beam = self.world.beam
        match words:
            case ["*IDN?"]:
                return f"radtest,BEAM-LINE,SIM0003,sim-{__version__}"
            case ["TOKEN", token]:
                self._entitled = hmac.compare_digest(token.encode(), self._token.encode())
                return "OK" if self._entitled else "ERR 401 wrong token"
            case ["IONS"]:
                return "OK " + " ".join(ion.particle for ion in beam.model.ions)
            case ["STATUS"]:
                ready = int(now >= beam.ready_at_s)
                state = "on" if beam.on else "off"
                said = f"flux={beam.flux_cm2_s:.6g} beam={state} ready={ready} tilt={beam.tilt_deg:.6g}"
                return f"OK ion={beam.ion.particle} {said}"
            case ["ION" | "FLUX" | "TILT" | "BEAM", *_] if not self._entitled:
                return "ERR 401 present the token first: TOKEN <token>"
            case ["ION", particle]:
                return self._select(particle, now)
            case ["FLUX", text]:
                return self._set_flux(text)
            case ["TILT", text]:
                return self._tilt(text)
            case ["BEAM", "ON"]:
                if now < beam.ready_at_s:
                    return "ERR 409 the ion is still being tuned"
                beam.on = True
                return "OK"
            case ["BEAM", "OFF"]:
                beam.on = False
                return "OK"
            case _:
                return _BAD_COMMAND + "*IDN? TOKEN IONS STATUS ION FLUX TILT BEAM"

    def too_long(self) -> str:
        """Refuse a line longer than the input buffer."""
        return "ERR 9 line too long"

    def _select(self, particle: str, now_s: float) -> str:
        beam = self.world.beam
        if all(ion.particle != particle for ion in beam.model.ions):
            return f"ERR 404 no such ion; legal: {' '.join(ion.particle for ion in beam.model.ions)}"
        if beam.on:
            return "ERR 409 switch the beam off first"
        beam.select(particle, now_s)
        return "OK"

    def _tilt(self, text: str) -> str:
        beam = self.world.beam
        if beam.on:
            return "ERR 409 the beam is on"
        try:
            tilt_deg = float(text)
        except ValueError:
            return "ERR 2 not a number"
        if not -80.0 <= tilt_deg <= 80.0:
            return "ERR 3 out of range; legal: -80 to 80"
        beam.tilt_deg = tilt_deg
        return "OK"

    def _set_flux(self, text: str) -> str:
        model = self.world.beam.model
        try:
            flux = float(text)
        except ValueError:
            return "ERR 400 not a number"
        if not (math.isfinite(flux) and model.lowest_flux_cm2_s <= flux <= model.highest_flux_cm2_s):
            return f"ERR 400 out of range; legal: {model.lowest_flux_cm2_s:g} to {model.highest_flux_cm2_s:g}"
        self.world.beam.flux_cm2_s = flux
        return "OK"


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,9}", text))
