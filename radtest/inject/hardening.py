"""What a hardening bought: two campaigns compared, outcome by outcome."""

from __future__ import annotations

from dataclasses import dataclass

from radtest.analysis import proportion_ratio, ratio_of_estimates
from radtest.core.configuration import parse_configuration
from radtest.core.errors import RecordError
from radtest.core.estimate import Estimate
from radtest.core.outcome import Outcome
from radtest.inject.configuration import InjectionConfiguration
from radtest.inject.device import DeviceCrossSection, device_cross_section
from radtest.inject.sampling_design import read_sampling_design
from radtest.inject.selection import choose_targets
from radtest.inject.summary import OutcomeRow, summarise
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
        Hardened over plain, given an upset: score interval, or for campaigns that are no simple samples one made from
        the intervals of their designs.
    device_ratio : Estimate
        The ratio of the rates of the two devices in the same environment. A hardened design is larger and is hit more
        often: it is the ratio given an upset times that of the bits that can be hit, or with weights the ratio of the
        cross sections of the devices, which takes what is not known of the weights for independent.
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
        If a record holds no valid upset, or only one of the campaigns had weights.
    """
    before, after = summarise(plain, confidence), summarise(hardened, confidence)
    for record, summary in ((plain, before), (hardened, after)):
        if not summary.total.valid:
            raise RecordError(
                f"{record.path}: none of its upsets is valid", remedy="find out why with 'radtest log show'."
            )
    devices = _devices(plain, hardened, confidence)
    growth = _bits(hardened) / _bits(plain)
    rows = []
    for outcome in before.probabilities:
        ratio = _ratio(before.total, after.total, outcome)
        if devices is None:
            device_ratio = ratio.scaled(growth)
        else:
            device_ratio = ratio_of_estimates(devices[1].outcomes[outcome], devices[0].outcomes[outcome])
        rows.append(
            HardeningRow(
                outcome=outcome,
                plain=before.probabilities[outcome],
                hardened=after.probabilities[outcome],
                ratio=ratio,
                device_ratio=device_ratio,
            )
        )
    return tuple(rows)


def _ratio(before: OutcomeRow, after: OutcomeRow, outcome: Outcome) -> Estimate:
    if before.estimator is not None or after.estimator is not None:
        return ratio_of_estimates(after.share(outcome), before.share(outcome))
    return proportion_ratio(after.counts[outcome], after.valid, before.counts[outcome], before.valid, before.confidence)


def _devices(
    plain: Record, hardened: Record, confidence: float
) -> tuple[DeviceCrossSection, DeviceCrossSection] | None:
    designs = [read_sampling_design(record) for record in (plain, hardened)]
    units = ["" if design is None else design.unit for design in designs]
    if units[0] != units[1]:
        raise RecordError(
            f"{plain.path} and {hardened.path}: their weights are {units[0] or 'none'} and {units[1] or 'none'}, so "
            "that the devices cannot be compared",
            remedy="give weights of the same kind in both campaigns, or in neither.",
        )
    if not units[0]:
        return None
    return device_cross_section(plain, confidence), device_cross_section(hardened, confidence)


def _bits(record: Record) -> int:
    """Return the bits among which a campaign drew its upsets."""
    configuration = parse_configuration(record.header.configuration, InjectionConfiguration, str(record.path))
    targets = record.target_list()
    chosen = choose_targets(targets, configuration.campaign, record.path)
    return sum(targets[index].bits for index in chosen)
