"""What the families of power supplies share: outputs, sampling, switching, and arming against over-current.

A family is the commands of one output, as properties, and what is odd about it. How it protects a device comes in three
kinds: its over-current trip acts when the current limit is reached (`LimitTripOutput`), the trip has a level of its own
(`LevelTripOutput`), or there is none that holds (`LimitingOutput`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, cast

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments.driver import Driver
from radtest.instruments.properties import Property, Reading, Setting, switch_text
from radtest.instruments.roles import ChannelSample
from radtest.instruments.session import Ask, Session

__all__ = ["LevelTripOutput", "LimitTripOutput", "LimitingOutput", "Rating", "SupplyDriver", "SupplyOutput"]

_HEADROOM = 1.1


@dataclass(frozen=True, slots=True)
class Rating:
    """What one output can be set to.

    Parameters
    ----------
    highest_voltage_v, highest_current_a : float
        Setpoints, V and A.
    lowest_trip_a, highest_trip_a : float
        Level of an over-current trip of its own, A; unused where the trip acts at the current limit.
    highest_over_voltage_v : float
        Level of the over-voltage protection, V.
    lowest_current_a : float
        Lowest current limit, A.
    """

    highest_voltage_v: float
    highest_current_a: float
    lowest_trip_a: float = 0.0
    highest_trip_a: float = 0.0
    highest_over_voltage_v: float = 0.0
    lowest_current_a: float = 0.0


class SupplyOutput:
    """One output of a supply.

    Parameters
    ----------
    session : Session
        Conversation with the supply.
    number : int
        Channel, from 1.
    rating : Rating
        What this output can be set to.
    fields : mapping, optional
        What placeholders of the command templates stand for, besides ``{channel}``.
    """

    voltage_v: Setting[float]
    current_limit_a: Setting[float]
    output: Setting[bool]
    measured_voltage_v: Reading[float]
    measured_current_a: Reading[float]

    def __init__(
        self, session: Session, number: int, rating: Rating, fields: Mapping[str, object] | None = None
    ) -> None:
        self.number = number
        self.rating = rating
        self._session = session
        self._fields = {"channel": number, **(fields or {})}

    @property
    def session(self) -> Session:
        """The conversation with the supply."""
        return self._session

    @property
    def label(self) -> str:
        """``channel 1``, for messages."""
        return f"channel {self.number}"

    @property
    def place(self) -> str:
        """Supply, address and channel, for messages."""
        return f"{self._session.place}, {self.label}"

    @property
    def fields(self) -> dict[str, object]:
        """What the placeholders of the command templates stand for."""
        return self._fields

    def look(self, ask: Ask) -> ChannelSample:
        """Measure voltage (V) and current (A) and ask for the trip, inside a transaction (range: as the output's)."""
        return ChannelSample(
            self.number,
            _asked(self, "measured_voltage_v", ask),
            _asked(self, "measured_current_a", ask),
            tripped=self.looks_tripped(ask),
        )

    def looks_tripped(self, ask: Ask) -> bool:  # noqa: ARG002 (those that can trip ask)
        """Ask, inside a transaction, whether a protection against over-current has switched the output off."""
        return False

    def protect(self, *, current_limit_a: float, over_current_delay_s: float) -> None:
        """Arm the output against over-current (A, s; range: as its properties'), as far as it can be."""
        raise NotImplementedError

    def clear_trip(self) -> None:
        """Re-arm the protection after a trip; the output stays off."""


class LimitingOutput(SupplyOutput):
    """An output that limits the current and goes on: it has no over-current trip that switches it off."""

    def protect(self, *, current_limit_a: float, over_current_delay_s: float) -> None:  # noqa: ARG002
        """Set the current limit (A, range: as `current_limit_a`); there is no trip whose delay could be set."""
        self.current_limit_a = current_limit_a


class _TrippingOutput(SupplyOutput):
    """An output that over-current can switch off until the trip is cleared.

    `clear_command` re-arms it; where that is empty, switching the output on again does. `separator` stands between it
    and the question that follows.
    """

    over_current_tripped: Reading[bool]
    clear_command: ClassVar[str] = ""
    separator: ClassVar[str] = "\n"

    def looks_tripped(self, ask: Ask) -> bool:
        """Ask, inside a transaction, whether over-current protection has switched the output off."""
        return bool(_asked(self, "over_current_tripped", ask))

    def clear_trip(self) -> None:
        """Re-arm the protection after a trip; the output stays off.

        Raises
        ------
        InstrumentError
            If it still reads back as tripped, or could be re-armed by switching it on only and is on.
        """
        if not self.clear_command:
            if self.output and self.over_current_tripped:
                raise InstrumentError(
                    f"{self.place}: is both on and tripped; switching it on is what re-arms it",
                    remedy="switch the output off first.",
                )
            return
        tripped = _property(self, "over_current_tripped")
        command, question = (text.format(**self.fields) for text in (self.clear_command, tripped.query))
        if self._session.transact(lambda ask: self._said_and_asked(ask, tripped, command, question)).result():
            raise InstrumentError(
                f"{self.place}: over-current protection stays tripped after being cleared",
                remedy="look at the supply; the output is off.",
            )

    def _said_and_asked(self, ask: Ask, tripped: Property[bool], command: str, question: str) -> bool:
        return tripped.understand(self, question, ask(f"{command}{self.separator}{question}"))


class LimitTripOutput(_TrippingOutput):
    """An output whose over-current protection trips when it has limited the current for a time."""

    over_current_protection: Setting[bool]
    over_current_delay_s: Setting[float]

    def protect(self, *, current_limit_a: float, over_current_delay_s: float) -> None:
        """Set the limit (A) and the delay (s; ranges: as the properties') and let limiting trip the output."""
        self.current_limit_a = current_limit_a
        self.over_current_delay_s = over_current_delay_s
        self.over_current_protection = True


class LevelTripOutput(_TrippingOutput):
    """An output whose over-current protection has a level of its own, apart from the current limit.

    The current limit must lie above the level, or the output limits and never trips: `protect` puts it 10 % above.
    """

    over_current_level_a: Setting[float]

    def protect(self, *, current_limit_a: float, over_current_delay_s: float) -> None:
        """Set the trip level (A) and, where there is one, its delay (s; ranges: as the properties').

        Raises
        ------
        ConfigurationError
            If the output has no room for a current limit above the trip level; nothing was sent.
        """
        headroom_a = _HEADROOM * current_limit_a
        if headroom_a > self.rating.highest_current_a:
            raise ConfigurationError(
                f"{self.place}: to trip at {current_limit_a:g} A it needs a current limit of {headroom_a:g} A above "
                f"that level; legal: up to {self.rating.highest_current_a / _HEADROOM:g} A",
                remedy="lower channels[].current_limit_a, or use an output for more current.",
            )
        self.over_current_level_a = current_limit_a
        if isinstance(vars(type(self)).get("over_current_delay_s"), Setting):
            setattr(self, "over_current_delay_s", over_current_delay_s)  # noqa: B010 (not every family has it)
        if isinstance(vars(type(self)).get("over_current_protection"), Setting):
            setattr(self, "over_current_protection", True)  # noqa: B010
        self.current_limit_a = headroom_a


O_co = TypeVar("O_co", bound=SupplyOutput, covariant=True)


class SupplyDriver(Driver, Generic[O_co]):
    """A supply of one or more outputs; see `Driver` for its parameters.

    Attributes
    ----------
    has_hardware_trip : bool
        Whether over-current switches an output off, and keeps it off, without any computer.
    trip_delay_settable : bool
        Whether the time that over-current must last before the trip can be set.
    measures_when_off : bool
        Whether it measures the voltage at the terminals of an output that is off.
    """

    has_hardware_trip: ClassVar[bool] = True
    trip_delay_settable: ClassVar[bool] = True
    measures_when_off: ClassVar[bool] = True
    master: ClassVar[str] = ""
    """Header of the switch above those of the channels, where there is one."""

    def _opened(self) -> None:
        self._channels = {output.number: output for output in self._outputs()}

    def _outputs(self) -> Iterable[O_co]:
        """Return the outputs of the model that answers."""
        raise NotImplementedError

    def channel(self, number: int) -> O_co:
        """Return a channel, counted from 1.

        Raises
        ------
        ConfigurationError
            If the model has no such channel.
        """
        try:
            return self._channels[number]
        except KeyError:
            raise ConfigurationError(
                f"{self.place}: has no channel {number!r}; legal: {', '.join(map(str, self._channels))}"
            ) from None

    def sample(self, numbers: Sequence[int]) -> Future[tuple[ChannelSample, ...]]:
        """Measure voltage (V), current (A) and trip state of channels in one exchange (range: as the channels')."""
        outputs = [self.channel(number) for number in numbers]
        return self.session.transact(lambda ask: tuple(output.look(ask) for output in outputs))

    def switch_on(self, numbers: Sequence[int]) -> None:
        """Switch outputs on together.

        One that draws too much may have tripped before it is asked for its state: that is no error here, and shows in
        the next sample.

        Raises
        ------
        InstrumentError
            If one reads back off without having tripped: it is inhibited.
        """
        self._switch(numbers, on=True)

    def switch_off(self, numbers: Sequence[int]) -> None:
        """Switch outputs off together.

        Raises
        ------
        InstrumentError
            If one reads back on.
        """
        self._switch(numbers, on=False)

    def protect(self, number: int, *, current_limit_a: float, over_current_delay_s: float) -> None:
        """Arm a channel against over-current, as far as the supply can, and read back that it is.

        Parameters
        ----------
        number : int
            Channel.
        current_limit_a : float
            Current at which the hardware is to act, A (range: as the channel's).
        over_current_delay_s : float
            How long it may last before the trip, s (range: as the channel's); unused where `trip_delay_settable` is
            False.

        Raises
        ------
        ConfigurationError
            If the supply cannot be set to a value; nothing was sent.
        InstrumentError
            If a setting reads back differently.
        """
        self.channel(number).protect(current_limit_a=current_limit_a, over_current_delay_s=over_current_delay_s)

    def clear_trips(self, numbers: Sequence[int]) -> None:
        """Re-arm over-current protection of channels; outputs stay as they are.

        Raises
        ------
        InstrumentError
            If one still reads back as tripped.
        """
        for number in numbers:
            self.channel(number).clear_trip()

    def _switch(self, numbers: Sequence[int], *, on: bool) -> None:
        outputs = [self.channel(number) for number in numbers]
        states = self.session.transact(lambda ask: self._switched(ask, outputs, on=on)).result()
        if states != [on] * len(states) and not (on and self._tripped_at_once(outputs, states)):
            raise InstrumentError(
                f"{self.place}: outputs {', '.join(map(str, numbers))} were switched {switch_text(on)} but read back "
                f"{states}; last set: {self.session.last_set}",
                remedy="look at the supply: a protection that tripped keeps its output off.",
            )
        for output in outputs:
            setting = _property(output, "output")
            self.session.remember(
                f"{output.label} output",
                switch_text(on),
                question=setting.query.format(**output.fields),
                agrees=_reading(setting, on),
            )

    def _tripped_at_once(self, outputs: Sequence[SupplyOutput], states: Sequence[bool]) -> bool:
        """Tell whether over-current switched off, before it was asked, every output that does not read back on."""
        if not all(states[len(outputs) :]):
            return False
        off = [output for output, state in zip(outputs, states, strict=False) if not state]
        return self.session.transact(lambda ask: all(output.looks_tripped(ask) for output in off)).result()

    def _switched(self, ask: Ask, outputs: Sequence[SupplyOutput], *, on: bool) -> list[bool]:
        """Say all commands at once, then ask for the states; where there is a master switch, its state comes last."""
        settings = [cast("Setting[bool]", _property(output, "output")) for output in outputs]
        lines = [
            setting.command.format(value=setting.text(on), **output.fields)
            for setting, output in zip(settings, outputs, strict=True)
        ]
        checks: list[tuple[str, Callable[[str], bool]]] = [
            (setting.query.format(**output.fields), _understanding(setting, output))
            for setting, output in zip(settings, outputs, strict=True)
        ]
        if self.master and on:
            self._refuse_companions(ask, outputs)
            lines.append(f"{self.master} {settings[0].text(True)}")
            checks.append((f"{self.master}?", _understanding(settings[0], outputs[0])))
        states = []
        for question, understood in checks:
            states.append(understood(ask("\n".join([*lines, question]))))
            lines = []
        return states

    def _refuse_companions(self, ask: Ask, outputs: Sequence[SupplyOutput]) -> None:
        """See that the master switch, if it is off, switches nothing on but what was asked for."""
        setting = _property(outputs[0], "output")
        master = f"{self.master}?"
        if setting.understand(outputs[0], master, ask(master)):
            return
        others = [output for number, output in self._channels.items() if output not in outputs]
        selected = [output.number for output in others if _asked(output, "output", ask)]
        if selected:
            raise InstrumentError(
                f"{self.place}: channel {', '.join(map(str, selected))} is selected too, and would come on with the "
                "others; nothing was switched",
                remedy="deselect it at the front panel.",
            )


def _property(output: SupplyOutput, name: str) -> Property[Any]:
    return cast("Property[Any]", getattr(type(output), name))


def _asked(output: SupplyOutput, name: str, ask: Ask) -> Any:
    return _property(output, name).within(output, ask)


def _understanding(setting: Setting[bool], output: SupplyOutput) -> Callable[[str], bool]:
    return lambda reply: setting.understand(output, setting.query.format(**output.fields), reply)


def _reading(setting: Property[Any], value: object) -> Callable[[str], bool]:
    return lambda reply: bool(setting.parse(reply) == value)
