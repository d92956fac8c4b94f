"""What beam time costs and what it brings: fluence, events, dose and time of each run of a campaign."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from radtest.analysis.beam_at_die import BeamAtDie, beam_at_die
from radtest.analysis.beam_plan import BeamPlan, Changeover, PlanConditions, PlannedRun, RunRequest, StopRules
from radtest.analysis.plan_statistics import events_for_precision, ionising_dose_rad, poisson_precision
from radtest.analysis.plan_warnings import plan_warnings, run_warnings
from radtest.core.errors import ConfigurationError

__all__ = ["plan_beam_time"]


def plan_beam_time(requests: Sequence[RunRequest], conditions: PlanConditions) -> BeamPlan:
    """Work out what each run brings and costs.

    Parameters
    ----------
    requests : sequence of RunRequest
        The runs, in order.
    conditions : PlanConditions
        What holds for all of them.

    Returns
    -------
    BeamPlan

    Raises
    ------
    ConfigurationError
        If there is no run, or an ion does not reach the die.

    Notes
    -----
    Expected events = σ(LET / cos θ) · bits · Φ · cos θ, with Φ measured across the beam. A run without stop rules of
    its own ends at the events that the wanted precision needs.
    """
    if not requests:
        raise ConfigurationError("a plan without runs", remedy="name ions in [plan], or give [[ions]].")
    wanted = events_for_precision(conditions.precision, conditions.confidence)
    runs: list[PlannedRun] = []
    dose, clock = conditions.dose_so_far_rad, 0.0
    for number, request in enumerate(requests, start=1):
        degrader = () if request.degrader is None else (request.degrader,)
        try:
            at_die = beam_at_die(request.beam, request.tilt_deg, [*conditions.beam_line, *degrader], conditions.package)
        except ConfigurationError as error:
            raise ConfigurationError(f"run {number}: {error.message}", remedy=error.remedy) from None
        run = _run(number, request, at_die, conditions, wanted, runs[-1].request if runs else None, dose, clock)
        runs.append(run)
        dose, clock = run.cumulative_dose_rad, run.end_s
    checked = tuple(replace(run, warnings=run_warnings(run, conditions)) for run in runs)
    return BeamPlan(checked, conditions, plan_warnings(checked, conditions))


def _run(
    number: int,
    request: RunRequest,
    at_die: BeamAtDie,
    conditions: PlanConditions,
    wanted: int,
    before: RunRequest | None,
    dose_rad: float,
    clock_s: float,
) -> PlannedRun:
    cosine, let = at_die.cosine, at_die.effective_let_mev_cm2_mg
    sigma = None if conditions.prior is None else float(conditions.prior.cross_section(let))
    per_particle = None if sigma is None else sigma * conditions.bits * cosine
    latching = (
        0.0 if conditions.prior_latch_up is None else float(conditions.prior_latch_up.cross_section(let)) * cosine
    )
    stop = request.stop or StopRules(
        events=wanted if per_particle else None,
        fluence_cm2=conditions.fluence_limit_cm2,
        time_s=conditions.time_limit_s,
    )
    flux = request.flux_cm2_s or _flux(stop, per_particle, conditions)
    dose_per_particle = ionising_dose_rad(at_die.let_mev_cm2_mg, 1.0)
    fluence, ends_by = _fluence(stop, flux, per_particle, latching, dose_per_particle)
    events = None if per_particle is None else per_particle * fluence
    latch_ups = None if conditions.prior_latch_up is None else latching * fluence
    dose = dose_per_particle * fluence
    return PlannedRun(
        number=number,
        request=request,
        at_die=at_die,
        flux_cm2_s=flux,
        fluence_cm2=fluence,
        stop=stop,
        ends_by=ends_by,
        cross_section_cm2=sigma,
        events=events,
        upsets_per_scan=None if per_particle is None else per_particle * flux * conditions.scan_period_s,
        precision=None if events is None else poisson_precision(events, conditions.confidence),
        latch_ups=latch_ups,
        dose_rad=dose,
        cumulative_dose_rad=dose_rad + dose,
        start_s=clock_s,
        change_s=_changeover(request, before, conditions.changeover),
        beam_s=fluence / flux,
        dead_s=(latch_ups or 0.0) * conditions.changeover.latch_up_s,
    )


def _flux(stop: StopRules, per_particle: float | None, conditions: PlanConditions) -> float:
    """Return the highest flux that neither piles upsets up nor makes the run too short, to two digits."""
    highest = conditions.highest_flux_cm2_s
    ends = [stop.fluence_cm2] if stop.fluence_cm2 is not None else []
    if per_particle:
        highest = min(highest, conditions.upsets_per_scan / (per_particle * conditions.scan_period_s))
        if stop.events is not None:
            ends.append(stop.events / per_particle)
    if ends:
        highest = min(highest, min(ends) / conditions.shortest_run_s)
    highest = max(highest, conditions.lowest_flux_cm2_s)
    step = 10.0 ** (math.floor(math.log10(highest)) - 1)
    return max(math.floor(highest / step * (1 + 1e-12)) * step, conditions.lowest_flux_cm2_s)


def _fluence(
    stop: StopRules, flux_cm2_s: float, per_particle: float | None, latching_cm2: float, dose_per_particle: float
) -> tuple[float, str]:
    """Return the fluence at which the first rule is expected to be met, and the rule."""
    ends: dict[str, float] = {}
    if stop.events is not None and per_particle:
        ends["events"] = stop.events / per_particle
    if stop.fluence_cm2 is not None:
        ends["fluence_cm2"] = stop.fluence_cm2
    if stop.time_s is not None:
        ends["time_s"] = stop.time_s * flux_cm2_s
    if stop.latch_ups is not None and latching_cm2 > 0:
        ends["latch_ups"] = stop.latch_ups / latching_cm2
    if stop.dose_rad is not None:
        ends["dose_rad"] = stop.dose_rad / dose_per_particle
    if not ends:
        raise ConfigurationError(
            "a run that no rule ends", remedy="give fluence_cm2, time_s or dose_rad in its stop rules."
        )
    first = min(ends, key=lambda name: ends[name])
    return ends[first], first


def _changeover(request: RunRequest, before: RunRequest | None, changeover: Changeover) -> float:
    time_s = changeover.run_s
    if before is None or (before.beam.ion, before.beam.energy_mev) != (request.beam.ion, request.beam.energy_mev):
        time_s += changeover.ion_s
    if before is not None and before.tilt_deg != request.tilt_deg:
        time_s += changeover.tilt_s
    if before is not None and before.degrader != request.degrader:
        time_s += changeover.degrader_s
    return time_s
