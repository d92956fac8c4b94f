"""What a campaign file says of its dosimetry: calibration, dead time, distances, and which flux is in range."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from radtest.campaign.dosimetry import Calibration, DeadTime, DeadTimeModel, Geometry
from radtest.core.configuration import ConfigurationModel

__all__ = ["DeadTimeSection", "DistanceSection", "DosimetryModel", "FluxModel"]

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


class DeadTimeSection(ConfigurationModel):
    """Dead time of the counter after each pulse, s, and how it behaves.

    `duty` is the share of the time in which a pulsed beam comes: within its spills the rate is higher than the mean.
    """

    tau_s: Annotated[float, Field(gt=0, le=1)]
    sigma_s: NotNegative = 0.0
    model: Literal["non_paralysable", "paralysable"] = "non_paralysable"
    duty: Annotated[float, Field(gt=0, le=1)] = 1.0

    @property
    def dead_time(self) -> DeadTime:
        """The dead time in the words of dosimetry."""
        return DeadTime(self.tau_s, DeadTimeModel(self.model), self.sigma_s)


class DistanceSection(ConfigurationModel):
    """Distances of dosimeter and device from a point-like source, m; `device_sigma_m` is one standard deviation."""

    dosimeter_m: Positive
    device_m: Positive
    device_sigma_m: NotNegative = 0.0

    @property
    def geometry(self) -> Geometry:
        """From the dosimeter to the device, in the words of dosimetry."""
        return Geometry(self.dosimeter_m, self.device_m, self.device_sigma_m)


class DosimetryModel(ConfigurationModel):
    """How pulses of the counter become fluence: counts / (area × efficiency), once they are corrected for dead time.

    `relative_uncertainty` is that of area × efficiency, one standard deviation. A counter that stands still for
    `beam_off_s`, and for longer than chance allows, says that there is no beam.
    """

    area_cm2: Positive
    efficiency: Annotated[float, Field(gt=0, le=1)]
    relative_uncertainty: Annotated[float, Field(ge=0, lt=1)] = 0.0
    period_s: Annotated[float, Field(gt=0, le=60)] = 1.0
    beam_off_s: Annotated[float, Field(gt=0, le=3600)] = 5.0
    dead_time: DeadTimeSection | None = None
    distance: DistanceSection | None = None

    def fluence_cm2(self, pulses: float) -> float:
        """Return the fluence at the device that belongs to a number of pulses, cm⁻²."""
        return pulses * self.calibration.per_count_cm2

    @property
    def calibration(self) -> Calibration:
        """What a pulse stands for at the device, with its uncertainty."""
        geometry = Geometry() if self.distance is None else self.distance.geometry
        return Calibration(
            geometry.factor / (self.area_cm2 * self.efficiency),
            math.hypot(self.relative_uncertainty, geometry.relative_sigma),
            "campaign file",
        )


class FluxModel(ConfigurationModel):
    """Which flux is in range, as multiples of the one requested; averaged over `average_s`.

    A run whose flux stays out of range for longer than `patience_s` ends by itself.
    """

    lowest: Annotated[float, Field(ge=0, lt=1)] = 0.2
    highest: Annotated[float, Field(gt=1)] = 5.0
    average_s: Annotated[float, Field(ge=1, le=3600)] = 10.0
    patience_s: Annotated[float, Field(gt=0)] = 300.0
