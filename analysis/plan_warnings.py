"""What is wrong or odd with a plan, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from radtest.analysis.beam_plan import PlanConditions, PlannedRun

__all__ = ["ESCC_25100_FLUX_CM2_S", "plan_warnings", "run_warnings"]

ESCC_25100_FLUX_CM2_S = (1e2, 1e5)
"""Fluxes that ESCC 25100 has heavy-ion tests use, cm⁻² s⁻¹; check the issue you test to."""
_STEEPEST_TILT_DEG = 60.0
_SATURATED = 0.99
_LET_CHANGE = 0.2
_FACILITY_DIFFERENCE = 0.1
_NEAR_DOSE_LIMIT = 0.8
_PARAMETERS_OF_A_FIT = 4


def run_warnings(run: PlannedRun, conditions: PlanConditions) -> tuple[str, ...]:
    """Return what is wrong or odd with a run."""
    return (*_track(run, conditions), *_counts(run, conditions), *_exposure(run, conditions))


def plan_warnings(runs: Sequence[PlannedRun], conditions: PlanConditions) -> tuple[str, ...]:
    """Return what concerns a plan as a whole."""
    found = []
    if conditions.beam_time_s is not None and runs[-1].end_s > conditions.beam_time_s:
        late = next(run.number for run in runs if run.end_s > conditions.beam_time_s)
        found.append(
            f"beam time: the plan takes {runs[-1].end_s / 3600:.1f} h, there are "
            f"{conditions.beam_time_s / 3600:.1f} h; run {late} is the first that does not fit"
        )
    beams = [(run.request.beam.ion, run.request.beam.energy_mev) for run in runs]
    changes = sum(before != now for before, now in pairwise(beams))
    spared = changes - (len(set(beams)) - 1)
    if spared > 0:
        found.append(
            f"order: {changes} changes of the ion where {changes - spared} would do; runs of one ion in a row "
            f"would save {spared * conditions.changeover.ion_s / 60:.0f} min"
        )
    if conditions.prior is None:
        found.append("no prior cross section: no events, no upsets per scan, no precision; give [plan.prior]")
        return tuple(found)
    threshold = conditions.prior.let0_mev_cm2_mg
    lets = {round(run.at_die.effective_let_mev_cm2_mg, 3) for run in runs if run.events}
    if len(lets) < _PARAMETERS_OF_A_FIT:
        found.append(
            f"{len(lets)} LETs with events: a Weibull fit has {_PARAMETERS_OF_A_FIT} parameters and needs as many LETs"
        )
    if threshold > 0 and min(run.at_die.effective_let_mev_cm2_mg for run in runs) > 3 * threshold:
        found.append(
            f"the lowest LET is more than three times the expected threshold of {threshold:g} MeV·cm²/mg: "
            "the data will hardly say where it is"
        )
    reached = conditions.prior.let_at_fraction(0.9)
    if max(run.at_die.effective_let_mev_cm2_mg for run in runs) < reached:
        found.append(f"no LET reaches 90 % of saturation, expected at {reached:.3g} MeV·cm²/mg")
    return tuple(found)


def _track(run: PlannedRun, conditions: PlanConditions) -> list[str]:
    """Say what the way of the ion through the die has against it."""
    found = []
    at_die, depth = run.at_die, conditions.sensitive_depth_um
    if depth is not None:
        if at_die.penetration_um < depth:
            found.append(
                f"range: the track ends {at_die.penetration_um:.3g} µm below the surface, the sensitive depth is "
                f"{depth:g} µm"
            )
        else:
            there = at_die.let_at_depth_below_surface(depth)
            if there is not None and abs(there / at_die.let_mev_cm2_mg - 1) > _LET_CHANGE:
                found.append(
                    f"LET: {at_die.let_mev_cm2_mg:.3g} at the surface, {there:.3g} MeV·cm²/mg at {depth:g} µm; "
                    "one LET does not stand for this run"
                )
    tilt = abs(at_die.tilt_deg)
    if tilt > _STEEPEST_TILT_DEG:
        found.append(
            f"tilt: {tilt:g}° is beyond {_STEEPEST_TILT_DEG:g}°, where LET / cos is not to be trusted; "
            "take a heavier ion"
        )
    width = conditions.sensitive_width_um
    if depth is not None and width is not None and depth * math.tan(math.radians(tilt)) > width:
        found.append(
            f"tilt: at {tilt:g}° a track leaves a volume {width:g} µm wide and {depth:g} µm deep by its side; "
            "the path is not the depth / cos"
        )
    if at_die.computed_ratio is not None and abs(at_die.computed_ratio - 1) > _FACILITY_DIFFERENCE:
        found.append(
            f"LET: computed before the layers it is {100 * (at_die.computed_ratio - 1):+.0f} % off the facility's; "
            "check ion, isotope and energy"
        )
    return found


def _counts(run: PlannedRun, conditions: PlanConditions) -> list[str]:
    """Say what the expected counts have against them."""
    prior = conditions.prior
    if prior is None or run.events is None or run.precision is None or run.upsets_per_scan is None:
        return []
    found = []
    let = run.at_die.effective_let_mev_cm2_mg
    if let <= prior.let0_mev_cm2_mg:
        bound = 3.689 / (run.fluence_cm2 * run.at_die.cosine * conditions.bits)
        found.append(
            f"no events expected: LET {let:.3g} is below the threshold of {prior.let0_mev_cm2_mg:g} MeV·cm²/mg; "
            f"the run can show σ < {bound:.1e} cm²/bit"
        )
    elif run.precision > conditions.precision * 1.005:
        found.append(
            f"precision: {run.events:.3g} events give ± {100 * run.precision:.0f} %, wanted are "
            f"± {100 * conditions.precision:.0f} %; the run ends by {run.ends_by}"
        )
    if let > prior.let_at_fraction(_SATURATED):
        found.append(
            f"saturation: expected to be reached at {prior.let_at_fraction(_SATURATED):.3g} MeV·cm²/mg; this run "
            "tells about the plateau only"
        )
    if run.upsets_per_scan > conditions.upsets_per_scan * 1.005:
        found.append(
            f"flux: {run.upsets_per_scan:.3g} upsets between two comparisons, "
            f"{conditions.upsets_per_scan:g} are acceptable: upsets pile up; lower the flux or scan more often"
        )
    return found


def _exposure(run: PlannedRun, conditions: PlanConditions) -> list[str]:
    """Say what flux and dose have against them."""
    found = []
    low, high = ESCC_25100_FLUX_CM2_S
    if not low <= run.flux_cm2_s <= high:
        found.append(f"flux: {run.flux_cm2_s:.2g} cm⁻² s⁻¹ is outside {low:.0e} to {high:.0e}, the range of ESCC 25100")
    limit = conditions.dose_limit_rad
    if limit is not None and run.cumulative_dose_rad > limit:
        found.append(
            f"dose: {run.cumulative_dose_rad / 1e3:.3g} krad(Si) after this run, the limit is {limit / 1e3:g} krad(Si)"
        )
    elif limit is not None and run.cumulative_dose_rad > _NEAR_DOSE_LIMIT * limit:
        found.append(
            f"dose: {run.cumulative_dose_rad / 1e3:.3g} krad(Si) after this run, near the limit of "
            f"{limit / 1e3:g} krad(Si)"
        )
    return found
