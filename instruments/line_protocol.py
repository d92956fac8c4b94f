"""The reply format shared by the memory tester and the beam line: ``OK ...`` or ``ERR code text``."""

from __future__ import annotations

from radtest.core import InstrumentError
from radtest.instruments.errors import DeviceSilentError

__all__ = ["DEVICE_SILENT", "accepted", "keyed_words"]

DEVICE_SILENT = 20
"""Error code with which a tester reports that the device does not answer."""


def accepted(reply: str, place: str, command: str) -> str:
    """Return what follows ``OK``.

    Raises
    ------
    DeviceSilentError
        If the tester reports that the device does not answer.
    InstrumentError
        If the reply is any other refusal, or no reply of this format.
    """
    word, _, rest = reply.partition(" ")
    if word == "OK":
        return rest
    if word == "ERR":
        code, _, text = rest.partition(" ")
        if code == str(DEVICE_SILENT):
            raise DeviceSilentError(f"{place}: the device does not answer ({text}), asked {command!r}")
        raise InstrumentError(f"{place}: refuses {command!r}: {text or 'no reason given'} (error {code})")
    raise InstrumentError(f"{place}: the reply to {command!r} is neither OK nor ERR: {reply[:80]!r}")


def keyed_words(text: str) -> dict[str, str]:
    """Read ``key=value key=value``."""
    pairs = (word.partition("=") for word in text.split())
    return {key: value for key, _, value in pairs}
