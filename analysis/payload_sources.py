"""The files and the parameters that a payload estimate rests on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from radtest.analysis.device_rate import MODEL_FACTOR
from radtest.analysis.payload_configuration import PayloadConfiguration
from radtest.analysis.provenance import DEFAULT, InputFile, Parameter, input_file, parameters_of

__all__ = ["payload_files", "payload_parameters"]

_DATA = ("points", "fit", "distribution")


def payload_files(path: str | Path, configuration: PayloadConfiguration) -> tuple[InputFile, ...]:
    """Return the files that a payload file names, itself first, each with its digest.

    Parameters
    ----------
    path : str or Path
        The payload file.
    configuration : PayloadConfiguration
        What was read from it.

    Raises
    ------
    ConfigurationError
        If one cannot be read.
    """
    path = Path(path)
    folder, environment = path.parent, configuration.environment
    found = [input_file("payload", path)]
    if configuration.device is not None:
        found.append(input_file("device", folder / configuration.device))
    device, device_folder = configuration.device_of_chip(folder)
    found.extend(_data(device, device_folder, ""))
    if environment.orbit is not None:
        file = folder / environment.orbit
        found.append(input_file("environment.orbit", file))
        flight = environment.flight(folder)
        if flight is not None:
            found.extend(_data(flight, file.parent, ""))
    for name in ("let_spectrum", "protons"):
        named = getattr(environment, name)
        if named is not None:
            found.append(input_file(f"environment.{name}", folder / named))
    return tuple(found)


def _data(model: BaseModel, folder: Path, prefix: str) -> Iterator[InputFile]:
    """Yield the files of data that a model names, in its tables too."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _data(value, folder, f"{prefix}{name}.")
        elif name in _DATA and isinstance(value, str):
            yield input_file(f"{prefix}{name}", folder / value)


def payload_parameters(path: str | Path, configuration: PayloadConfiguration) -> tuple[Parameter, ...]:
    """Return every parameter of a payload estimate with its origin.

    Parameters
    ----------
    path : str or Path
        The payload file.
    configuration : PayloadConfiguration
        What was read from it.

    Returns
    -------
    tuple of Parameter
        Those of the payload file by their keys; those of a device file after ``device.``, of an orbit file after
        ``environment.orbit.``.
    """
    path = Path(path)
    found = list(parameters_of(configuration, str(path)))
    device, _ = configuration.device_of_chip(path.parent)
    flight = configuration.environment.flight(path.parent)
    if configuration.device is not None:
        found.extend(parameters_of(device, str(path.parent / configuration.device), "device."))
    if flight is not None:
        file = path.parent / str(configuration.environment.orbit)
        found.extend(parameters_of(flight, str(file), "environment.orbit."))
        if configuration.orbit.altitude_km is None:
            found.append(Parameter("orbit.altitude_km", configuration.heat_altitude_km(flight), str(file)))
    if configuration.chip.bits is None and device.bits is not None:
        found.append(Parameter("chip.bits", device.bits, str(path.parent / str(configuration.device))))
    if device.model.uncertainty_factor is None:
        prefix = "" if configuration.device is None else "device."
        found.append(Parameter(f"{prefix}model.uncertainty_factor", MODEL_FACTOR, DEFAULT))
    return tuple(found)
