"""What a hardening bought: two campaigns compared, outcome by outcome."""

from __future__ import annotations

from dataclasses import dataclass

from radtest.analysis import proportion_ratio
from radtest.core.configuration import parse_configuration
from radtest.core.errors import RecordError
from radtest.core.estimate import Estimate
from radtest.core.outcome import Outcome
from radtest.inject.configuration import InjectionConfiguration
from radtest.inject.selection import choose_targets
from radtest.inject.summary import summarise
from radtest.log import Record

__all__ = ["HardeningRow", "compare_hardening"]


@dataclass(frozen=True, slots=True)
class HardeningRow:
    """One outcome before and after.

    Parameters
    ----------
    outcome : Outcome
        The outcome.
    plain, hardened : Estimate
        Its probability given an upset.
    ratio : Estimate
        Hardened over plain, given an upset: score interval.
    device_ratio : Estimate
        The same times the ratio of the bits that can be hit: a hardened design is larger and is hit more often, so this
        is the ratio of the rates of the two devices in the same environment.
    """

    outcome: Outcome
    plain: Estimate
    hardened: Estimate
    ratio: Estimate
    device_ratio: Estimate


def compare_hardening(plain: Record, hardened: Record, confidence: float = 0.95) -> tuple[HardeningRow, ...]:
    """Compare the campaigns of a plain and a hardened design.

    Parameters
    ----------
    plain, hardened : Record
        Sealed injection campaigns.
    confidence : float
        Confidence level of the intervals.

    Returns
    -------
    tuple of HardeningRow
        One for each outcome but `invalid`. A ratio is NaN, from 0 to infinity, where neither saw the outcome.

    Raises
    ------
    RecordError
        If a record holds no valid upset.
    """
    before, after = summarise(plain, confidence), summarise(hardened, confidence)
    for record, summary in ((plain, before), (hardened, after)):
        if not summary.total.valid:
            raise RecordError(
                f"{record.path}: none of its upsets is valid", remedy="find out why with 'radtest log show'."
            )
    growth = _bits(hardened) / _bits(plain)
    rows = []
    for outcome in before.probabilities:
        ratio = proportion_ratio(
            after.total.counts[outcome],
            after.total.valid,
            before.total.counts[outcome],
            before.total.valid,
            confidence,
        )
        rows.append(
            HardeningRow(
                outcome=outcome,
                plain=before.probabilities[outcome],
                hardened=after.probabilities[outcome],
                ratio=ratio,
                device_ratio=ratio.scaled(growth),
            )
        )
    return tuple(rows)


def _bits(record: Record) -> int:
    """Return the bits among which a campaign drew its upsets."""
    configuration = parse_configuration(record.header.configuration, InjectionConfiguration, str(record.path))
    targets = record.target_list()
    chosen = choose_targets(targets, configuration.campaign, record.path)
    return sum(targets[index].bits for index in chosen)
