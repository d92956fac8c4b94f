"""Which panel plays which instrument of a station's file."""

from __future__ import annotations

from collections.abc import Callable

from radtest.instruments.station.line_panels import ChamberPanel, HeadPanel, OutletsPanel
from radtest.instruments.station.mains import Outlet
from radtest.instruments.station.meter_panels import MultimeterPanel, ScannerPanel
from radtest.instruments.station.motion_panels import ESP301Panel, GCS2Panel
from radtest.instruments.station.scope_panels import InfiniiVisionPanel, RigolScopePanel
from radtest.instruments.station.server import Answers
from radtest.instruments.station.surroundings_configuration import (
    ChamberModel,
    HeadModel,
    InstrumentModel,
    MeterModel,
    MotionModel,
    OutletsModel,
    ScannerModel,
    ScopeModel,
)
from radtest.instruments.station.world import World

__all__ = ["make_panels"]


def make_panels(world: World) -> dict[str, Callable[[], Answers]]:
    """Return what answers on the port of each further instrument, by its name; called once per connection."""
    return {model.name: _panel(world, model) for model in world.configuration.instruments}


def _panel(world: World, model: InstrumentModel) -> Callable[[], Answers]:
    if isinstance(model, OutletsModel):
        outlets = {
            number: Outlet(model.feeds.get(number, ""), stuck=number in model.stuck, welded=number in model.welded)
            for number in range(1, 5)
        }
        world.surroundings.mains.outlets += outlets.values()
        strip = model
        return lambda: OutletsPanel(world, strip, outlets)
    panel: Answers
    match model:
        case MeterModel():
            panel = MultimeterPanel(world, model)
        case ScannerModel():
            panel = ScannerPanel(world, model)
        case ScopeModel(kind="keysight-infiniivision"):
            panel = InfiniiVisionPanel(world, model)
        case ScopeModel():
            panel = RigolScopePanel(world, model)
        case HeadModel():
            panel = HeadPanel(world, model)
        case ChamberModel():
            panel = ChamberPanel(world, model)
        case MotionModel(kind="newport-esp301"):
            panel = ESP301Panel(world, model)
        case MotionModel():
            panel = GCS2Panel(world, model)
    return lambda: panel
