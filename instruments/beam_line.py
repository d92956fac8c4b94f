"""A beam line controlled over radtest's line protocol.

========================= ============================================================================
Question                   Answer
========================= ============================================================================
``*IDN?``                  ``radtest,BEAM-LINE,<serial>,<version>``
``TOKEN <token>``          ``OK``; needed once per connection before any command that acts
``IONS``                   ``OK <symbol> <symbol> ...``
``STATUS``                 ``OK ion=<symbol> flux=<cm⁻² s⁻¹> beam=<on|off> ready=<0|1> tilt=<degrees>``
``ION <symbol>``           ``OK``; tuning takes a while
``FLUX <cm⁻² s⁻¹>``        ``OK``
``TILT <degrees>``         ``OK``; the device is turned
``BEAM ON`` / ``BEAM OFF``  ``OK``
========================= ============================================================================
"""

from __future__ import annotations

from typing import ClassVar

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments.driver import Driver
from radtest.instruments.errors import AddressError
from radtest.instruments.line_protocol import accepted, keyed_words
from radtest.instruments.properties import Reading, number_in
from radtest.instruments.roles import BeamStatus

__all__ = ["BeamLine"]


def _parse_beam(reply: str) -> bool:
    return _parse_status(reply).on


def _parse_flux(reply: str) -> float:
    return _parse_status(reply).flux_cm2_s


def _parse_status(reply: str) -> BeamStatus:
    word, _, rest = reply.partition(" ")
    words = keyed_words(rest)
    if word != "OK" or not {"ion", "flux", "beam", "ready"} <= words.keys():
        raise ValueError("not a status")
    tilt_deg = float(words.get("tilt", "0"))
    return BeamStatus(words["ion"], float(words["flux"]), words["beam"] == "on", words["ready"] == "1", tilt_deg)


class BeamLine(Driver):
    """The client of a beam line's control.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`.
    token : str
        What entitles to act on the beam; only ``STATUS`` works without it.
    """

    models = ("BEAM-LINE",)
    title: ClassVar[str] = "beam line"

    beam_on = Reading(
        "Measure whether the beam is let through (no unit, range True or False).",
        query="STATUS",
        parse=_parse_beam,
        unit="",
    )
    flux_cm2_s = Reading(
        "Measure the flux requested (cm⁻² s⁻¹, range above 0; `set_flux` names the legal range).",
        query="STATUS",
        parse=_parse_flux,
        unit="cm⁻² s⁻¹",
    )

    def __init__(self, address: str, *, name: str = "", timeout_s: float = 2.0, token: str = "") -> None:
        self._token = token
        super().__init__(address, name=name, timeout_s=timeout_s)

    def _opened(self) -> None:
        self._present_token()
        self._ions = tuple(accepted(self.session.query("IONS"), self.place, "IONS").split())

    def reconnect(self) -> None:
        """Open the connection again, check the instrument and present the token."""
        super().reconnect()
        self._present_token()

    @property
    def ions(self) -> tuple[str, ...]:
        """Element symbols of the ions on offer."""
        return self._ions

    def status(self) -> BeamStatus:
        """Return ion, requested flux (cm⁻² s⁻¹), and whether the beam is on and ready (range: as the properties')."""
        return self.session.submit("STATUS", _parse_status).result()

    def select_ion(self, particle: str) -> None:
        """Tune to another ion; the beam must be off, and `status` tells when it is ready.

        Raises
        ------
        ConfigurationError
            If the facility does not offer it; nothing was sent.
        """
        if particle not in self._ions:
            raise ConfigurationError(
                f"{self.place}: does not offer ion {particle!r}; legal: {', '.join(self._ions)}",
                remedy="correct the ion in the campaign file.",
            )
        self._act(f"ION {particle}")
        self._check(self.status().particle == particle, f"ion {particle}")

    def set_flux(self, flux_cm2_s: float) -> None:
        """Request a flux (cm⁻² s⁻¹, range 1 to 1e9; the facility may narrow it) and read it back."""
        legal = number_in(1.0, 1e9, "cm⁻² s⁻¹")
        if not legal.allows(flux_cm2_s):
            raise ConfigurationError(f"{self.place}: flux = {flux_cm2_s!r} is out of range; legal: {legal.words}")
        self._act(f"FLUX {flux_cm2_s:.6g}")
        self._check(abs(self.status().flux_cm2_s / flux_cm2_s - 1) < 1e-4, f"flux {flux_cm2_s:g}")

    def set_tilt(self, tilt_deg: float) -> None:
        """Turn the device (degrees between the beam and its normal, range -80 to 80) and read the angle back."""
        legal = number_in(-80.0, 80.0, "degrees")
        if not legal.allows(tilt_deg):
            raise ConfigurationError(f"{self.place}: tilt = {tilt_deg!r} is out of range; legal: {legal.words}")
        self._act(f"TILT {tilt_deg:.6g}")
        self._check(abs(self.status().tilt_deg - tilt_deg) < 1e-3, f"tilt {tilt_deg:g}")

    def switch_on(self) -> None:
        """Let the beam through and read back that it is on."""
        self._act("BEAM ON")
        self._check(self.status().on, "beam on")

    def switch_off(self) -> None:
        """Stop the beam and read back that it is off."""
        self._act("BEAM OFF")
        self._check(not self.status().on, "beam off")

    def _act(self, command: str) -> None:
        accepted(self.session.query(command), self.place, command)

    def _present_token(self) -> None:
        if self._token:
            reply = self.session.confide(f"TOKEN {self._token}", "TOKEN ...")
            try:
                accepted(reply, self.place, "TOKEN ...")
            except InstrumentError as error:
                raise AddressError(error.message, remedy="give the token that belongs to this beam line.") from error

    def _check(self, agrees: bool, what: str) -> None:
        if not agrees:
            raise InstrumentError(
                f"{self.place}: accepted {what!r} but its status disagrees: {self.session.query('STATUS')!r}; last "
                f"set: {self.session.last_set}"
            )
        key, _, value = what.partition(" ")
        self.session.remember(key, value)
