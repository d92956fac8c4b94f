"""Materials that a beam crosses on its way to the die, and layers of them."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass

from radtest.core.errors import ConfigurationError

__all__ = ["MATERIALS", "Layer", "Material", "material_named", "parse_layers"]


@dataclass(frozen=True, slots=True)
class Material:
    """A material.

    Parameters
    ----------
    name : str
        Its name here.
    density_g_cm3 : float
        Density, g/cm³.
    atoms : tuple of (symbol, amount)
        Elements, and atoms of each in a formula unit.
    note : str
        What the density belongs to, where that matters.
    """

    name: str
    density_g_cm3: float
    atoms: tuple[tuple[str, float], ...]
    note: str = ""


MATERIALS = {
    material.name: material
    for material in (
        Material("Si", 2.329, (("Si", 1),)),
        Material("SiO2", 2.20, (("Si", 1), ("O", 2)), "amorphous, grown or deposited"),
        Material("Si3N4", 3.1, (("Si", 3), ("N", 4)), "dense; deposited by plasma 2.5 to 3"),
        Material("Ge", 5.323, (("Ge", 1),)),
        Material("GaAs", 5.317, (("Ga", 1), ("As", 1))),
        Material("GaN", 6.15, (("Ga", 1), ("N", 1))),
        Material("SiC", 3.21, (("Si", 1), ("C", 1))),
        Material("Al", 2.699, (("Al", 1),)),
        Material("Cu", 8.96, (("Cu", 1),)),
        Material("Au", 19.32, (("Au", 1),)),
        Material("Ti", 4.54, (("Ti", 1),)),
        Material("W", 19.3, (("W", 1),)),
        Material("Be", 1.848, (("Be", 1),)),
        Material("Mg", 1.74, (("Mg", 1),)),
        Material("Fe", 7.874, (("Fe", 1),)),
        Material("Ni", 8.902, (("Ni", 1),)),
        Material("Mo", 10.22, (("Mo", 1),)),
        Material("Ta", 16.654, (("Ta", 1),)),
        Material("Pb", 11.35, (("Pb", 1),)),
        Material("air", 1.205e-3, (("N", 1.5618), ("O", 0.4190), ("Ar", 0.0093)), "dry, 20 °C, 1013 hPa"),
        Material("kapton", 1.42, (("C", 22), ("H", 10), ("N", 2), ("O", 5)), "polyimide PMDA-ODA"),
        Material("mylar", 1.40, (("C", 10), ("H", 8), ("O", 4)), "PET"),
        Material("aramica", 1.50, (("C", 14), ("H", 10), ("N", 2), ("O", 2)), "aramid foil; the makers give 1.5"),
        Material("polyethylene", 0.94, (("C", 1), ("H", 2))),
        Material("water", 0.998, (("H", 2), ("O", 1))),
    )
}
"""The materials known by name."""

_OTHER_NAMES = {
    "silicon": "Si",
    "oxide": "SiO2",
    "passivation": "Si3N4",
    "nitride": "Si3N4",
    "aluminium": "Al",
    "aluminum": "Al",
    "copper": "Cu",
    "gold": "Au",
    "titanium": "Ti",
    "tungsten": "W",
    "beryllium": "Be",
    "magnesium": "Mg",
    "iron": "Fe",
    "nickel": "Ni",
    "molybdenum": "Mo",
    "tantalum": "Ta",
    "lead": "Pb",
    "polyimide": "kapton",
    "pet": "mylar",
    "aramid": "aramica",
}


def material_named(name: str) -> Material:
    """Return a material by its name or one of its other names, in upper or lower case.

    Raises
    ------
    ConfigurationError
        If there is none of that name.
    """
    wanted = name.strip().lower()
    wanted = _OTHER_NAMES.get(wanted, wanted)
    for material in MATERIALS.values():
        if material.name.lower() == wanted.lower():
            return material
    near = difflib.get_close_matches(wanted, [*_OTHER_NAMES, *(key.lower() for key in MATERIALS)], n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    raise ConfigurationError(
        f"material {name!r}: unknown{hint} Legal: {', '.join(MATERIALS)}; also {', '.join(_OTHER_NAMES)}"
    )


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer that the beam crosses.

    Parameters
    ----------
    material : Material
        Of what.
    thickness_um : float
        Along the beam, µm; above 0.
    name : str
        What people call it: window, air gap, passivation.

    Raises
    ------
    ConfigurationError
        If the thickness is not a number above 0.
    """

    material: Material
    thickness_um: float
    name: str = ""

    def __post_init__(self) -> None:
        if not (self.thickness_um > 0 and math.isfinite(self.thickness_um)):
            raise ConfigurationError(
                f"layer {self.label}: thickness {self.thickness_um:g} µm", remedy="give a thickness above 0, in µm."
            )

    @property
    def label(self) -> str:
        """The name, or else the material."""
        return self.name or self.material.name


_UNITS_UM = {"nm": 1e-3, "um": 1.0, "µm": 1.0, "μm": 1.0, "mm": 1e3, "cm": 1e4}


def parse_layers(text: str) -> tuple[Layer, ...]:
    """Read layers as they are given on the command line, in the order in which the beam crosses them.

    Parameters
    ----------
    text : str
        ``aramica:25.4,air:40mm,passivation:2``; µm unless ``nm``, ``mm`` or ``cm`` follows.

    Raises
    ------
    ConfigurationError
        If an entry is not a material and a thickness.
    """
    layers = []
    for entry in text.split(","):
        name, colon, amount = entry.strip().partition(":")
        unit = next((key for key in _UNITS_UM if amount.strip().lower().endswith(key)), "")
        number = amount.strip()[: len(amount.strip()) - len(unit)]
        try:
            thickness = float(number) * _UNITS_UM.get(unit, 1.0)
        except ValueError:
            thickness = math.nan
        if not colon or math.isnan(thickness):
            raise ConfigurationError(
                f"layer {entry.strip()!r}: is not a material and a thickness",
                remedy="write MATERIAL:THICKNESS, as in kapton:25,air:40mm,SiO2:8 (µm where no unit is given).",
            )
        layers.append(Layer(material_named(name), thickness))
    return tuple(layers)
