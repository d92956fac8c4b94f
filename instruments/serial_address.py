"""Instruments found by their serial number, wherever they are plugged in."""

from __future__ import annotations

import importlib
from collections.abc import Iterable

import pyvisa
from pyvisa.constants import InterfaceType

from radtest.core import InstrumentError
from radtest.instruments.errors import AddressError
from radtest.instruments.session import Session

__all__ = ["SerialAddress", "as_address"]

_PREFIX = "serial:"


class SerialAddress(str):
    """An address such as ``serial:MY12345678``: whichever candidate answers ``*IDN?`` with that serial number.

    It is resolved each time a session connects, so that an instrument that came back on another port, or with another
    address, is found again. Only the candidates and what is plugged into this machine's USB are looked at: the network
    is not scanned.

    Parameters
    ----------
    text : str
        ``serial:`` and the serial number as the instrument itself gives it.
    candidates : iterable of str
        VISA resource names to ask, in this order.
    """

    __slots__ = ("candidates",)

    def __new__(cls, text: str, candidates: Iterable[str]) -> SerialAddress:
        """Return the address."""
        made = super().__new__(cls, text)
        made.candidates = tuple(candidates)
        return made

    candidates: tuple[str, ...]

    @property
    def serial(self) -> str:
        """The serial number."""
        return self.removeprefix(_PREFIX).strip()

    def resolve(self, timeout_s: float, library: str) -> str:
        """Return the VISA resource name at which the instrument answers now.

        Raises
        ------
        AddressError
            If it answers at none; what was found at each is named.
        """
        for name in _on_usb(library):
            # A USB resource name carries the serial number: USB0::<maker>::<model>::<serial>::INSTR.
            if self.serial in name.split("::"):
                return name
        found: list[str] = []
        for candidate in self.candidates:
            try:
                with Session("candidate", candidate, timeout_s=timeout_s, library=library) as session:
                    fields = [field.strip() for field in session.query("*IDN?").split(",", maxsplit=3)]
            except InstrumentError as error:
                found.append(f"{candidate}: {error.message}")
                continue
            if len(fields) >= 3 and fields[2] == self.serial:
                return candidate
            found.append(f"{candidate}: {','.join(fields)[:80]}")
        listed = "".join(f"\n  {line}" for line in found) or " (there are no candidates)"
        raise AddressError(
            f"no instrument with serial number {self.serial!r} on USB or at a candidate{listed}",
            remedy="check power and cables, or list its address in roles.candidates of the campaign file.",
        )


def as_address(text: str, candidates: Iterable[str]) -> str:
    """Return an address of a campaign file as what a driver takes: by serial number where it says so.

    Examples
    --------
    >>> as_address("serial:MY12345678", ["TCPIP::192.168.0.11::5025::SOCKET"]).serial
    'MY12345678'
    """
    return SerialAddress(text, candidates) if text.startswith(_PREFIX) else text


def _on_usb(library: str) -> tuple[str, ...]:
    """Return what is on USB; a machine without it, or without a driver for it, has nothing there."""
    try:
        if library.endswith("@py"):
            # pyvisa-py broadcasts into the network whatever kind of resource is asked for, so USB is asked by itself.
            sessions = importlib.import_module("pyvisa_py.sessions").Session
            return tuple(sessions.get_session_class(InterfaceType.usb, "INSTR").list_resources())
        return tuple(pyvisa.ResourceManager(library).list_resources("USB?*INSTR"))
    except (pyvisa.errors.VisaIOError, ImportError, ValueError, OSError, AttributeError):
        return ()
