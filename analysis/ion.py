"""Ions: element, mass number, and how people write them."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from radtest.core.errors import ConfigurationError

__all__ = ["ELEMENTS", "Ion", "most_abundant_mass_number", "parse_ion"]

# Symbol and mass number of the most abundant isotope on Earth; 0 where no isotope is stable or primordial.
_TABLE = (
    "H1 He4 Li7 Be9 B11 C12 N14 O16 F19 Ne20 Na23 Mg24 Al27 Si28 P31 S32 Cl35 Ar40 K39 Ca40 Sc45 Ti48 V51 Cr52 Mn55 "
    "Fe56 Co59 Ni58 Cu63 Zn64 Ga69 Ge74 As75 Se80 Br79 Kr84 Rb85 Sr88 Y89 Zr90 Nb93 Mo98 Tc0 Ru102 Rh103 Pd106 Ag107 "
    "Cd114 In115 Sn120 Sb121 Te130 I127 Xe132 Cs133 Ba138 La139 Ce140 Pr141 Nd142 Pm0 Sm152 Eu153 Gd158 Tb159 Dy164 "
    "Ho165 Er166 Tm169 Yb174 Lu175 Hf180 Ta181 W184 Re187 Os192 Ir193 Pt195 Au197 Hg202 Tl205 Pb208 Bi209 Po0 At0 Rn0 "
    "Fr0 Ra0 Ac0 Th232 Pa0 U238"
)
_ISOTOPES = {match[1]: int(match[2]) for match in re.finditer(r"([A-Z][a-z]?)(\d+)", _TABLE)}
ELEMENTS = tuple(_ISOTOPES)
"""Symbols of the elements from hydrogen to uranium, in order of the atomic number."""

_NAMES = {"p": ("H", 1), "proton": ("H", 1), "d": ("H", 2), "alpha": ("He", 4)}


@dataclass(frozen=True, slots=True)
class Ion:
    """An ion species.

    Parameters
    ----------
    symbol : str
        Element, hydrogen to uranium.
    mass_number : int
        Nucleons.

    Raises
    ------
    ConfigurationError
        If there is no such element, or no nucleus of that element is near that mass number.
    """

    symbol: str
    mass_number: int

    def __post_init__(self) -> None:
        if self.symbol not in _ISOTOPES:
            raise _unknown(self.symbol)
        low, high = _mass_bounds(self.atomic_number)
        if not low <= self.mass_number <= high:
            raise ConfigurationError(
                f"mass number {self.mass_number} of {self.symbol}: no such nucleus; legal here: {low} to {high}",
                remedy="give the number of nucleons, as 84 for krypton-84, not the energy or the atomic number.",
            )

    @property
    def atomic_number(self) -> int:
        """Protons in the nucleus."""
        return ELEMENTS.index(self.symbol) + 1

    def __str__(self) -> str:
        return f"{self.mass_number}{self.symbol}"


def most_abundant_mass_number(symbol: str) -> int:
    """Return the mass number of an element's most abundant isotope.

    Raises
    ------
    ConfigurationError
        If there is no such element, or none of its isotopes is stable.
    """
    if symbol not in _ISOTOPES:
        raise _unknown(symbol)
    if not _ISOTOPES[symbol]:
        raise ConfigurationError(
            f"ion {symbol}: this element has no stable isotope", remedy="give the mass number, as in --mass 226."
        )
    return _ISOTOPES[symbol]


def parse_ion(text: str, mass_number: int | None = None) -> tuple[Ion, bool]:
    """Read an ion as people write it.

    Parameters
    ----------
    text : str
        ``Kr``, ``84Kr``, ``Kr84``, ``Kr-84``, ``p``, ``alpha``.
    mass_number : int, optional
        Mass number, where `text` has none.

    Returns
    -------
    ion, assumed
        The ion, and whether its mass number is that of the most abundant isotope because none was given.

    Raises
    ------
    ConfigurationError
        If it is no ion, or `text` and `mass_number` contradict each other.
    """
    name = text.strip()
    match = re.fullmatch(r"(\d{1,3})?-?([A-Za-z]{1,6})-?(\d{1,3})?", name)
    if match is None or (match[1] and match[3]):
        raise _unknown(text)
    symbol, within = match[2], match[1] or match[3]
    if symbol in _NAMES:
        symbol, own = _NAMES[symbol]
        within = within or str(own)
    if within is not None and mass_number is not None and int(within) != mass_number:
        raise ConfigurationError(f"ion {text}: says mass number {within}, but {mass_number} was given as well")
    given = mass_number if within is None else int(within)
    if given is None:
        return Ion(symbol, most_abundant_mass_number(symbol)), True
    return Ion(symbol, given), False


def _mass_bounds(atomic_number: int) -> tuple[int, int]:
    """Return the lightest and heaviest nuclei that an ion source could be thought to hold."""
    if atomic_number <= 2:
        return (1, 3) if atomic_number == 1 else (3, 8)
    return round(1.5 * atomic_number), round(2.9 * atomic_number)


def _unknown(text: str) -> ConfigurationError:
    near = difflib.get_close_matches(text.strip("0123456789- ").capitalize(), ELEMENTS, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return ConfigurationError(
        f"ion {text!r}: no such element{hint}",
        remedy="give a chemical symbol from H to U, with or without the mass number: Kr, 84Kr, Kr-84, p, alpha.",
    )
