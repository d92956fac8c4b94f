"""Abundances of the elements in the solar system."""

from __future__ import annotations

from radtest.analysis.ion import ELEMENTS

__all__ = ["SOLAR_SYSTEM_ABUNDANCE", "abundance_to_iron"]

SOLAR_SYSTEM_ABUNDANCE = {
    "H": 12.00, "He": 10.93, "C": 8.43, "N": 7.83, "O": 8.69, "F": 4.42, "Ne": 7.93, "Na": 6.27, "Mg": 7.53, "Al":
    6.43, "Si": 7.51, "P": 5.43, "S": 7.15, "Cl": 5.23, "Ar": 6.40, "K": 5.08, "Ca": 6.29, "Sc": 3.05, "Ti": 4.91,
    "V": 3.96, "Cr": 5.64, "Mn": 5.48, "Fe": 7.45, "Co": 4.87, "Ni": 6.20, "Cu": 4.25, "Zn": 4.63, "Ga": 3.08, "Ge":
    3.58, "As": 2.30, "Se": 3.34, "Br": 2.54, "Kr": 3.25, "Rb": 2.36, "Sr": 2.88, "Y": 2.17, "Zr": 2.53, "Nb": 1.41,
    "Mo": 1.94, "Ru": 1.76, "Rh": 1.06, "Pd": 1.65, "Ag": 1.20, "Cd": 1.71, "In": 0.76, "Sn": 2.07, "Sb": 1.01, "Te":
    2.18, "I": 1.55, "Xe": 2.24, "Cs": 1.08, "Ba": 2.18, "La": 1.17, "Ce": 1.58, "Pr": 0.76, "Nd": 1.45, "Sm": 0.94,
    "Eu": 0.51, "Gd": 1.05, "Tb": 0.32, "Dy": 1.13, "Ho": 0.47, "Er": 0.92, "Tm": 0.12, "Yb": 0.92, "Lu": 0.09, "Hf":
    0.71, "Ta": -0.12, "W": 0.65, "Re": 0.26, "Os": 1.35, "Ir": 1.32, "Pt": 1.62, "Au": 0.80, "Hg": 1.17, "Tl": 0.77,
    "Pb": 2.04, "Bi": 0.65, "Th": 0.06, "U": -0.54,
}  # fmt: skip
"""Log of the abundance by number, hydrogen 12: meteorites, and the photosphere for what they do not keep. After
M. Asplund, N. Grevesse, A. J. Sauval and P. Scott, Annu. Rev. Astron. Astrophys. 47, 481 (2009)."""


def abundance_to_iron(atomic_number: int) -> float:
    """Return the abundance of an element by number relative to iron; 0 for those without a lasting isotope."""
    symbol = ELEMENTS[atomic_number - 1]
    if symbol not in SOLAR_SYSTEM_ABUNDANCE:
        return 0.0
    return float(10.0 ** (SOLAR_SYSTEM_ABUNDANCE[symbol] - SOLAR_SYSTEM_ABUNDANCE["Fe"]))
