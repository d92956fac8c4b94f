"""The campaign file of models that hold a bit at a level."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from radtest.core import ConfigurationError, FaultModel, Target, TargetKind
from radtest.inject.configuration import CampaignSection
from radtest.inject.held_targets import check_can_hold, held_targets


def section(**keys: object) -> CampaignSection:
    return CampaignSection.model_validate({"upsets": 1} | keys)


def test_a_transient_hits_nets_and_a_stuck_bit_is_one_of_a_flip_flop_by_default():
    assert section(model="set", set_width_ps=200).kinds == (TargetKind.NET,)
    assert section(model="stuck0").kinds == (TargetKind.FLIP_FLOP,)
    assert section(model="stuck1", kinds=["net", "memory"]).kinds == (TargetKind.NET, TargetKind.MEMORY)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"model": "set"}, "needs set_width_ps"),
        ({"model": "stuck0", "set_width_ps": 200}, "and that key model = 'set'"),
        ({"set_width_ps": 200}, "and that key model = 'set'"),
        ({"model": "set", "set_width_ps": 0}, "greater than or equal to 1"),
        ({"model": "set", "set_width_ps": 200, "kinds": ["flip_flop"]}, "model = 'set' hits nets"),
        ({"kinds": ["net"]}, "a net stores nothing that model = 'seu' could flip"),
        ({"model": "set", "set_width_ps": 200, "accumulate": {"mean_upsets": 2.0}}, "accumulate"),
        ({"model": "glitch"}, "'seu', 'mcu', 'set', 'stuck0' or 'stuck1'"),
    ],
)
def test_what_does_not_fit_together_is_refused(keys, said):
    with pytest.raises(ValidationError, match=said):
        section(**keys)


@pytest.mark.parametrize("model", [{"model": "set", "set_width_ps": 200}, {"model": "stuck0"}, {"model": "stuck1"}])
def test_ghdl_is_refused(model):
    with pytest.raises(ConfigurationError, match="ghdl cannot force single bits") as error:
        check_can_hold(section(**model), "ghdl", Path("c.toml"))

    assert "icarus or verilator" in (error.value.remedy or "")


def test_flips_need_no_forcing():
    targets = [Target("q", "top", TargetKind.FLIP_FLOP, 1), Target("ram", "top", TargetKind.MEMORY, 1, words=2)]

    assert held_targets(section(), targets, [0, 1]) == []
    assert held_targets(section(model=FaultModel.STUCK0), targets, [0, 1]) == targets[:1]
    check_can_hold(section(), "ghdl", Path("c.toml"))
