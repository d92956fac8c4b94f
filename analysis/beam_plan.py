"""The plan of a night at the beam: what is asked for, under what conditions, and what to expect of each run."""

from __future__ import annotations

from dataclasses import dataclass, field

from radtest.analysis.beam_at_die import BeamAtDie, IonBeam
from radtest.analysis.material import Layer
from radtest.analysis.weibull import Weibull

__all__ = ["BeamPlan", "Changeover", "PlanConditions", "PlannedRun", "RunRequest", "StopRules"]


@dataclass(frozen=True, slots=True)
class StopRules:
    """When a run ends: at the first of the rules given.

    Parameters
    ----------
    events, latch_ups, interrupts : int, optional
        Upsets, latch-ups, functional interrupts; a plan has no expectation of the last.
    fluence_cm2 : float, optional
        Live fluence, cm⁻².
    time_s : float, optional
        Time with beam, s.
    dose_rad : float, optional
        Dose of the run, rad(Si).
    """

    events: int | None = None
    fluence_cm2: float | None = None
    time_s: float | None = None
    latch_ups: int | None = None
    interrupts: int | None = None
    dose_rad: float | None = None


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A run as it is asked for.

    Parameters
    ----------
    beam : IonBeam
        The ion.
    tilt_deg : float
        Angle of incidence, degrees.
    degrader : Layer, optional
        A degrader for this run.
    flux_cm2_s : float, optional
        Flux, cm⁻² s⁻¹; where omitted the highest that the limits allow.
    stop : StopRules, optional
        When it ends; where omitted at the wanted precision, the limit of fluence or the limit of time.
    """

    beam: IonBeam
    tilt_deg: float = 0.0
    degrader: Layer | None = None
    flux_cm2_s: float | None = None
    stop: StopRules | None = None


@dataclass(frozen=True, slots=True)
class Changeover:
    """Time that passes without beam, s: planning assumptions until the facility has confirmed them."""

    ion_s: float = 600.0
    tilt_s: float = 120.0
    degrader_s: float = 120.0
    run_s: float = 60.0
    latch_up_s: float = 10.0


@dataclass(frozen=True, slots=True)
class PlanConditions:
    """What holds for all runs of a plan.

    Parameters
    ----------
    bits : int
        Bits under observation.
    prior : Weibull, optional
        Expected cross section per bit.
    prior_latch_up : Weibull, optional
        Expected latch-up cross section per device.
    precision : float
        Wanted relative half width of the interval of the count.
    confidence : float
        Its confidence level.
    beam_line, package : tuple of Layer
        What lies across the beam, and what lies on the die.
    sensitive_depth_um, sensitive_width_um : float, optional
        How deep below the surface charge is collected, and how wide a sensitive volume is, µm.
    dose_limit_rad : float, optional
        Dose the part may have had at the end, rad(Si).
    dose_so_far_rad : float
        Dose it has had before.
    scan_period_s : float
        Time between two comparisons of the memory, s.
    upsets_per_scan : float
        How many upsets between two comparisons are acceptable.
    fluence_limit_cm2 : float
        Live fluence at which a run ends at the latest, cm⁻².
    time_limit_s : float
        Time with beam at which a run ends at the latest, s.
    shortest_run_s : float
        Runs shorter than this are slowed down, so that the dosimetry can follow, s.
    lowest_flux_cm2_s, highest_flux_cm2_s : float
        Fluxes the facility can be asked for, cm⁻² s⁻¹.
    beam_time_s : float, optional
        Time there is, s.
    changeover : Changeover
        Time without beam.
    """

    bits: int
    prior: Weibull | None = None
    prior_latch_up: Weibull | None = None
    precision: float = 0.2
    confidence: float = 0.95
    beam_line: tuple[Layer, ...] = ()
    package: tuple[Layer, ...] = ()
    sensitive_depth_um: float | None = None
    sensitive_width_um: float | None = None
    dose_limit_rad: float | None = None
    dose_so_far_rad: float = 0.0
    scan_period_s: float = 1.0
    upsets_per_scan: float = 100.0
    fluence_limit_cm2: float = 1e7
    time_limit_s: float = 1800.0
    shortest_run_s: float = 60.0
    lowest_flux_cm2_s: float = 100.0
    highest_flux_cm2_s: float = 1e5
    beam_time_s: float | None = None
    changeover: Changeover = field(default_factory=Changeover)


@dataclass(frozen=True, slots=True, eq=False)
class PlannedRun:
    """A run and what to expect of it.

    Parameters
    ----------
    number : int
        Place in the plan, from 1.
    request : RunRequest
        What was asked for.
    at_die : BeamAtDie
        LET, range and energy at the die.
    flux_cm2_s, fluence_cm2 : float
        Across the beam, cm⁻² s⁻¹ and cm⁻².
    stop : StopRules
        When it ends.
    ends_by : str
        The rule that is expected to end it: ``events``, ``fluence_cm2``, ``time_s``, ``latch_ups`` or
        ``dose_rad``.
    cross_section_cm2 : float or None
        Expected cross section per bit; None without a prior.
    events, upsets_per_scan : float or None
        Expected upsets in the run, and between two comparisons.
    precision : float or None
        Relative half width of the interval of that count.
    latch_ups : float or None
        Expected latch-ups.
    dose_rad, cumulative_dose_rad : float
        Of this run, and with all before it, rad(Si).
    start_s, change_s, beam_s, dead_s : float
        Start of the changeover, changeover, time with beam and dead time, s.
    warnings : tuple of str
        What is wrong or odd with it.
    """

    number: int
    request: RunRequest
    at_die: BeamAtDie
    flux_cm2_s: float
    fluence_cm2: float
    stop: StopRules
    ends_by: str
    cross_section_cm2: float | None
    events: float | None
    upsets_per_scan: float | None
    precision: float | None
    latch_ups: float | None
    dose_rad: float
    cumulative_dose_rad: float
    start_s: float
    change_s: float
    beam_s: float
    dead_s: float
    warnings: tuple[str, ...] = ()

    @property
    def end_s(self) -> float:
        """When the run is over, s from the start of the night."""
        return self.start_s + self.change_s + self.beam_s + self.dead_s


@dataclass(frozen=True, slots=True, eq=False)
class BeamPlan:
    """A planned campaign.

    Parameters
    ----------
    runs : tuple of PlannedRun
        In order.
    conditions : PlanConditions
        What holds for all of them.
    warnings : tuple of str
        What concerns the plan as a whole.
    """

    runs: tuple[PlannedRun, ...]
    conditions: PlanConditions
    warnings: tuple[str, ...]

    @property
    def total_s(self) -> float:
        """Time from the first changeover to the end of the last run, s."""
        return self.runs[-1].end_s

    @property
    def dose_rad(self) -> float:
        """Dose of all runs, with what the part had before, rad(Si)."""
        return self.runs[-1].cumulative_dose_rad
