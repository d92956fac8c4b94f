"""The table of orbit files that says behind which shield a device flies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from radtest.analysis.material import MATERIALS, Material, material_named, parse_layers
from radtest.analysis.shield_paths import (
    LARGEST_PATH_G_CM2,
    ShieldPath,
    mean_thickness_g_cm2,
    read_shield_distribution,
    slab_paths,
)
from radtest.core.configuration import ConfigurationModel
from radtest.core.errors import ConfigurationError

__all__ = ["ShieldLayerConfiguration", "ShieldingConfiguration"]


class ShieldLayerConfiguration(ConfigurationModel):
    """A layer of a shield.

    Parameters
    ----------
    material : str
        Its material, by a name that `material_named` knows.
    mm, g_cm2 : float
        Its thickness, in one of both.
    """

    material: str
    mm: Annotated[float, Field(gt=0)] | None = None
    g_cm2: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> ShieldLayerConfiguration:
        if (self.mm is None) == (self.g_cm2 is None):
            raise ValueError("give the thickness as mm or as g_cm2")
        material_named(self.material)
        return self

    @property
    def layer(self) -> tuple[Material, float]:
        """Material and thickness, g/cm²."""
        material = material_named(self.material)
        if self.g_cm2 is not None:
            return material, self.g_cm2
        return material, float(self.mm or 0.0) / 10.0 * material.density_g_cm3


class ShieldingConfiguration(ConfigurationModel):
    """What is around the device, in one of these ways.

    Parameters
    ----------
    aluminium_mm, aluminium_g_cm2 : float
        Aluminium.
    layers : list of ShieldLayerConfiguration
        Layers of materials, from the outside to the inside; or a string as `parse_layers` takes it.
    distribution : Path
        CSV of thicknesses of aluminium over shares of the directions: `read_shield_distribution`. A relative path
        starts in the folder of the orbit file.
    shape : str
        ``sphere``: the same in all directions. ``slab``: a wide wall on both sides of the device, thicker along slanted
        ways. Not with `distribution`.
    fragments : bool
        Whether fragments of ions that break up in the shield are followed.
    """

    aluminium_mm: Annotated[float, Field(ge=0)] | None = None
    aluminium_g_cm2: Annotated[float, Field(ge=0, le=LARGEST_PATH_G_CM2)] | None = None
    layers: tuple[ShieldLayerConfiguration, ...] | None = None
    distribution: Path | None = None
    shape: Literal["sphere", "slab"] | None = None
    fragments: bool = True

    @field_validator("layers", mode="before")
    @classmethod
    def _in_one_string(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return tuple({"material": one.material.name, "mm": one.thickness_um / 1e3} for one in parse_layers(value))
        except ConfigurationError as error:
            raise ValueError(str(error)) from None

    @field_validator("distribution", mode="after")
    @classmethod
    def _from_the_folder(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        folder = (info.context or {}).get("folder") if isinstance(info.context, dict) else None
        return value if value is None or folder is None else Path(folder) / value

    @model_validator(mode="after")
    def _one_form(self) -> ShieldingConfiguration:
        given = [self.aluminium_mm, self.aluminium_g_cm2, self.layers, self.distribution]
        if sum(value is not None for value in given) != 1:
            raise ValueError("give one of aluminium_mm, aluminium_g_cm2, layers and distribution")
        if self.layers is not None and not self.layers:
            raise ValueError("layers is empty; for no shield give aluminium_mm = 0")
        if self.distribution is not None:
            if self.shape is not None:
                raise ValueError("shape belongs to aluminium and layers; a distribution has a shape of its own")
            try:
                read_shield_distribution(self.distribution)
            except ConfigurationError as error:
                raise ValueError(str(error)) from None
        elif self.thickness_g_cm2 > LARGEST_PATH_G_CM2:
            raise ValueError(
                f"{self.thickness_g_cm2:g} g/cm² is more than the transport is good for, {LARGEST_PATH_G_CM2:g} g/cm²"
            )
        return self

    @property
    def stack(self) -> tuple[tuple[Material, float], ...]:
        """Layers across the wall, with thickness in g/cm²; empty for a distribution."""
        if self.layers is not None:
            return tuple(item.layer for item in self.layers)
        aluminium = MATERIALS["Al"]
        if self.aluminium_g_cm2 is not None:
            thickness = self.aluminium_g_cm2
        else:
            thickness = float(self.aluminium_mm or 0.0) / 10.0 * aluminium.density_g_cm3
        return ((aluminium, thickness),) if thickness > 0 else ()

    @property
    def paths(self) -> tuple[ShieldPath, ...]:
        """The ways through the shield."""
        if self.distribution is not None:
            return read_shield_distribution(self.distribution)
        if self.shape == "slab":
            return slab_paths(self.stack)
        return (ShieldPath(1.0, self.stack),)

    @property
    def thickness_g_cm2(self) -> float:
        """Thickness across the wall, g/cm²; of a distribution, the mean over the directions."""
        if self.distribution is not None:
            return mean_thickness_g_cm2(self.paths)
        return sum(thickness for _, thickness in self.stack)

    @property
    def summary(self) -> str:
        """What it is, in words."""
        if self.distribution is not None:
            return (
                f"{len(self.paths)} thicknesses of aluminium over the directions, "
                f"{self.thickness_g_cm2:.4g} g/cm² in the mean ({self.distribution.name})"
            )
        what = ", ".join(f"{thickness:.4g} g/cm² of {_spelt(material)}" for material, thickness in self.stack)
        where = "as a wide wall on both sides" if self.shape == "slab" else "in all directions"
        return f"{what} {where}" if what else "no shield"


def _spelt(material: Material) -> str:
    return "aluminium" if material.name == "Al" else material.name
