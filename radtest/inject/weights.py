"""How often bits are upset, by kind, module or name: cross sections or rates from the campaign file or from fits."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate
from radtest.core.injection import Target
from radtest.inject.name_patterns import matches_any
from radtest.inject.sampling_configuration import WeightSection
from radtest.inject.sampling_design import Stratum

__all__ = ["Weights", "read_weights", "weighted_strata"]

_SAME_LET = 1e-6


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of a campaign.

    Parameters
    ----------
    sections : tuple of WeightSection
        Which targets each weight is for; a target has the first that fits.
    values : tuple of Estimate
        The weights, in `unit` per bit.
    unit : str
        ``cm2`` or ``1/day``.
    """

    sections: tuple[WeightSection, ...]
    values: tuple[Estimate, ...]
    unit: str


def read_weights(sections: Sequence[WeightSection], campaign_file: Path) -> Weights | None:
    """Read the weights of a campaign, from the files they name too; None where there are none.

    Raises
    ------
    ConfigurationError
        If a file cannot be read, does not hold what it should, or cross sections and rates are mixed.
    """
    if not sections:
        return None
    values, units = [], []
    for number, section in enumerate(sections):
        value, unit = _value(section, campaign_file, f"{campaign_file}: campaign.weights.{number}")
        values.append(value)
        units.append(unit)
    if len(set(units)) > 1:
        raise ConfigurationError(
            f"{campaign_file}: campaign.weights: cross sections and rates ({', '.join(units)}) cannot be added up",
            remedy="give cross sections for all targets, or rates for all.",
        )
    return Weights(tuple(sections), tuple(values), units[0])


def weighted_strata(
    weights: Weights, targets: Sequence[Target], chosen: Sequence[int], campaign_file: Path
) -> tuple[Stratum, ...]:
    """Part the chosen targets by their weights.

    Raises
    ------
    ConfigurationError
        If a chosen target has no weight, or a weight no target.
    """
    members: list[list[int]] = [[] for _ in weights.sections]
    without: list[int] = []
    for index in chosen:
        fitting = next((n for n, section in enumerate(weights.sections) if _fits(targets[index], section)), None)
        (without if fitting is None else members[fitting]).append(index)
    if without:
        names = ", ".join(targets[index].name for index in without[:5]) + (" ..." if len(without) > 5 else "")
        kinds = ", ".join(sorted({targets[index].kind.value for index in without}))
        raise ConfigurationError(
            f"{campaign_file}: campaign.weights: none is for {len(without)} of the {len(chosen)} chosen targets "
            f"({kinds}): {names}",
            remedy="add a weight without kinds, modules and include for the rest, or do not choose them.",
        )
    strata = []
    for number, (section, value) in enumerate(zip(weights.sections, weights.values, strict=True)):
        if not members[number]:
            raise ConfigurationError(
                f"{campaign_file}: campaign.weights.{number} ({_label(section, number)}): fits no chosen target, or "
                "only such as an earlier weight is for",
                remedy="leave it out, or put it before the wider one; 'radtest inject --list' shows the targets.",
            )
        bits = sum(targets[index].bits for index in members[number])
        strata.append(Stratum(_label(section, number), tuple(members[number]), bits, value))
    return tuple(strata)


def _fits(target: Target, section: WeightSection) -> bool:
    return (
        (not section.kinds or target.kind in section.kinds)
        and (not section.modules or matches_any(target.module, section.modules))
        and (not section.include or matches_any(target.name, section.include))
    )


def _label(section: WeightSection, number: int) -> str:
    chosen = [*(kind.value for kind in section.kinds), *section.modules, *section.include]
    return section.name or ", ".join(chosen) or f"weight {number}"


def _value(section: WeightSection, campaign_file: Path, where: str) -> tuple[Estimate, str]:
    if section.fit is not None:
        return _fitted(section, campaign_file.parent / section.fit, f"{where}.fit"), "cm2"
    if section.rate is not None:
        return _rate(campaign_file.parent / section.rate, f"{where}.rate"), "1/day"
    value, unit = (section.sigma_cm2, "cm2") if section.sigma_cm2 is not None else (section.rate_per_bit_day, "1/day")
    assert value is not None  # noqa: S101 (the section was checked)
    low, high = (value, value) if section.low is None or section.high is None else (section.low, section.high)
    return Estimate(value, low, high, 0.95), unit


def _fitted(section: WeightSection, path: Path, where: str) -> Estimate:
    """Take a cross section from the result of ``radtest fit --json``: at saturation, or at one of its LETs."""
    document = _document(path, where)
    how = "write it with 'radtest fit FILES --per bit --json'."
    if document.get("per") != "bit":
        raise ConfigurationError(f"{where} = {section.fit!r}: {path} holds no cross section per bit", remedy=how)
    if section.let_mev_cm2_mg is None:
        return _estimate(document, document.get("sigma_sat_cm2"), "value", f"{path}: sigma_sat_cm2", how)
    at = document.get("at") or []
    for row in at:
        if math.isclose(row["let_mev_cm2_mg"], section.let_mev_cm2_mg, rel_tol=_SAME_LET):
            return _estimate(document, row, "sigma_cm2", f"{path}: at {row['let_mev_cm2_mg']:g}", how)
    lets = ", ".join(f"{row['let_mev_cm2_mg']:g}" for row in at) or "none"
    raise ConfigurationError(
        f"{where} = {section.fit!r}: the cross section at {section.let_mev_cm2_mg:g} MeV·cm²/mg is not in {path}; "
        f"LETs in it: {lets}",
        remedy=f"write it with 'radtest fit FILES --per bit --at {section.let_mev_cm2_mg:g} --json'.",
    )


def _rate(path: Path, where: str) -> Estimate:
    """Take a rate from the result of ``radtest rate --json``."""
    document = _document(path, where)
    how = "write it with 'radtest rate DEVICE.toml --spectrum FILE --json'."
    return _estimate(document, document.get("total"), "per_bit_day", f"{path}: total", how)


def _document(path: Path, where: str) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text())
    except OSError as error:
        raise ConfigurationError(
            f"{where}: {path}: cannot be read: {error.strerror}", remedy="paths are relative to the campaign file."
        ) from None
    except ValueError as error:
        raise ConfigurationError(f"{where}: {path}: not JSON: {error}", remedy="give what --json wrote.") from None
    if not isinstance(document, dict):
        raise ConfigurationError(f"{where}: {path}: not a JSON object", remedy="give what --json wrote.")
    return document


def _estimate(document: dict[str, Any], fields: Any, name: str, where: str, how: str) -> Estimate:
    if not isinstance(fields, dict) or not {name, "low", "high"} <= fields.keys():
        raise ConfigurationError(f"{where}: no {name} with low and high", remedy=how)
    value, low, high = fields[name], fields["low"], fields["high"]
    if not all(isinstance(figure, int | float) for figure in (value, low, high)) or not 0 < low <= value <= high:
        raise ConfigurationError(
            f"{where}: {name} = {value}, from {low} to {'no limit' if high is None else high}: a weight needs a value "
            "above 0 and limits on both sides",
            remedy="add points until the fit has limits, or give sigma_cm2 with low and high.",
        )
    return Estimate(value, low, high, float(document.get("confidence", 0.95)))
