"""Stopping powers and ranges from ATIMA. The only module that imports pycatima, an optional extra.

pycatima states no licence on PyPI, and its C++ parent is copyleft: nothing else may depend on it.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import metadata
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.ion import ELEMENTS, Ion
from radtest.analysis.material import Material
from radtest.core.errors import ConfigurationError, ToolMissingError

__all__ = [
    "EFFECTIVE_CHARGES",
    "EffectiveCharge",
    "atima_version",
    "range_g_cm2",
    "stopping_power",
]

Array = NDArray[np.float64]
EffectiveCharge = Literal["pierce-blann", "anthony-lanford", "hubert", "winger", "schiwietz"]
EFFECTIVE_CHARGES: tuple[EffectiveCharge, ...] = get_args(EffectiveCharge)
"""Parameterisations of the effective charge above 10 MeV/u. pycatima has others, ``atima14``, ``cglobal`` and
``none``, which are not offered: against published cocktails they are wrong by up to a third."""

_MEMBERS = {
    "pierce-blann": "pierce_blann",
    "anthony-lanford": "anthony_landorf",
    "hubert": "hubert",
    "winger": "winger",
    "schiwietz": "schiwietz",
}


def atima_version() -> str:
    """Return the version of pycatima."""
    _import()
    return metadata.version("pycatima")


def stopping_power(ion: Ion, energy_mev_u: Array, material: Material, charge: EffectiveCharge) -> Array:
    """Return stopping powers, MeV·cm²/mg, at energies in MeV/u."""
    catima, target, config = _parts(material, charge)
    answers = [catima.dedx(_projectile(catima, ion, energy), target, config) for energy in energy_mev_u]
    return np.array(answers, dtype=np.float64) / 1e3


def range_g_cm2(ion: Ion, energy_mev_u: Array, material: Material, charge: EffectiveCharge) -> Array:
    """Return ranges along the track, g/cm², at energies in MeV/u."""
    catima, target, config = _parts(material, charge)
    answers = [catima.range(_projectile(catima, ion, energy), target, config) for energy in energy_mev_u]
    return np.array(answers, dtype=np.float64)


def _projectile(catima: Any, ion: Ion, energy_mev_u: float) -> Any:
    return catima.Projectile(ion.mass_number, ion.atomic_number, 0, float(energy_mev_u))


@lru_cache(maxsize=256)
def _parts(material: Material, charge: EffectiveCharge) -> tuple[Any, Any, Any]:
    catima = _import()
    if charge not in _MEMBERS:
        raise ConfigurationError(f"effective charge {charge!r}: legal: {', '.join(EFFECTIVE_CHARGES)}")
    config = catima.Config()
    config.z_effective = getattr(catima.z_eff_type, _MEMBERS[charge])
    numbers = [ELEMENTS.index(symbol) + 1 for symbol, _ in material.atoms]
    weights = [float(catima.get_material(number).molar_mass()) for number in numbers]
    amounts = [amount for _, amount in material.atoms]
    elements = [list(part) for part in zip(weights, numbers, amounts, strict=True)]
    return catima, catima.Material(elements, material.density_g_cm3), config


def _import() -> Any:
    try:
        import pycatima  # noqa: PLC0415 (optional)
    except ImportError:
        raise ToolMissingError(
            "LET and range of an ion need pycatima, which is not installed",
            remedy="pip install 'radtest[stopping]'",
        ) from None
    return pycatima
