"""Opening one VISA resource that exchanges lines, over whatever it is connected by."""

from __future__ import annotations

import os
import socket
import threading
from typing import Protocol, runtime_checkable

import pyvisa
from pyvisa.errors import VisaIOError
from pyvisa.resources import MessageBasedResource

from radtest.instruments.errors import AddressError

__all__ = ["Resolvable", "open_resource"]

_OPENING = threading.Lock()  # PyVISA's resource manager is not safe against concurrent opening


@runtime_checkable
class Resolvable(Protocol):
    """An address that has to be looked for."""

    def resolve(self, timeout_s: float, library: str) -> str:
        """Return the VISA resource name it stands for now."""
        ...


def open_resource(
    address: str, timeout_s: float, library: str, place: str
) -> tuple[MessageBasedResource, socket.socket | None]:
    """Open a resource whose replies end in a newline.

    Parameters
    ----------
    address : str
        VISA resource name.
    timeout_s : float
        Longest wait for the connection, and for a reply later, s.
    library : str
        VISA library as PyVISA names it.
    place : str
        Name and address of the instrument, for messages.

    Returns
    -------
    MessageBasedResource
        The resource.
    socket or None
        The socket beneath it; other libraries than pyvisa-py keep theirs to themselves.

    Raises
    ------
    AddressError
        If nothing answers there, or what does exchanges no messages.
    """
    milliseconds = round(timeout_s * 1000)
    try:
        with _OPENING:
            manager = pyvisa.ResourceManager(library)
            resource = manager.open_resource(address, open_timeout=milliseconds)
    except (VisaIOError, ValueError, OSError) as error:
        raise AddressError(
            f"{place}: cannot be opened: {error}",
            remedy="write the address as TCPIP::<host>::<port>::SOCKET and check the host.",
        ) from error
    except Exception as error:
        # pyvisa-py raises bare Exception where a connection attempt times out.
        raise AddressError(f"{place}: nothing answers: {error}", remedy="check power, cable, host and port.") from error
    if not isinstance(resource, MessageBasedResource):
        resource.close()
        raise AddressError(f"{place}: this resource does not exchange messages")
    resource.timeout = milliseconds
    found = _socket_of(resource)
    if found is not None:
        refused = found.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if refused:
            resource.close()
            raise AddressError(
                f"{place}: nothing listens there ({os.strerror(refused)})",
                remedy="check that the instrument is on, and its host and port.",
            )
        # Without this, a command followed by a question waits up to 40 ms for a delayed acknowledgement.
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        resource.set_visa_attribute(pyvisa.constants.ResourceAttribute.termchar, ord("\n"))
    resource.set_visa_attribute(pyvisa.constants.ResourceAttribute.termchar_enabled, True)
    return resource, found


def _socket_of(resource: MessageBasedResource) -> socket.socket | None:
    sessions = getattr(resource.visalib, "sessions", {})
    interface = getattr(sessions.get(resource.session), "interface", None)
    return interface if isinstance(interface, socket.socket) else None
