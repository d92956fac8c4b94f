"""The zoomable map of a page: the cells of a picture, packed into the page, and the script that shows them."""

from __future__ import annotations

import base64
import json
import zlib
from importlib.resources import files

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from radtest.report.map_picture import PALEST, SEVERITY, MapBand, MapPicture
from radtest.report.page import Viewer
from radtest.report.style import OUTCOME_COLOURS

__all__ = ["map_viewer"]

_FULL = 31
_SHIFT = 3


def map_viewer(picture: MapPicture, still: str, caption: str) -> Viewer:
    """Return a map to zoom into, which shows its still picture where a browser runs no script.

    Parameters
    ----------
    picture : MapPicture
        The map. Each of its cells is in the page, as one byte before compression.
    still : str
        The map as SVG.
    caption : str
        What is to be seen, for readers who cannot see it as well.
    """
    about = {
        "lines": picture.severity.shape[0],
        "columns": picture.severity.shape[1],
        "bits": picture.bits,
        "cycles": picture.cycles,
        "bitsPerLine": picture.bits_per_line,
        "cyclesPerColumn": picture.cycles_per_column,
        "whole": picture.whole,
        "firstCycle": picture.first_cycle,
        "outcomes": [outcome.value for outcome in SEVERITY],
        "colours": [OUTCOME_COLOURS[outcome] for outcome in SEVERITY],
        "palest": PALEST,
        "names": picture.names,
        "registers": [_band(band) for band in picture.registers],
        "modules": [_band(band) for band in picture.modules],
    }
    shares = np.maximum(1, np.round(np.arange(256) * (_FULL / 255))).astype(np.uint8) << _SHIFT
    environment = Environment(loader=PackageLoader("radtest.report"), autoescape=True, undefined=StrictUndefined)
    environment.filters["figure"] = Markup
    html = environment.get_template("map_viewer.html").render(
        still=still,
        caption=caption,
        about=_packed(json.dumps(about).encode()),
        cells=_packed((shares[picture.worst_share] | picture.severity).tobytes()),
    )
    templates = files("radtest.report") / "templates"
    return Viewer(
        html,
        style=(templates / "map_viewer.css").read_text(encoding="utf-8"),
        script=(templates / "map_viewer.js").read_text(encoding="utf-8"),
    )


def _band(band: MapBand) -> tuple[str, int, int]:
    return band.name, band.first_bit, band.bits


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, 9)).decode()
