"""The cross section of a whole device for each outcome, from a campaign with weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radtest.analysis import weighted_total
from radtest.core.errors import ConfigurationError, RecordError
from radtest.core.estimate import Estimate
from radtest.core.outcome import Outcome
from radtest.inject.design_shares import counts_by_stratum
from radtest.inject.outcome_columns import OUTCOME_ORDER, outcome_columns
from radtest.inject.sampling_design import SamplingDesign, read_sampling_design
from radtest.inject.summary import VULNERABLE
from radtest.log import Record

__all__ = ["DeviceCrossSection", "device_cross_section"]

_UNITS = {"cm2": "cm2/device", "1/day": "1/day/device"}
_INVALID = OUTCOME_ORDER.index(Outcome.INVALID)


@dataclass(frozen=True, slots=True)
class DeviceCrossSection:
    """How often a device shows each outcome, per particle and cm² or per day.

    Parameters
    ----------
    unit : str
        ``cm2/device``, a cross section, or ``1/day/device``, a rate, as the weights of the campaign are.
    bits : int
        Bits of the chosen targets.
    upsets : float
        Σ bits × weight: that of any upset.
    outcomes : dict
        That of each outcome but `invalid`.
    vulnerable : Estimate
        That of an error that somebody outside sees: `VULNERABLE`.
    notes : tuple of str
        What a reader has to know.
    """

    unit: str
    bits: int
    upsets: float
    outcomes: dict[Outcome, Estimate]
    vulnerable: Estimate
    notes: tuple[str, ...] = ()


def device_cross_section(record: Record, confidence: float = 0.95) -> DeviceCrossSection:
    """Estimate the cross section (or rate) of the device of a campaign with weights.

    Parameters
    ----------
    record : Record
        A sealed injection campaign whose campaign file gave ``campaign.weights``.
    confidence : float
        Confidence level of the intervals.

    Raises
    ------
    RecordError
        If the campaign had no weights, or the record is damaged.
    ConfigurationError
        If the confidence is not between 0 and 1.

    Notes
    -----
    ``Σ bits · σ · P(outcome | upset of such a bit)`` over the weights [1]_. The interval carries the number of upsets
    and the limits of the weights (`radtest.analysis.weighted_total`). P is that of the upsets that could be injected;
    where none of a weight could be, the upper limit counts all of its upsets.

    References
    ----------
    .. [1] R. Velazco, S. Rezgui and R. Ecoffet, IEEE Trans. Nucl. Sci. 47, 2405 (2000): upsets injected, with the
       static cross section of what stores them, predict the rate of errors.
    """
    if not 0 < confidence < 1:
        raise ConfigurationError(
            f"confidence: got {confidence!r}", remedy="give a level between 0 and 1, such as 0.95."
        )
    design = read_sampling_design(record)
    if design is None or not design.unit:
        raise RecordError(
            f"{record.path}: its campaign had no weights, so that nothing is known of how often its bits are upset",
            remedy="give [[campaign.weights]] in the campaign file and run it again.",
        )
    counts = counts_by_stratum(design, _by_target(record))
    valid = counts.sum(axis=1) - counts[:, _INVALID]
    unknown = [stratum.name for stratum, number in zip(design.strata, valid, strict=True) if not number]
    notes = tuple(
        f"{name}: no valid upset. Its upsets count nothing in the values and lower limits, and all of them in the "
        "upper limits."
        for name in unknown
    )

    def estimate(outcomes: Sequence[Outcome]) -> Estimate:
        places = [OUTCOME_ORDER.index(outcome) for outcome in outcomes]
        return _total(design, counts[:, places].sum(axis=1), valid, confidence)

    return DeviceCrossSection(
        unit=_UNITS[design.unit],
        bits=sum(stratum.bits for stratum in design.strata),
        upsets=sum(stratum.weight for stratum in design.strata),
        outcomes={outcome: estimate([outcome]) for outcome in OUTCOME_ORDER if outcome is not Outcome.INVALID},
        vulnerable=estimate(VULNERABLE),
        notes=notes,
    )


def _total(
    design: SamplingDesign, successes: NDArray[np.int64], valid: NDArray[np.int64], confidence: float
) -> Estimate:
    known = np.flatnonzero(valid)
    strata = [design.strata[place] for place in known]
    sigmas = [stratum.sigma for stratum in strata if stratum.sigma is not None]
    beyond = sum(
        stratum.bits * stratum.sigma.high
        for stratum, number in zip(design.strata, valid, strict=True)
        if not number and stratum.sigma is not None
    )
    if not strata:
        return Estimate(float("nan"), 0.0, beyond, confidence)
    total = weighted_total([stratum.bits for stratum in strata], sigmas, successes[known], valid[known], confidence)
    return Estimate(total.value, total.low, total.high + beyond, confidence)


def _by_target(record: Record) -> NDArray[np.int64]:
    targets, outcomes = len(record.targets), len(OUTCOME_ORDER)
    counts = np.zeros(targets * outcomes, dtype=np.int64)
    for block in outcome_columns(record, ("target",)):
        counts += np.bincount(block["target"] * outcomes + block["outcome"], minlength=len(counts))
    return counts.reshape(targets, outcomes)
