"""Names, units and NeXus attributes of a sealed file, shared by its writer and its reader."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import h5py
import numpy as np

from radtest.core import Beam, Device, RecordError, Simulation, SourceKind

__all__ = [
    "BEAM_FIELDS",
    "DEVICE_FIELDS",
    "SIMULATION_FIELDS",
    "SOURCE_FIELDS",
    "Field",
    "attribute_text",
    "from_iso",
    "make_group",
    "needed_scalar",
    "read_fields",
    "read_scalar",
    "to_iso",
    "write_fields",
    "write_scalar",
]


@dataclass(frozen=True, slots=True)
class Field:
    """An attribute of a value type, its name in the file and its unit."""

    attribute: str
    name: str
    unit: str = ""


BEAM_FIELDS = (
    Field("particle", "particle"),
    Field("mass_number", "mass_number"),
    Field("energy_mev", "energy", "MeV"),
    Field("let_mev_cm2_mg", "let", "MeV.cm2/mg"),
    Field("range_um", "range", "um"),
    Field("let_source", "let_source"),
    Field("tilt_deg", "tilt", "deg"),
    Field("roll_deg", "roll", "deg"),
    Field("flux_cm2_s", "flux", "1/cm2/s"),
)
SIMULATION_FIELDS = (
    Field("simulator", "simulator"),
    Field("simulator_version", "simulator_version"),
    Field("top", "top"),
    Field("design_sha256", "design_sha256"),
    Field("test", "test"),
    Field("seed", "seed"),
    Field("clock_period_ps", "clock_period", "ps"),
    Field("golden_cycles", "golden_cycles"),
    Field("strategy", "strategy"),
    Field("overrides", "overrides"),
    Field("bench_sha256", "bench_sha256"),
    Field("golden_sha256", "golden_sha256"),
    Field("sampling", "sampling"),
)
DEVICE_FIELDS = (
    Field("part", "part"),
    Field("lot_date_code", "lot_date_code"),
    Field("serial", "serial"),
    Field("board", "board"),
    Field("firmware", "firmware"),
    Field("pattern", "pattern"),
    Field("bias", "bias"),
    Field("bits", "bits"),
    Field("temperature_k", "temperature", "K"),
    Field("manufacturer", "manufacturer"),
    Field("technology", "technology"),
    Field("package", "package"),
)
SOURCE_FIELDS: dict[SourceKind, tuple[type[Beam | Simulation], tuple[Field, ...]]] = {
    SourceKind.BEAM: (Beam, BEAM_FIELDS),
    SourceKind.RTL: (Simulation, SIMULATION_FIELDS),
}
"""How each kind of source is written: its type and its fields."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z")


def to_iso(time_ns: int) -> str:
    """Return a time (ns since 1970-01-01 UTC) as ISO 8601 text with nine decimals, which is exact."""
    seconds, rest = divmod(time_ns, 10**9)
    return f"{(_EPOCH + timedelta(seconds=seconds)).strftime('%Y-%m-%dT%H:%M:%S')}.{rest:09d}Z"


def from_iso(text: str) -> int:
    """Return the time written by `to_iso`, ns since 1970-01-01 UTC."""
    match = _ISO.fullmatch(text)
    if match is None:
        raise RecordError(f"{text!r}: not a time; legal is 2026-01-31T12:00:00.000000000Z")
    moment = datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(seconds=1) * 10**9 + int(match[2])


def make_group(parent: h5py.Group, name: str, nx_class: str, **attributes: str) -> h5py.Group:
    """Make a group of a NeXus class, with further attributes of text."""
    group = parent.create_group(name)
    group.attrs["NX_class"] = nx_class
    for key, value in attributes.items():
        group.attrs[key] = value
    return group


def write_scalar(group: h5py.Group, name: str, value: str | bool | int | float, unit: str = "") -> None:
    """Write one value as a scalar dataset: text at its exact width in UTF-8, whole numbers in 64 bits."""
    if isinstance(value, str):
        encoded = value.encode()
        data: Any = np.array(encoded, dtype=h5py.string_dtype("utf-8", max(1, len(encoded))))
    elif isinstance(value, bool):
        data = np.bool_(value)
    elif isinstance(value, int):
        data = np.array(value, dtype="<i8")
    else:
        data = np.array(value, dtype="<f8")
    group.create_dataset(name, data=data)
    if unit:
        group[name].attrs["units"] = unit


def read_scalar(group: h5py.Group, name: str) -> Any:
    """Return a scalar dataset as str, bool, int or float; None if it is absent."""
    if name not in group:
        return None
    value = group[name][()]
    return value.decode() if isinstance(value, bytes) else value.item()


def write_fields(group: h5py.Group, value: Beam | Simulation | Device, fields: tuple[Field, ...]) -> None:
    """Write the attributes of `value`; what is None is left out."""
    types = {field.name: str(field.type) for field in dataclasses.fields(value)}
    for field in fields:
        content = getattr(value, field.attribute)
        if content is None:
            continue
        # A whole number given for a float must not change the type in the file.
        content = float(content) if types[field.attribute].startswith("float") else content
        write_scalar(group, field.name, content, field.unit)


def read_fields(group: h5py.Group, fields: tuple[Field, ...]) -> dict[str, Any]:
    """Return the attributes that `write_fields` wrote, as arguments of the value type."""
    values = {field.attribute: read_scalar(group, field.name) for field in fields}
    return {attribute: value for attribute, value in values.items() if value is not None}


def needed_scalar(group: h5py.Group, name: str) -> Any:
    """Return a scalar dataset as `read_scalar` does; raise KeyError if it is absent."""
    value = read_scalar(group, name)
    if value is None:
        raise KeyError(f"no {name}")
    return value


def attribute_text(value: Any) -> str | None:
    """Return an attribute as text, whether it was written with fixed or variable width; None if it is no text."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else None
