"""Whatever is typed: an answer, or one message that says what is wrong; never another exception."""

import contextlib
import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from radtest.analysis import parse_ion, parse_layers, stopping
from radtest.campaign import BeamCampaignConfiguration, campaign_with_runs, plan_campaign
from radtest.cli.plan_tables import plan_document
from radtest.core import ConfigurationError
from radtest.core.configuration import parse_configuration

pytest.importorskip("pycatima", reason="no wheel for this Python")

FIXTURES = Path(__file__).parents[2] / "fixtures"
NIGHT = (FIXTURES / "campaigns" / "heavy_ion_night.toml").read_text(encoding="utf-8")
HEAD = NIGHT[: NIGHT.index("\n[plan]")]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=12) | st.from_regex(r"\d{0,3}-?[A-Za-z]{1,3}-?\d{0,3}", fullmatch=True))
@example("٣٤Kr")
@example("Kr²")
def test_an_ion_is_read_or_refused_with_words(text):
    with contextlib.suppress(ConfigurationError):
        ion, _ = parse_ion(text)
        assert ion.mass_number >= ion.atomic_number


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30) | st.from_regex(r"([A-Za-z]{1,6}:[0-9.e+-]{0,6}(nm|um|mm|cm)?,?){1,3}", fullmatch=True))
@example("Al:1e999")
@example("Al:5,")
def test_layers_are_read_or_refused_with_words(text):
    with contextlib.suppress(ConfigurationError):
        for layer in parse_layers(text):
            assert 0 < layer.thickness_um < math.inf


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["p", "Kr", "U", "alpha"]), st.floats(allow_nan=True, allow_infinity=True))
def test_an_energy_is_followed_or_refused_with_words(name, energy_mev):
    ion, _ = parse_ion(name)
    with contextlib.suppress(ConfigurationError):
        result = stopping(ion, energy_mev, parse_layers("SiO2:3"))
        assert 0 < result.let_mev_cm2_mg < 500
        assert 0 < result.range_um < math.inf


# Most of any size, some that are no amounts.
numbers = st.one_of(
    *[st.floats(-6.0, 12.0).map(lambda exponent: 10.0**exponent)] * 4,
    st.sampled_from([0.0, -1.0, 1e-300, 1e300]),
    st.integers(1, 1000),
)
keys = st.sampled_from(
    [
        "precision",
        "confidence",
        "sensitive_depth_um",
        "sensitive_width_um",
        "dose_limit_krad",
        "dose_so_far_krad",
        "upsets_per_scan",
        "fluence_limit_cm2",
        "time_limit_s",
        "shortest_run_s",
        "lowest_flux_cm2_s",
        "highest_flux_cm2_s",
        "beam_time_h",
        "repeats",
    ]
)
PARAMETERS = ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape")
priors = st.tuples(numbers, numbers, numbers, numbers).map(lambda four: dict(zip(PARAMETERS, four, strict=True)))


def planned_or_refused(path):
    try:
        return plan_campaign(path), ""
    except ConfigurationError as error:
        return None, str(error)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(keys, numbers, max_size=3),
    st.lists(st.floats(-89.9, 89.9), min_size=1, max_size=2),
    st.lists(st.sampled_from([0.0, 1.0, 50.0, 400.0]), min_size=1, max_size=2),
    st.none() | priors | st.just(dict(zip(PARAMETERS, (4e-9, 0.4, 15.0, 1.2), strict=True))),
)
def test_a_plan_is_made_or_refused_with_words(tmp_path, values, tilts, degraders, prior):
    lines = [
        HEAD,
        "[plan]",
        f'facility = "{(FIXTURES / "facilities" / "lbnl_16.toml").as_posix()}"',
        'ions = ["N", "Xe"]',
    ]
    lines += [f"tilts_deg = {tilts!r}", f"degraders_um = {degraders!r}"]
    lines += [f"{name} = {value!r}" for name, value in values.items() if name != "repeats" or value < 10]
    if prior is not None:
        lines += ["[plan.prior]", *(f"{name} = {value!r}" for name, value in prior.items())]
    path = tmp_path / "fuzz.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    plan, refusal = planned_or_refused(path)
    event("planned" if plan else "refused")
    if plan is None:
        assert "fuzz.toml" in refusal
        return
    document = plan_document(plan)
    json.dumps(document)
    for run in plan.runs:
        assert run.fluence_cm2 > 0
        assert run.flux_cm2_s >= 1
        assert run.end_s >= run.start_s
    if not any(tilts):
        written = campaign_with_runs(path.read_text(encoding="utf-8"), plan, "fuzz.toml")
        assert len(parse_configuration(written, BeamCampaignConfiguration, "fuzz.toml").ions) == len(plan.runs)
