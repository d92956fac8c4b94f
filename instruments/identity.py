"""Who answers at an address."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from radtest.core import InstrumentError
from radtest.instruments.errors import AddressError
from radtest.instruments.session import Session

__all__ = ["Identity", "identify"]


@dataclass(frozen=True, slots=True)
class Identity:
    """The answer to ``*IDN?``.

    Some instruments give hardware and firmware apart, in five fields: `firmware` then holds both.

    Parameters
    ----------
    manufacturer, model, serial, firmware : str
        Its fields (IEEE 488.2, section 10.14).
    """

    manufacturer: str
    model: str
    serial: str
    firmware: str

    def __str__(self) -> str:
        return f"{self.manufacturer},{self.model},{self.serial},{self.firmware}"


def identify(session: Session, models: Collection[str]) -> Identity:
    """Ask an instrument who it is and refuse any but the models named.

    Raises
    ------
    AddressError
        If another instrument answers, or one that does not introduce itself.
    """
    try:
        reply = session.query("*IDN?")
    except InstrumentError as error:
        raise AddressError(
            f"{session.place}: something listens but does not answer '*IDN?': {error.message}",
            remedy="check that the address and the port belong to this instrument.",
        ) from error
    fields = [field.strip() for field in reply.split(",", maxsplit=3)]
    if len(fields) != 4 or fields[1] not in models:
        raise AddressError(
            f"{session.place}: answers '*IDN?' with {reply[:120]!r}, which is none of the models "
            f"{', '.join(sorted(models))}",
            remedy="correct the address, or name the driver that belongs to this instrument.",
        )
    return Identity(*fields)
