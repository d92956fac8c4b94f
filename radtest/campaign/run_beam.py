"""The beam of one run: tuned, switched, timed, and watched for flux that is wrong or missing."""

from __future__ import annotations

from collections.abc import Callable

from radtest.campaign.beam_presence import BeamPresence
from radtest.campaign.configuration import BeamCampaignConfiguration, IonModel
from radtest.campaign.flux_watch import FluxWatch
from radtest.campaign.surroundings import Surroundings
from radtest.core import Clock, InstrumentError
from radtest.instruments import BeamControl
from radtest.log import Journal

__all__ = ["RunBeam"]

_TUNING_TIMEOUT_S = 3600.0


class RunBeam:
    """What a run does with the beam.

    Parameters
    ----------
    control : BeamControl
        The facility's control of the beam.
    configuration, ion
        The campaign, and the ion of this run.
    journal : Journal
        Where figures of quality go.
    surroundings : Surroundings
        Hear when the beam is switched.
    clock : Clock
        The campaign's clock.
    said : callable
        Hears of what was lost and came back.
    start_time_ns : int
        Start of the run, ns on `clock`.

    Attributes
    ----------
    shut : bool
        Whether it was stopped until the device is live again.
    paused_ns : int
        Time of the run that was a pause, ns.
    flux_lost : bool
        Whether the flux has been out of range for too long.
    """

    def __init__(
        self,
        control: BeamControl,
        configuration: BeamCampaignConfiguration,
        ion: IonModel,
        journal: Journal,
        surroundings: Surroundings,
        clock: Clock,
        said: Callable[[str], None],
        start_time_ns: int,
    ) -> None:
        self._control = control
        self._ion = ion
        self._journal = journal
        self._surroundings = surroundings
        self._clock = clock
        self._said = said
        self._flux = FluxWatch(configuration.flux, ion.flux_cm2_s)
        self._presence = BeamPresence(
            configuration.dosimetry.beam_off_s, journal, said, lambda time_ns: (time_ns - start_time_ns) / 1e9
        )
        self._on_ns: int | None = None
        self._off_ns: int | None = None
        self.shut = False
        self.paused_ns = 0
        self.flux_lost = False

    def tune(self) -> None:
        """Ask for ion, flux and tilt of the run; the beam must be off."""
        self._control.select_ion(self._ion.particle)
        self._control.set_flux(self._ion.flux_cm2_s)
        if self._control.status().tilt_deg != self._ion.tilt_deg:
            self._control.set_tilt(self._ion.tilt_deg)

    def wait_until_ready(self, tick: Callable[[], int]) -> None:
        """Wait for the ion, with `tick` between two looks, which returns the time, ns on the campaign's clock.

        Raises
        ------
        InstrumentError
            If it takes longer than an hour.
        """
        until_ns = self._clock.now_ns() + round(_TUNING_TIMEOUT_S * 1e9)
        while not self._control.status().ready:
            if tick() > until_ns:
                raise InstrumentError(
                    f"{self._control.place}: {self._ion.particle} is not ready after {_TUNING_TIMEOUT_S:g} s"
                )

    def switch_on(self) -> None:
        """Let the beam through."""
        self._control.switch_on()
        self._flux.beam_switched()
        self._presence.beam_switched()
        self._surroundings.beam_on()
        self.shut = False
        if self._on_ns is None:
            self._on_ns = self._clock.now_ns()

    def shut_off(self) -> None:
        """Stop the beam until the device is live again: what strikes meanwhile could not be told from what stayed."""
        self._switch_off()
        self.shut = True

    def stop(self) -> None:
        """Stop the beam for good."""
        self._switch_off()
        self._off_ns = self._clock.now_ns()

    def observe(self, time_ns: int, fluence_cm2: float, counts: int) -> None:
        """Note a reading of the dosimetry."""
        if self._on_ns is not None and self._off_ns is None and not self.shut:
            self.flux_lost = self._flux.observe(time_ns, fluence_cm2)
            self._presence.observe(time_ns, counts)

    @property
    def flux_out_of_range(self) -> bool:
        """Whether the beam does not bring the flux requested."""
        return self._flux.out_of_range

    @property
    def time_s(self) -> float:
        """Time since the beam was first switched on, without pauses, s."""
        if self._on_ns is None:
            return 0.0
        return ((self._off_ns or self._clock.now_ns()) - self._on_ns - self.paused_ns) / 1e9

    def close(self) -> None:
        """Write the figures of quality."""
        self._presence.close()
        self._journal.quality("paused_s", self.paused_ns / 1e9, "s", "beam off on request; a part of the dead time")
        self._journal.quality(
            "flux_out_of_range_s", self._flux.out_of_range_ns / 1e9, "s", "averaged flux out of the range of [flux]"
        )

    def _switch_off(self) -> None:
        """Switch the beam off, once more if the connection broke over it."""
        self._surroundings.beam_off()
        try:
            self._control.switch_off()
        except InstrumentError:
            if not self._control.lost:
                raise
            self._control.heal(said=self._said)
            self._control.switch_off()
