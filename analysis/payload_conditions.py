"""The radiation of a payload file: given spectra, or an orbit file, quiet and in a solar event."""

from __future__ import annotations

from pathlib import Path

from pydantic import model_validator

from radtest.analysis.orbit_configuration import OrbitConfiguration, SolarConfiguration, SolarEvent
from radtest.analysis.payload import Condition
from radtest.analysis.proton_spectrum import read_proton_spectrum
from radtest.analysis.rate_environment import EVENT_DURATION_S, RateEnvironment, rate_environment
from radtest.analysis.spectrum_file import read_let_spectrum
from radtest.core.configuration import ConfigurationModel, naming, read_configuration
from radtest.core.errors import ConfigurationError

__all__ = ["EnvironmentConfiguration"]

_NO_EVENT = "solar_maximum_mean"


class EnvironmentConfiguration(ConfigurationModel):
    """The radiation behind the shielding of the payload; files are relative to the file that names them.

    Parameters
    ----------
    let_spectrum : str, optional
        LET spectrum behind the shielding, CSV.
    protons : str, optional
        Protons by energy there, CSV, with `let_spectrum`.
    orbit : str, optional
        Orbit file instead. A solar event in it is kept apart from what is always there.
    event : str, optional
        Solar event to estimate beside the quiet orbit, where the orbit file names none.
    """

    let_spectrum: str | None = None
    protons: str | None = None
    orbit: str | None = None
    event: SolarEvent | None = None

    @model_validator(mode="after")
    def _one_form(self) -> EnvironmentConfiguration:
        if (self.let_spectrum is None) == (self.orbit is None):
            raise ValueError("give one of let_spectrum = 'FILE.csv' and orbit = 'ORBIT.toml'")
        if self.orbit is None and self.event is not None:
            raise ValueError("event needs orbit: a LET spectrum is what it is")
        if self.orbit is not None and self.protons is not None:
            raise ValueError("protons go with let_spectrum: an orbit brings its own")
        if self.event == _NO_EVENT:
            raise ValueError(f"event = {_NO_EVENT!r} is no event but a mean: give it in [solar] of the orbit file")
        return self

    def flight(self, folder: Path) -> OrbitConfiguration | None:
        """Return the orbit file, if one is named; `folder` is where relative paths start."""
        return None if self.orbit is None else read_configuration(folder / self.orbit, OrbitConfiguration)[0]

    def conditions(self, folder: Path) -> tuple[Condition, ...]:
        """Return the environments: what is always there, then the event.

        Parameters
        ----------
        folder : Path
            Where relative paths start.

        Raises
        ------
        ConfigurationError
            If a file cannot be used, or the payload and the orbit file name different events.
        ToolMissingError
            If an optional package is not installed.
        """
        flight = self.flight(folder)
        if flight is None:
            protons = None if self.protons is None else read_proton_spectrum(folder / self.protons)
            return (
                Condition("spectrum", RateEnvironment(read_let_spectrum(folder / str(self.let_spectrum)), protons)),
            )
        with naming(folder / str(self.orbit)):
            return self._in_orbit(flight)

    def _in_orbit(self, flight: OrbitConfiguration) -> tuple[Condition, ...]:
        own = None if flight.solar is None or flight.solar.event == _NO_EVENT else flight.solar.event
        if own is not None and self.event is not None and own != self.event:
            raise ConfigurationError(
                f"its [solar] event is {own}, that of the payload {self.event}",
                remedy="name the event in one of the two.",
            )
        event = self.event or own
        quiet = flight if own is None else flight.model_copy(update={"solar": None})
        found = []
        if event is None or quiet.gcr is not None or quiet.solar is not None or quiet.trapped is not None:
            found.append(Condition("quiet", rate_environment(quiet)))
        if event is not None:
            stormy = flight.model_copy(update={"solar": SolarConfiguration(event=event)})
            found.append(Condition(event, rate_environment(stormy), EVENT_DURATION_S.get(event)))
        return tuple(found)
