"""File names of runs: made for people who look into a folder."""

from __future__ import annotations

import re

from radtest.core import Beam, RunHeader

__all__ = ["journal_name", "record_name"]

_PART_LENGTH = 60


def record_name(header: RunHeader) -> str:
    """Return the name of the sealed file of a run.

    Parameters
    ----------
    header : RunHeader
        The run.

    Returns
    -------
    str
        ``run0012_Kr_1226MeV_tilt00_DUT-A3.h5`` for a beam, ``run0001_icarus_picorv32_soc_seed42.h5`` for a simulation.

    Notes
    -----
    Characters that file systems or shells dislike become ``-``, and a part longer than 60 characters is cut: the name
    is a label, the file's content is the truth.
    """
    return _stem(header) + ".h5"


def journal_name(header: RunHeader) -> str:
    """Return the name of the journal of a run: that of the sealed file, ending in ``.journal``."""
    return _stem(header) + ".journal"


def _stem(header: RunHeader) -> str:
    source, device = header.source, header.device
    parts = [f"run{header.run_number:04d}"]
    if isinstance(source, Beam):
        parts += [_part(source.particle), f"{source.energy_mev:.6g}MeV", f"tilt{_angle(source.tilt_deg)}"]
        if source.roll_deg:
            parts.append(f"roll{_angle(source.roll_deg)}")
        name = _part(device.serial or device.part)
        parts.append(name if name.upper().startswith("DUT") else f"DUT-{name}")
    else:
        parts += [_part(source.simulator), _part(source.top), f"seed{source.seed}"]
    return "_".join(parts)


def _part(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.+_-]+", "-", text).strip(".-")[:_PART_LENGTH] or "unnamed"


def _angle(degrees: float) -> str:
    return f"{degrees:02.0f}" if degrees == round(degrees) else f"{degrees:04.1f}"
