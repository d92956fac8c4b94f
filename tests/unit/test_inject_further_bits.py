"""What the campaign file says of clusters and of upsets that accumulate, and what the record is told about them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from injection_samples import write_project

from radtest.core import ConfigurationError, FaultModel, Target, TargetKind
from radtest.inject import read_injection_configuration
from radtest.inject.configuration import CampaignSection
from radtest.inject.further_bits import FurtherBits, PlannedUpsets
from radtest.inject.sampling import draw_upsets
from radtest.inject.targets import TargetList

TARGETS = [Target("a", "top", TargetKind.FLIP_FLOP, 8), Target("b", "top", TargetKind.FLIP_FLOP, 300)]
LISTED = TargetList(tuple(TARGETS), (), (), 0)
CYCLES = range(100)


def plan(folder: Path, count: int = 100, **keys: Any) -> PlannedUpsets:
    section = CampaignSection.model_validate({"upsets": count} | keys)
    chosen = range(len(TARGETS))
    singles = draw_upsets(TARGETS, chosen, CYCLES, count, np.random.default_rng(section.seed))
    return FurtherBits(section, folder / "c.toml", LISTED, chosen).plan(singles, CYCLES, clock_period_ps=10_000)


def figures(planned: PlannedUpsets) -> dict[str, float]:
    return {name: value for name, value, _, _ in planned.figures}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"model": "mcu"}, r"model = 'mcu' needs a section \[campaign.cluster\]"),
        ({"cluster": {"size": 2}}, r"model = 'mcu' needs a section \[campaign.cluster\], and the section that model"),
        ({"model": "mcu", "cluster": {"size": 0}}, r"campaign.cluster.size = 0"),
        ({"model": "mcu", "cluster": {"sice": 2}}, r"campaign.cluster.sice: unknown key; did you mean 'size'\?"),
        ({"model": "mcu", "cluster": {"offsets": [[1, 0, 0]]}}, r"campaign.cluster.offsets"),
        (
            {"model": "mcu", "cluster": {"size": 2, "placement": "gone.csv"}},
            r"campaign.cluster.placement = 'gone.csv': no such file: /",
        ),
        (
            {"model": "mcu", "cluster": {"size": 2}, "accumulate": {"mean_upsets": 2.0}},
            r"\[campaign.accumulate\] is for model = 'seu', not 'mcu'",
        ),
        ({"accumulate": {"mean_upsets": -1.0}}, r"campaign.accumulate.mean_upsets = -1.0"),
        ({"accumulate": {"mean_upsets": 2.0}, "strata": "module"}, r"does not go with strata or weights"),
        ({"accumulate": {"mean_upsets": 2.0}, "looks": [5, 10]}, r"exactly one of"),
    ],
)
def test_what_does_not_fit_together_is_named(tmp_path, keys, said):
    with pytest.raises(ConfigurationError, match=said):
        read_injection_configuration(write_project(tmp_path, campaign=keys))


def test_single_upsets_stay_as_they_are(tmp_path):
    planned = plan(tmp_path)

    assert all(len(upset.strikes) == 1 for upset in planned.upsets)
    assert planned.upsets.model is FaultModel.SEU
    assert planned.figures == ()


@pytest.mark.parametrize(
    "keys", [{"model": "mcu", "cluster": {"size": 3}}, {"accumulate": {"mean_upsets": 1.5}}], ids=["mcu", "accumulate"]
)
def test_the_single_upset_that_was_drawn_is_part_of_each(tmp_path, keys):
    alone, together = plan(tmp_path).upsets, plan(tmp_path, **keys).upsets

    assert all(one.strikes[0] in more.strikes for one, more in zip(alone, together, strict=True))
    assert together == plan(tmp_path, **keys).upsets
    assert together[:40] == plan(tmp_path, 40, **keys).upsets


def test_the_record_is_told_how_large_clusters_are_and_how_many_were_cut(tmp_path):
    planned = plan(tmp_path, 308 * 100, model="mcu", cluster={"size": 2})

    # All bits at all times: the last bit of either register has no neighbour.
    assert figures(planned) == {"cluster_bits_mean": 2 - 2 / 308, "clusters_cut": 200.0}


def test_the_record_is_told_which_bits_have_no_place(tmp_path):
    rows = "".join(f"b[{bit}],{bit},0\n" for bit in range(0, 300, 2))
    (tmp_path / "p.csv").write_text("name,x_um,y_um\na[0],0,1\n" + rows)

    planned = plan(tmp_path, model="mcu", cluster={"size": 2, "placement": "p.csv"})

    *_, (name, value, unit, detail) = planned.figures
    assert (name, value, unit) == ("bits_not_placed", 7.0 + 150, "bits")
    assert detail.startswith("a[1], a[2], a[3], a[4], a[5], a[6], a[7], b[1], b[3], ")
    assert detail.endswith(" more")
    assert len(detail.encode()) < 1023


def test_the_record_is_told_the_mean_number_of_upsets_in_a_run(tmp_path):
    planned = plan(tmp_path, accumulate={"flux_cm2_s": 1e6, "cross_section_cm2_bit": 1e-3})

    # 308 bits for 100 cycles of 10 ns.
    assert figures(planned)["upsets_per_run_mean"] == pytest.approx(1e6 * 1e-3 * 308 * 1e-6)
    assert math.isclose(figures(plan(tmp_path, accumulate={"mean_upsets": 2.5}))["upsets_per_run_mean"], 2.5)


def test_a_broken_placement_is_found_before_anything_is_built(tmp_path):
    (tmp_path / "p.csv").write_text("name,x_um,y_um\nelsewhere,0,0\n")
    section = CampaignSection.model_validate(
        {"upsets": 1, "model": "mcu", "cluster": {"size": 2, "placement": "p.csv"}}
    )

    with pytest.raises(ConfigurationError, match=r"p.csv: none of the 308 bits of the design has a place in it"):
        FurtherBits(section, tmp_path / "c.toml", LISTED, range(2))
