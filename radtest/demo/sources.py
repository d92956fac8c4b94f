"""What the demonstration works on: designs and sample files of the source tree."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from radtest.core.errors import ConfigurationError

__all__ = ["DemoSources", "find_sources"]


@dataclass(frozen=True, slots=True)
class DemoSources:
    """The files the demonstration starts from.

    Parameters
    ----------
    injection : Path
        Campaign file of the RTL leg.
    beam : Path
        Campaign file of the beam leg.
    station : Path
        Description of the simulated station; only its path is handed on, to the station itself.
    orbit : Path
        Orbit file.
    payload : Path
        Template of the payload file.
    """

    injection: Path
    beam: Path
    station: Path
    orbit: Path
    payload: Path


def find_sources(root: str | Path) -> DemoSources:
    """Return the sources below the root of a source tree.

    Raises
    ------
    ConfigurationError
        If a file is not there.
    """
    root = Path(root)
    sources = DemoSources(
        injection=root / "hdl_tests" / "picorv32_soc" / "picorv32_soc.toml",
        beam=root / "fixtures" / "campaigns" / "heavy_ion.toml",
        station=root / "fixtures" / "stations" / "heavy_ion.toml",
        orbit=root / "fixtures" / "orbits" / "sun_synchronous_550km.toml",
        payload=root / "fixtures" / "payloads" / "demo.toml.template",
    )
    for path in (sources.injection, sources.beam, sources.station, sources.orbit, sources.payload):
        if not path.is_file():
            raise ConfigurationError(
                f"{path}: no such file; the demonstration works on designs and sample files of the source tree",
                remedy="run it in the root of radtest's source tree, or name that with --source.",
            )
    return sources
