"""The oscilloscopes of the station, as seen from outside: one physics, two dialects."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from radtest import __version__
from radtest.instruments.station.meter_panels import LatePanel, word
from radtest.instruments.station.panels import Reply
from radtest.instruments.station.scpi import Handler, ScpiError, flag, number
from radtest.instruments.station.surroundings_configuration import ScopeModel
from radtest.instruments.station.transients import Acquisition
from radtest.instruments.station.world import World

__all__ = ["InfiniiVisionPanel", "RigolScopePanel"]

_CHANNELS = (1, 2, 3, 4)
_STOP_LAG_S = 0.03
_POINTS = (100, 250, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)


class _ScopePanel(LatePanel):
    """What both have in common: channels, time base, trigger, one shot, a capture turned into levels of 8 bits."""

    divisions = 10
    slopes: tuple[str, ...] = ()
    position_word = "POSition"

    def __init__(self, world: World, model: ScopeModel, identity: str, commands: dict[str, Handler]) -> None:
        self.acquisition = Acquisition()
        transients = world.surroundings.transients
        if transients is not None:
            transients.acquisitions.append(self.acquisition)
        self._sweep, self._source, self._wave_source = "AUTO", 1, 1
        self._time_scale_s, self._position_s, self._level_v = 1e-6, 0.0, 0.0
        self._armed_at_s = -math.inf
        self._shown = dict.fromkeys(_CHANNELS, False)
        self._scale_v = dict.fromkeys(_CHANNELS, 1.0)
        self._offset_v = dict.fromkeys(_CHANNELS, 0.0)
        self._coupling = dict.fromkeys(_CHANNELS, "DC")
        self._slope = "POS"
        shared: dict[str, Handler] = {
            "SINGle": lambda _: self._arm(),
            "STOP": lambda _: self._stop(),
            "TIMebase:SCALe": self._set_time_scale,
            "TIMebase:SCALe?": lambda _: f"{self._time_scale_s:+.6E}",
            f"TIMebase:{self.position_word}": self._set_position,
            f"TIMebase:{self.position_word}?": lambda _: f"{self._position_s:+.6E}",
            "TRIGger:EDGE:LEVel": self._set_level,
            "TRIGger:EDGE:LEVel?": lambda _: f"{self._level_v:+.6E}",
            "TRIGger:EDGE:SOURce": self._set_source,
            "TRIGger:EDGE:SOURce?": lambda _: f"CHAN{self._source}",
            "TRIGger:EDGE:SLOPe": self._set_slope,
            "TRIGger:EDGE:SLOPe?": lambda _: self._slope,
            "TRIGger:SWEep": self._set_sweep,
            "TRIGger:SWEep?": lambda _: self._sweep,
            "WAVeform:SOURce": self._set_wave_source,
            "WAVeform:SOURce?": lambda _: f"CHAN{self._wave_source}",
        }
        for channel in _CHANNELS:
            shared |= self._channel_commands(channel)
        super().__init__(world, identity, shared | commands, model.latency_s)

    def answer(self, line: str) -> Reply:
        """Carry out one line; binary blocks are sent as they are."""
        reply = super().answer(line)
        if isinstance(reply, tuple):
            late_s, go_on = reply
            return late_s, lambda: _encoded(go_on())
        return _encoded(reply)

    def levels(self, channel: int, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the capture in divisions from the middle of the screen, cut off at its edges."""
        volts = self.acquisition.volts(times_s) if channel == 1 else np.zeros(len(times_s))
        transients = self.world.surroundings.transients
        if transients is not None:
            volts = volts + transients.model.noise_v * self.world.rng.standard_normal(len(times_s))
        middle = self.middle_v(channel)
        return np.clip((volts - middle) / self._scale_v[channel], -4.0, 4.0)

    def middle_v(self, channel: int) -> float:
        """Return the voltage at the middle of the screen."""
        raise NotImplementedError

    def grid(self, points: int) -> tuple[float, float, NDArray[np.float64]]:
        """Return first time, interval and all times of a capture of so many points, s."""
        interval = self.divisions * self._time_scale_s / points
        start = self._position_s - self.divisions * self._time_scale_s / 2
        return start, interval, start + interval * np.arange(points, dtype=np.float64)

    @property
    def waits(self) -> bool:
        """Whether it waits for a trigger."""
        return self.acquisition.armed

    def _arm(self) -> None:
        device = self.world.memory
        transients = self.world.surroundings.transients
        rest = transients.model.rest_v if transients is not None and device.answers(self.world.now_s) else 0.0
        acquisition = self.acquisition
        acquisition.pulse, acquisition.rest_v = None, rest
        acquisition.level_v, acquisition.slope = self._level_v, self._slope
        acquisition.armed = self._sweep == "NORM" and self._source == 1
        self._armed_at_s = self.world.now_s

    def _stop(self) -> None:
        self.acquisition.armed = False

    def reset(self) -> None:
        """Stop, and forget what was caught."""
        self.acquisition.armed, self.acquisition.pulse, self._sweep = False, None, "AUTO"

    def _channel_commands(self, channel: int) -> dict[str, Handler]:
        def show(parameters: list[str]) -> None:
            self._shown[channel] = flag(parameters)

        def scale(parameters: list[str]) -> None:
            self._scale_v[channel] = number(parameters, 1e-3, 10.0)

        def offset(parameters: list[str]) -> None:
            self._offset_v[channel] = number(parameters, -100.0, 100.0)

        def couple(parameters: list[str]) -> None:
            self._coupling[channel] = word(parameters, {"AC": "AC", "DC": "DC"})

        head = f"CHANnel{channel}"
        return {
            f"{head}:DISPlay": show,
            f"{head}:DISPlay?": lambda _: str(int(self._shown[channel])),
            f"{head}:SCALe": scale,
            f"{head}:SCALe?": lambda _: f"{self._scale_v[channel]:+.6E}",
            f"{head}:OFFSet": offset,
            f"{head}:OFFSet?": lambda _: f"{self._offset_v[channel]:+.6E}",
            f"{head}:COUPling": couple,
            f"{head}:COUPling?": lambda _: self._coupling[channel],
        }

    def _set_time_scale(self, parameters: list[str]) -> None:
        self._time_scale_s = number(parameters, 5e-9, 50.0)

    def _set_position(self, parameters: list[str]) -> None:
        self._position_s = number(parameters, -500.0, 500.0)

    def _set_level(self, parameters: list[str]) -> None:
        self._level_v = number(parameters, -100.0, 100.0)

    def _set_slope(self, parameters: list[str]) -> None:
        legal = {"POS": "POSITIVE", "NEG": "NEGATIVE", "EITH": "EITHER", "RFAL": "RFALL"}
        self._slope = word(parameters, {short: legal[short] for short in self.slopes})

    def _set_sweep(self, parameters: list[str]) -> None:
        self._sweep = word(parameters, {"AUTO": "AUTO", "NORM": "NORMAL"})

    def _set_source(self, parameters: list[str]) -> None:
        self._source = _channel(parameters)

    def _set_wave_source(self, parameters: list[str]) -> None:
        self._wave_source = _channel(parameters)


class InfiniiVisionPanel(_ScopePanel):
    """A Keysight DSO-X 3034T. Samples are words of 16 bits whose upper 8 are the converter's."""

    divisions = 10
    slopes = ("POS", "NEG", "EITH")

    def __init__(self, world: World, model: ScopeModel) -> None:
        self._points, self._noted_trigger = 1000, False
        commands: dict[str, Handler] = {
            "OPERegister:CONDition?": lambda _: f"+{8 * int(self.waits)}",
            "TER?": lambda _: self._trigger_event(),
            "AER?": lambda _: f"+{int(self.waits)}",
            "WAVeform:POINts": self._set_points,
            "WAVeform:POINts?": lambda _: f"+{self._points}",
            "WAVeform:FORMat": lambda p: _agree(word(p, {"WORD": "WORD"})),
            "WAVeform:BYTeorder": lambda p: _agree(word(p, {"LSBF": "LSBFIRST"})),
            "WAVeform:UNSigned": lambda p: _agree(str(flag(p))),
            "WAVeform:PREamble?": lambda _: self._preamble(),
            "WAVeform:DATA?": lambda _: self._data(),
        }
        identity = f"KEYSIGHT TECHNOLOGIES,DSO-X 3034T,{model.serial},sim-{__version__}"
        super().__init__(world, model, identity, commands)

    def middle_v(self, channel: int) -> float:
        """Return the voltage at the middle of the screen: Keysight's offset."""
        return self._offset_v[channel]

    def _trigger_event(self) -> str:
        caught = self.acquisition.pulse is not None
        new = caught and not self._noted_trigger
        self._noted_trigger = caught
        return f"+{int(new)}"

    def _set_points(self, parameters: list[str]) -> None:
        wanted = number(parameters, 100.0, 1e6)
        self._points = max(each for each in _POINTS if each <= wanted)

    def _preamble(self) -> str:
        start, interval, _ = self.grid(self._points)
        channel = self._wave_source
        step = self._scale_v[channel] / 32 / 256
        return (
            f"+1,+0,+{self._points},+1,{interval:+.8E},{start:+.8E},+0,{step:+.8E},{self.middle_v(channel):+.6E},+32768"
        )

    def _data(self) -> str:
        _, _, times = self.grid(self._points)
        levels = np.clip(np.round(128 + 32 * self.levels(self._wave_source, times)), 0, 255).astype("<u2") * 256
        content = levels.astype("<u2").tobytes().decode("latin-1")
        return f"#8{len(content):08d}{content}"


class RigolScopePanel(_ScopePanel):
    """A Rigol DS1104Z: 1,200 samples of 8 bits on 12 divisions; its trigger status lags behind ``:SING``."""

    divisions = 12
    slopes = ("POS", "NEG", "RFAL")
    position_word = "OFFSet"
    _points = 1200

    def __init__(self, world: World, model: ScopeModel) -> None:
        commands: dict[str, Handler] = {
            "TRIGger:STATus?": lambda _: self._state(),
            "TIMebase[:MAIN]:SCALe": self._set_time_scale,
            "WAVeform:MODE": lambda p: _agree(word(p, {"NORM": "NORMAL"})),
            "WAVeform:FORMat": lambda p: _agree(word(p, {"BYTE": "BYTE"})),
            "WAVeform:PREamble?": lambda _: self._preamble(),
            "WAVeform:DATA?": lambda _: self._data(),
        }
        identity = f"RIGOL TECHNOLOGIES,DS1104Z,{model.serial},sim-{__version__}"
        super().__init__(world, model, identity, commands)

    def middle_v(self, channel: int) -> float:
        """Return the voltage at the middle of the screen: Rigol's offset moves the trace, so it is the opposite."""
        return -self._offset_v[channel]

    def _state(self) -> str:
        if self.world.now_s - self._armed_at_s < _STOP_LAG_S or not self.waits:
            return "STOP"
        return "WAIT"

    def _preamble(self) -> str:
        start, interval, _ = self.grid(self._points)
        step = self._scale_v[self._wave_source] / 25
        origin = round(self._offset_v[self._wave_source] / step)
        return f"0,0,{self._points},1,{interval:.6e},{start:.6e},0,{step:.6e},{origin},127"

    def _data(self) -> str:
        _, _, times = self.grid(self._points)
        levels = np.clip(np.round(127 + 25 * self.levels(self._wave_source, times)), 0, 255).astype("u1")
        content = levels.tobytes().decode("latin-1")
        return f"#9{len(content):09d}{content}"


def _channel(parameters: list[str]) -> int:
    if not parameters:
        raise ScpiError(-109, "Missing parameter")
    text = parameters[0].upper().replace("CHANNEL", "CHAN")
    if text not in {f"CHAN{number}" for number in _CHANNELS}:
        raise ScpiError(-224, "Illegal parameter value")
    return int(text[-1])


def _agree(_: str) -> None:
    """Take note of a word that changes nothing here: it was legal."""


def _encoded(reply: Reply) -> Reply:
    return reply.encode("latin-1") if isinstance(reply, str) else reply
