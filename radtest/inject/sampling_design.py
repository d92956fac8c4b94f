"""The sampling design of a campaign: what its record says about how upsets were drawn, and what estimates rest on."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import RecordError
from radtest.core.estimate import Estimate
from radtest.core.outcome import Outcome
from radtest.core.source import Simulation
from radtest.inject.sampling_configuration import SizeKey
from radtest.log import Record

__all__ = ["SamplingDesign", "Stratum", "read_sampling_design"]


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the targets from which upsets are drawn by themselves.

    Parameters
    ----------
    name : str
        The module, or the name of the weight.
    targets : tuple of int
        Indices of its targets.
    bits : int
        Their bits.
    sigma : Estimate, optional
        How often one of these bits is upset, in the unit of the design; without it all bits are alike.
    """

    name: str
    targets: tuple[int, ...]
    bits: int
    sigma: Estimate | None = None

    @property
    def weight(self) -> float:
        """Share of the upsets that fall into this stratum, times a constant."""
        return self.bits * (1.0 if self.sigma is None else self.sigma.value)


@dataclass(frozen=True, slots=True)
class SamplingDesign:
    """How the upsets of a campaign were drawn.

    Parameters
    ----------
    upsets : int
        Length of the list; a campaign with looks may have stopped before its end.
    population : int
        How many different first bits of upsets there are: bits × cycles of the window; of transients also × moments of
        a cycle.
    size_key : str
        The key of the campaign file that the number comes from: ``upsets``, ``margin``, ``width`` or ``looks``.
    confidence : float
        Confidence level of margin, width or looks.
    looks : tuple of int
        Numbers of upsets at which the campaign might stop.
    stop_width : float, optional
        Width of the interval of `stop_outcome` at which it stops.
    stop_outcome : Outcome
        The outcome that decides.
    strata : tuple of Stratum
        Parts that were sampled by themselves, each upset in proportion to its weight; empty for a uniform sample.
    unit : str
        Of the weights: ``cm2`` per bit, ``1/day`` per bit, or empty.
    list_sha256 : str
        SHA-256 of the list of upsets.
    """

    upsets: int
    population: int
    size_key: SizeKey = "upsets"
    confidence: float = 0.95
    looks: tuple[int, ...] = ()
    stop_width: float | None = None
    stop_outcome: Outcome = Outcome.SDC
    strata: tuple[Stratum, ...] = ()
    unit: str = ""
    list_sha256: str = ""

    def stratum_of(self, targets: int) -> NDArray[np.int64]:
        """Return the stratum of each of so many targets; -1 for those that take no part."""
        of_target = np.full(targets, -1, dtype=np.int64)
        for place, stratum in enumerate(self.strata):
            of_target[list(stratum.targets)] = place
        return of_target

    def to_text(self) -> str:
        """Return the design as a JSON object."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_text(cls, text: str) -> SamplingDesign:
        """Return the design written by `to_text`.

        Raises
        ------
        ValueError, TypeError, KeyError, AttributeError
            If the text is none.
        """
        content = json.loads(text)
        strata = [_stratum(row) for row in content.pop("strata")]
        outcome = Outcome(content.pop("stop_outcome"))
        return cls(strata=tuple(strata), stop_outcome=outcome, looks=tuple(content.pop("looks")), **content)


def _stratum(row: dict[str, Any]) -> Stratum:
    sigma = row.pop("sigma")
    return Stratum(sigma=None if sigma is None else Estimate(**sigma), targets=tuple(row.pop("targets")), **row)


def read_sampling_design(record: Record) -> SamplingDesign | None:
    """Return how the upsets of a campaign were drawn; None where its record does not say.

    Raises
    ------
    RecordError
        If what it says cannot be understood.
    """
    source = record.header.source
    if not isinstance(source, Simulation) or not source.sampling:
        return None
    try:
        design = SamplingDesign.from_text(source.sampling)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RecordError(
            f"{record.path}: /entry/source/sampling cannot be understood: {error}",
            remedy="read it with the radtest that wrote it, or a newer one.",
        ) from None
    _check_strata(design.strata, len(record.targets), record)
    return design


def _check_strata(strata: Sequence[Stratum], targets: int, record: Record) -> None:
    for stratum in strata:
        if not stratum.targets or min(stratum.targets) < 0 or max(stratum.targets) >= targets:
            raise RecordError(
                f"{record.path}: /entry/source/sampling: stratum {stratum.name!r} points beyond the {targets} targets",
                remedy=f"`radtest log verify {record.path}` lists what is wrong.",
            )
