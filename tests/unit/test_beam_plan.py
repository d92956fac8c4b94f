"""Planning: what a run brings and costs, and what is said against it."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radtest.analysis import (
    RAD_PER_MEV_MG,
    Changeover,
    Ion,
    IonBeam,
    Layer,
    PlanConditions,
    RunRequest,
    StopRules,
    Weibull,
    beam_at_die,
    events_for_precision,
    ionising_dose_rad,
    material_named,
    plan_beam_time,
    poisson_limits,
    poisson_precision,
    stopping,
)
from radtest.core import ConfigurationError

pytest.importorskip("pycatima", reason="no wheel for this Python")

KR = IonBeam(Ion("Kr", 78), 1226.0, 25.0, 166.0, "the facility")
XE = IonBeam(Ion("Xe", 124), 1955.0, 49.3, None, "the facility")
PRIOR = Weibull(4e-9, 0.4, 15.0, 1.2)
BITS = 1 << 24


def conditions(**changes):
    return PlanConditions(**{"bits": BITS, "prior": PRIOR, **changes})


def planned(*requests, **changes):
    return plan_beam_time(requests or [RunRequest(KR)], conditions(**changes))


def said(plan):
    return " | ".join([*(warning for run in plan.runs for warning in run.warnings), *plan.warnings])


def test_one_mev_per_milligram_is_1_6e_5_rad():
    """1 MeV/mg = 1.602176634e-13 J / 1e-6 kg = 1.602176634e-7 Gy, and 1 Gy is 100 rad."""
    assert pytest.approx(1.602176634e-13 / 1e-6 * 100, rel=1e-12) == RAD_PER_MEV_MG
    assert ionising_dose_rad(62.5, 1e7) == pytest.approx(1.0e4, rel=0.01)


@pytest.mark.parametrize("count", [1, 10, 100, 395])
def test_the_precision_of_a_count_is_half_its_exact_interval(count):
    low, high = poisson_limits(count, 0.95)
    assert poisson_precision(count) == pytest.approx(float(high - low) / 2 / count)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.005, 2.5), st.sampled_from([0.68, 0.9, 0.95, 0.99]))
def test_as_many_events_as_the_precision_needs_and_not_one_more(precision, confidence):
    events = events_for_precision(precision, confidence)
    assert poisson_precision(events, confidence) <= precision
    assert events == 1 or poisson_precision(events - 1, confidence) > precision


def test_expected_events_follow_from_cross_section_bits_and_fluence():
    (run,) = planned(precision=0.2, lowest_flux_cm2_s=1.0).runs
    assert run.ends_by == "events"
    assert run.events == pytest.approx(events_for_precision(0.2))
    assert run.fluence_cm2 == pytest.approx(run.events / (float(PRIOR.cross_section(25.0)) * BITS))
    assert run.beam_s == pytest.approx(run.fluence_cm2 / run.flux_cm2_s)
    assert run.beam_s >= 60
    assert run.warnings == ("flux: 30 cm⁻² s⁻¹ is outside 1e+02 to 1e+05, the range of ESCC 25100",)


def test_tilt_raises_the_let_and_lowers_the_fluence_but_not_the_dose():
    flat, tilted = planned(
        RunRequest(KR, flux_cm2_s=1e3, stop=StopRules(fluence_cm2=1e5)),
        RunRequest(KR, tilt_deg=60.0, flux_cm2_s=1e3, stop=StopRules(fluence_cm2=1e5)),
    ).runs
    assert tilted.at_die.effective_let_mev_cm2_mg == pytest.approx(50.0)
    assert tilted.at_die.penetration_um == pytest.approx(83.0)
    assert tilted.events == pytest.approx(float(PRIOR.cross_section(50.0)) * BITS * 1e5 / 2)
    assert tilted.dose_rad == pytest.approx(flat.dose_rad) == pytest.approx(1.602e-5 * 25 * 1e5, rel=1e-3)


def test_dose_and_time_add_up_over_the_night():
    times = Changeover(ion_s=600, tilt_s=100, degrader_s=50, run_s=30, latch_up_s=10)
    requests = [RunRequest(KR), RunRequest(KR), RunRequest(KR, tilt_deg=30.0), RunRequest(XE)]
    plan = planned(*requests, changeover=times, dose_so_far_rad=1000.0)
    assert [run.change_s for run in plan.runs] == [630, 30, 130, 730]
    assert plan.total_s == pytest.approx(sum(run.change_s + run.beam_s + run.dead_s for run in plan.runs))
    assert plan.dose_rad == pytest.approx(1000 + sum(run.dose_rad for run in plan.runs))


def test_latch_ups_cost_time_and_may_end_a_run():
    latching = Weibull(1e-3, 5.0, 5.0, 1.0)
    request = RunRequest(XE, flux_cm2_s=100.0, stop=StopRules(fluence_cm2=1e6, latch_ups=3))
    (run,) = planned(request, prior_latch_up=latching).runs
    assert run.ends_by == "latch_ups"
    assert run.latch_ups == pytest.approx(3)
    assert run.dead_s == pytest.approx(3 * Changeover().latch_up_s)


def test_a_dose_may_end_a_run():
    (run,) = planned(RunRequest(KR, flux_cm2_s=1e3, stop=StopRules(events=10**6, dose_rad=40.0))).runs
    assert run.ends_by == "dose_rad"
    assert run.dose_rad == pytest.approx(40.0)


def test_the_flux_is_lowered_until_upsets_do_not_pile_up():
    plan = planned(precision=0.01, upsets_per_scan=20.0, scan_period_s=2.0)
    assert 18.0 < plan.runs[0].upsets_per_scan <= 20.0
    assert "pile up" not in said(plan)


def test_the_let_of_the_facility_wins_and_is_carried_through_the_layers():
    assert beam_at_die(XE).let_mev_cm2_mg == 49.3
    assert beam_at_die(XE).let_source == "the facility"
    oxide = Layer(material_named("SiO2"), 10.0)
    behind = beam_at_die(XE, 0.0, (), [oxide])
    computed = stopping(XE.ion, XE.energy_mev, [oxide])
    bare = stopping(XE.ion, XE.energy_mev)
    assert behind.let_mev_cm2_mg == pytest.approx(49.3 * computed.let_mev_cm2_mg / bare.let_mev_cm2_mg)
    assert behind.let_mev_cm2_mg > 49.3
    assert behind.energy_mev == pytest.approx(computed.surface_energy_mev)
    assert behind.let_source.startswith("the facility, carried behind 1 layer by pycatima")


def test_a_tilt_lengthens_the_way_through_the_package_but_not_through_the_air():
    oxide, air = Layer(material_named("SiO2"), 10.0), Layer(material_named("air"), 1e4)
    tilted = beam_at_die(KR, 60.0, [air], [oxide]).energy_mev
    assert tilted == pytest.approx(
        stopping(KR.ion, KR.energy_mev, [air, Layer(oxide.material, 20.0)]).surface_energy_mev
    )


def test_without_pycatima_a_plan_of_tabled_beams_still_works(monkeypatch):
    import sys

    from radtest.analysis import atima

    monkeypatch.setitem(sys.modules, "pycatima", None)
    atima._parts.cache_clear()
    assert planned(RunRequest(KR), sensitive_depth_um=2.0).runs[0].at_die.let_mev_cm2_mg == 25.0


@pytest.mark.parametrize(
    ("request_", "changes", "words"),
    [
        (RunRequest(KR), {"sensitive_depth_um": 200.0}, "range: the track ends 166 µm below the surface"),
        (RunRequest(KR, tilt_deg=61.0), {}, "tilt: 61° is beyond 60°"),
        (
            RunRequest(KR, tilt_deg=45.0),
            {"sensitive_depth_um": 3.0, "sensitive_width_um": 1.0},
            "leaves a volume 1 µm wide and 3 µm deep by its side",
        ),
        (RunRequest(XE), {"sensitive_depth_um": 60.0}, "one LET does not stand for this run"),
        (RunRequest(KR), {"prior": Weibull(1e-9, 30.0, 10.0, 1.0)}, "is below the threshold of 30"),
        (RunRequest(KR), {"prior": Weibull(1e-9, 1.0, 2.0, 1.5)}, "tells about the plateau only"),
        (RunRequest(KR, flux_cm2_s=5e4), {}, "upsets pile up"),
        (RunRequest(KR, flux_cm2_s=50.0), {}, "the range of ESCC 25100"),
        (RunRequest(KR), {"dose_limit_rad": 1.0, "dose_so_far_rad": 0.9}, "the limit is 0.001 krad(Si)"),
        (RunRequest(KR), {"dose_limit_rad": 1000.0, "dose_so_far_rad": 850.0}, "near the limit of 1 krad(Si)"),
        (RunRequest(KR), {"fluence_limit_cm2": 100.0}, "the run ends by fluence_cm2"),
        (RunRequest(KR), {"beam_time_s": 60.0}, "run 1 is the first that does not fit"),
        (RunRequest(KR), {}, "1 LETs with events: a Weibull fit has 4 parameters"),
        (RunRequest(KR), {}, "more than three times the expected threshold"),
        (RunRequest(KR), {"prior": Weibull(1e-9, 0.4, 60.0, 1.5)}, "no LET reaches 90 % of saturation"),
        (RunRequest(KR), {"prior": None}, "no prior cross section"),
        (RunRequest(IonBeam(KR.ion, KR.energy_mev, 40.0)), {}, "off the facility's; check ion, isotope and energy"),
    ],
)
def test_what_is_odd_is_said(request_, changes, words):
    assert words in said(planned(request_, **changes))


def test_changes_of_the_ion_that_could_be_spared_are_counted():
    assert "2 changes of the ion where 1 would do" in said(planned(*map(RunRequest, [KR, XE, KR])))
    assert "order:" not in said(planned(*map(RunRequest, [KR, KR, XE])))


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: plan_beam_time([], conditions()), "a plan without runs"),
        (lambda: planned(RunRequest(KR, tilt_deg=90.0)), "run 1: tilt 90°"),
        (
            lambda: planned(RunRequest(XE, degrader=Layer(material_named("Al"), 500.0))),
            "run 1: 124Xe of 1955 MeV stops",
        ),
        (lambda: planned(RunRequest(KR, stop=StopRules(latch_ups=2))), "no rule ends"),
        (lambda: events_for_precision(20.0), "precision 20: legal: 0.001 to 3"),
        (lambda: events_for_precision(math.nan), "precision nan"),
    ],
)
def test_what_cannot_be_planned_is_refused(act, words):
    with pytest.raises(ConfigurationError) as caught:
        act()
    assert words in str(caught.value)
