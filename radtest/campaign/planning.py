"""From a campaign file to a plan, and from a plan to the runs of a campaign file."""

from __future__ import annotations

import re
from pathlib import Path

from radtest.analysis import (
    BeamPlan,
    Changeover,
    Ion,
    IonBeam,
    Layer,
    PlanConditions,
    PlannedRun,
    RunRequest,
    StopRules,
    Weibull,
    WeibullFit,
    material_named,
    plan_beam_time,
)
from radtest.analysis.device_configuration import CrossSectionConfiguration
from radtest.campaign.configuration import BeamCampaignConfiguration, IonModel
from radtest.campaign.facility import FacilityConfiguration, TimesModel, read_facility
from radtest.campaign.plan_configuration import PlanModel
from radtest.core import ConfigurationError
from radtest.core.configuration import parse_configuration, read_configuration

__all__ = ["PlannedCampaignConfiguration", "campaign_with_runs", "plan_campaign"]


class PlannedCampaignConfiguration(BeamCampaignConfiguration):
    """A campaign file that may leave its runs to the plan."""

    ions: tuple[IonModel, ...] = ()


def plan_campaign(path: str | Path, *, as_written: bool = False) -> BeamPlan:
    """Plan the beam time of a campaign file.

    Parameters
    ----------
    path : str or Path
        The campaign file.
    as_written : bool
        Judge the runs under ``[[ions]]`` as they stand, even if ``[plan]`` names ions.

    Returns
    -------
    BeamPlan

    Raises
    ------
    ConfigurationError
        If a file is wrong, or an ion does not reach the die.
    ToolMissingError
        If LET or range have to be computed and pycatima is not installed.
    """
    path = Path(path)
    campaign, _ = read_configuration(path, PlannedCampaignConfiguration)
    plan = campaign.plan or PlanModel()
    try:
        facility = None if plan.facility is None else read_facility(path.parent / plan.facility)
        if plan.ions and facility is not None and not as_written:
            requests = _requests_of_plan(plan, facility)
        else:
            requests = [_request_as_written(ion, campaign) for ion in campaign.ions]
        return plan_beam_time(requests, _conditions(campaign, plan, facility, path.parent))
    except ConfigurationError as error:
        if str(path) in error.message or (plan.facility and plan.facility in error.message):
            raise
        raise ConfigurationError(f"{path}: {error.message}", remedy=error.remedy) from None


def campaign_with_runs(text: str, plan: BeamPlan, name: str) -> str:
    """Return the text of a campaign file with the runs of a plan instead of its own.

    Parameters
    ----------
    text : str
        The campaign file as it is. What is not under ``[[ions]]`` stays word for word.
    plan : BeamPlan
        The plan.
    name : str
        What to call the file in messages.

    Raises
    ------
    ConfigurationError
        If the result is no campaign.
    """
    blocks = "\n\n".join(_block(run) for run in plan.runs)
    written = f"{_without_runs(text).rstrip()}\n\n{blocks}\n"
    parse_configuration(written, BeamCampaignConfiguration, name)
    return written


def _requests_of_plan(plan: PlanModel, facility: FacilityConfiguration) -> list[RunRequest]:
    material = material_named(plan.degrader_material)
    return [
        RunRequest(
            beam=facility.ion(particle).beam(),
            tilt_deg=tilt,
            degrader=Layer(material, thickness, "degrader") if thickness else None,
        )
        for _ in range(plan.repeats)
        for particle in plan.ions
        for thickness in plan.degraders_um
        for tilt in plan.tilts_deg
    ]


def _request_as_written(ion: IonModel, campaign: BeamCampaignConfiguration) -> RunRequest:
    stop = campaign.stop_of(ion)
    return RunRequest(
        beam=IonBeam(
            Ion(ion.particle, ion.mass_number), ion.energy_mev, ion.let_mev_cm2_mg, ion.range_um, ion.let_source
        ),
        tilt_deg=ion.tilt_deg,
        flux_cm2_s=ion.flux_cm2_s,
        stop=StopRules(stop.events, stop.fluence_cm2, stop.time_s, stop.latch_ups, stop.interrupts, stop.dose_rad),
    )


def _conditions(
    campaign: BeamCampaignConfiguration, plan: PlanModel, facility: FacilityConfiguration | None, folder: Path
) -> PlanConditions:
    lowest = max(plan.lowest_flux_cm2_s, (facility and facility.lowest_flux_cm2_s) or 0.0)
    highest = min(plan.highest_flux_cm2_s, (facility and facility.highest_flux_cm2_s) or plan.highest_flux_cm2_s)
    if lowest > highest:
        raise ConfigurationError(
            f"flux: the plan and the facility together leave {lowest:g} to {highest:g} cm⁻² s⁻¹, which is nothing",
            remedy="change lowest_flux_cm2_s and highest_flux_cm2_s in [plan].",
        )
    return PlanConditions(
        bits=campaign.device.bits,
        prior=_prior(plan.prior, folder),
        prior_latch_up=_prior(plan.prior_latch_up, folder, per_bit=False),
        precision=plan.precision,
        confidence=plan.confidence,
        beam_line=tuple(layer.layer() for layer in plan.beam_line),
        package=tuple(layer.layer() for layer in plan.package),
        sensitive_depth_um=plan.sensitive_depth_um,
        sensitive_width_um=plan.sensitive_width_um,
        dose_limit_rad=None if plan.dose_limit_krad is None else 1e3 * plan.dose_limit_krad,
        dose_so_far_rad=1e3 * plan.dose_so_far_krad,
        scan_period_s=campaign.scan.period_s,
        upsets_per_scan=plan.upsets_per_scan,
        fluence_limit_cm2=plan.fluence_limit_cm2,
        time_limit_s=plan.time_limit_s,
        shortest_run_s=plan.shortest_run_s,
        lowest_flux_cm2_s=lowest,
        highest_flux_cm2_s=highest,
        beam_time_s=None if plan.beam_time_h is None else 3600.0 * plan.beam_time_h,
        changeover=_changeover(plan.times, facility.times if facility else TimesModel(), campaign.guard.off_time_s),
    )


def _prior(section: CrossSectionConfiguration | None, folder: Path, *, per_bit: bool = True) -> Weibull | None:
    if section is None:
        return None
    built = section.build(folder, "bit" if per_bit else "device")
    return built.weibull if isinstance(built, WeibullFit) else built


def _changeover(own: TimesModel, facility: TimesModel, off_time_s: float) -> Changeover:
    """Return the plan's times, else the facility's, else the assumptions of `Changeover`."""

    def chosen(name: str, assumed: float) -> float:
        for times in (own, facility):
            value: float | None = getattr(times, name)
            if value is not None:
                return value
        return assumed

    assumed = Changeover()
    return Changeover(
        ion_s=chosen("ion_change_s", assumed.ion_s),
        tilt_s=chosen("tilt_change_s", assumed.tilt_s),
        degrader_s=chosen("degrader_change_s", assumed.degrader_s),
        run_s=chosen("run_overhead_s", assumed.run_s),
        latch_up_s=chosen("latch_up_s", max(assumed.latch_up_s, off_time_s)),
    )


def _without_runs(text: str) -> str:
    """Return the text without its [[ions]] tables and the comment right above each of them."""
    kept: list[str] = []
    aside: list[str] = []
    inside = False
    for line in text.splitlines():
        header = re.match(r"\s*\[\[?\s*([^\[\]\s]+)", line)
        if header:
            was, inside = inside, header[1].split(".")[0] == "ions"
            if inside and not was:
                while kept and kept[-1].startswith("#"):
                    kept.pop()
            elif was and not inside:
                # A comment at the end of a run belongs to the section that follows it.
                kept += ["", *aside]
        if inside:
            aside = [*aside, line] if line.startswith("#") else []
        else:
            kept.append(line)
    return "\n".join(kept)


def _block(run: PlannedRun) -> str:
    """Return a run as TOML."""
    at_die = run.at_die
    lines = [
        f"# Run {run.number}: {_expectation(run)}",
        "[[ions]]",
        f'particle = "{at_die.beam.ion.symbol}"',
        f"mass_number = {at_die.beam.ion.mass_number}",
        f"energy_mev = {float(f'{at_die.energy_mev:.5g}')!r}",
        f"let_mev_cm2_mg = {float(f'{at_die.let_mev_cm2_mg:.4g}')!r}",
        f"range_um = {float(f'{at_die.range_um:.4g}')!r}",
        f"let_source = {_quoted(at_die.let_source)}",
        f"flux_cm2_s = {run.flux_cm2_s:.3g}",
    ]
    if at_die.tilt_deg:
        lines.append(f"tilt_deg = {at_die.tilt_deg!r}")
    stop = run.stop
    rules = {
        "events": stop.events,
        "fluence_cm2": None if stop.fluence_cm2 is None else f"{stop.fluence_cm2:.4g}",
        "time_s": None if stop.time_s is None else float(stop.time_s),
        "latch_ups": stop.latch_ups,
        "interrupts": stop.interrupts,
        "dose_rad": None if stop.dose_rad is None else float(stop.dose_rad),
    }
    given = ", ".join(f"{name} = {value}" for name, value in rules.items() if value is not None)
    lines.append(f"stop = {{ {given} }}")
    return "\n".join(lines)


def _expectation(run: PlannedRun) -> str:
    degrader = run.request.degrader
    parts = [f"{run.at_die.beam.ion}, {run.beam_s:.0f} s", f"{run.dose_rad:.3g} rad(Si)"]
    if run.events is not None:
        parts.append(f"{run.events:.0f} upsets expected")
    if degrader is not None:
        parts.append(f"behind {degrader.thickness_um:g} µm {degrader.material.name}")
    return ", ".join(parts)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
