"""Weights of a campaign: which targets they are for, where they come from, and what they make of a device."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from campaign_samples import HEADER, TARGETS, seal_campaign, several

from radtest.analysis import proportion, stratified_proportion
from radtest.cli import main
from radtest.core import ConfigurationError, Estimate, Outcome, RecordError
from radtest.inject import SamplingDesign, Stratum, device_cross_section, summarise
from radtest.inject.configuration import CampaignSection
from radtest.inject.weights import read_weights, weighted_strata
from radtest.log import open_record

FIXTURES = Path(__file__).parents[2] / "fixtures"
EVERYTHING = range(len(TARGETS))


def sections(*weights: dict[str, object]) -> tuple[object, ...]:
    return CampaignSection.model_validate({"upsets": 9, "weights": weights}).weights


def strata(*weights: dict[str, object], chosen: list[int] | None = None) -> list[tuple[str, tuple[int, ...], float]]:
    read = read_weights(sections(*weights), Path("c.toml"))
    assert read is not None
    parts = weighted_strata(read, TARGETS, list(EVERYTHING) if chosen is None else chosen, Path("c.toml"))
    return [(part.name, part.targets, part.sigma.value if part.sigma else 0.0) for part in parts]


def test_a_target_has_the_first_weight_that_fits():
    assert strata(
        {"include": ["cpu.reg_*"], "sigma_cm2": 1e-14, "name": "hardened"},
        {"kinds": ["flip_flop"], "sigma_cm2": 2e-14},
        {"modules": ["soc"], "kinds": ["memory", "latch"], "sigma_cm2": 3e-14},
    ) == [("hardened", (0, 1), 1e-14), ("flip_flop", (2,), 2e-14), ("memory, latch, soc", (3, 4), 3e-14)]


def test_a_chosen_target_without_weight_is_an_error_that_names_it():
    with pytest.raises(ConfigurationError, match=r"none is for 1 of the 5 chosen targets \(latch\): gate"):
        strata({"kinds": ["flip_flop", "memory"], "sigma_cm2": 1e-14})


def test_a_target_that_takes_no_part_needs_no_weight():
    assert strata({"kinds": ["flip_flop"], "sigma_cm2": 1e-14}, chosen=[0, 2]) == [("flip_flop", (0, 2), 1e-14)]


def test_a_weight_for_nothing_is_an_error():
    with pytest.raises(ConfigurationError, match=r"campaign.weights.1 \(latch\): fits no chosen target"):
        strata({"sigma_cm2": 1e-14}, {"kinds": ["latch"], "sigma_cm2": 2e-14})


def test_cross_sections_and_rates_do_not_mix():
    with pytest.raises(ConfigurationError, match=r"cross sections and rates \(cm2, 1/day\) cannot be added up"):
        strata({"kinds": ["latch"], "sigma_cm2": 1e-14}, {"rate_per_bit_day": 1e-7})


@pytest.fixture
def fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """What `radtest fit --json` writes."""
    points = FIXTURES / "cross_sections" / "sram_64mbit_seu.csv"
    with pytest.raises(SystemExit):
        main(["fit", str(points), "--per", "bit", "--at", "40", "--json"])
    path = tmp_path / "fit.json"
    path.write_text(capsys.readouterr().out)
    return path


def value(folder: Path, **keys: object) -> tuple[Estimate, str]:
    read = read_weights(sections(keys), folder / "c.toml")
    assert read is not None
    return read.values[0], read.unit


def test_a_fit_gives_its_cross_section_at_a_let_or_at_saturation(fit):
    document = json.loads(fit.read_text())

    at_40, unit = value(fit.parent, fit="fit.json", let_mev_cm2_mg=40.0)
    saturated, _ = value(fit.parent, fit="fit.json")

    (row,) = document["at"]
    assert unit == "cm2"
    assert (at_40.value, at_40.low, at_40.high) == (row["sigma_cm2"], row["low"], row["high"])
    assert at_40.low < at_40.value < saturated.value == document["sigma_sat_cm2"]["value"]


def test_a_rate_gives_upsets_per_bit_and_day(tmp_path, capsys):
    arguments = [str(FIXTURES / "devices" / "2164.toml"), "--spectrum"]
    with pytest.raises(SystemExit):
        main(["rate", *arguments, str(FIXTURES / "spectra" / "spenvis_let_spectrum.csv"), "--json"])
    (tmp_path / "rate.json").write_text(capsys.readouterr().out)

    rate, unit = value(tmp_path, rate="rate.json")

    assert unit == "1/day"
    assert rate.value == pytest.approx(2.65e-2, rel=0.02)
    assert rate.low == rate.value == rate.high


@pytest.mark.parametrize(
    ("content", "keys", "said"),
    [
        (None, {"fit": "w.json"}, r"campaign.weights.0.fit: .*w.json: cannot be read: No such file"),
        ("{", {"fit": "w.json"}, r"w.json: not JSON"),
        ("[1]", {"fit": "w.json"}, r"w.json: not a JSON object"),
        ('{"per": "device"}', {"fit": "w.json"}, r"holds no cross section per bit"),
        ('{"per": "bit"}', {"fit": "w.json"}, r"sigma_sat_cm2: no value with low and high"),
        (
            '{"per": "bit", "sigma_sat_cm2": {"value": 1e-9, "low": 1e-10, "high": null}}',
            {"fit": "w.json"},
            r"from 1e-10 to no limit: a weight needs a value above 0 and limits on both sides",
        ),
        (
            '{"per": "bit", "at": [{"let_mev_cm2_mg": 40.0}]}',
            {"fit": "w.json", "let_mev_cm2_mg": 50.0},
            r"the cross section at 50 MeV·cm²/mg is not in .*; LETs in it: 40",
        ),
        ('{"total": {"per_bit_day": 0.0, "low": 0.0, "high": 0.0}}', {"rate": "w.json"}, r"a value above 0"),
    ],
)
def test_a_file_without_a_weight_is_an_error_that_says_how_to_write_one(tmp_path, content, keys, said):
    if content is not None:
        (tmp_path / "w.json").write_text(content)
    with pytest.raises(ConfigurationError, match=said) as error:
        value(tmp_path, **keys)
    assert error.value.remedy


CELLS = (
    Stratum("flip-flops", (0, 1, 2), 27, Estimate(2e-14, 1.5e-14, 2.6e-14)),
    Stratum("ram", (3,), 2048, Estimate(1e-14, 1e-14, 1e-14)),
)


def weighted_record(path: Path, strata: tuple[Stratum, ...], unit: str = "cm2") -> Path:
    design = SamplingDesign(upsets=150, population=10**6, strata=strata, unit=unit)
    source = dataclasses.replace(HEADER.source, sampling=design.to_text())
    results = several({Outcome.SDC: 10, Outcome.MASKED: 40}, target=0)
    results += several({Outcome.SDC: 3, Outcome.MASKED: 95, Outcome.INVALID: 2}, target=3, first=50)
    return seal_campaign(path, results, header=dataclasses.replace(HEADER, source=source))


def test_the_device_is_the_sum_of_bits_times_cross_section_times_share(tmp_path):
    with open_record(weighted_record(tmp_path / "a.h5", CELLS)) as record:
        device = device_cross_section(record)
        summary = summarise(record)

    assert (device.unit, device.bits) == ("cm2/device", 2075)
    assert device.upsets == pytest.approx(27 * 2e-14 + 2048 * 1e-14)
    expected = 27 * 2e-14 * 10 / 50 + 2048 * 1e-14 * 3 / 98
    sdc = device.outcomes[Outcome.SDC]
    assert sdc.value == pytest.approx(expected)
    assert sdc.low < expected < sdc.high
    assert device.vulnerable.value == pytest.approx(expected)
    assert sum(estimate.value for estimate in device.outcomes.values()) == pytest.approx(device.upsets)
    # The share of all upsets is weighed likewise, and not 13 of 148.
    weights = [27 * 2e-14, 2048 * 1e-14 * 98 / 100]
    assert summary.total.sdc == stratified_proportion(weights, [10, 3], [50, 98])
    assert summary.total.interval == "stratified score"


def test_parts_that_lie_in_one_stratum_have_intervals_of_simple_samples(tmp_path):
    with open_record(weighted_record(tmp_path / "a.h5", CELLS)) as record:
        summary = summarise(record)
    assert {row.name: row.sdc for row in summary.kinds} == {
        "flip_flop": proportion(10, 50),
        "memory": proportion(3, 98),
    }


def test_a_stratum_without_a_valid_upset_counts_in_the_upper_limit_and_is_named(tmp_path):
    latch = Stratum("latches", (4,), 1, Estimate(1e-10, 1e-10, 1e-10))
    with open_record(weighted_record(tmp_path / "a.h5", (*CELLS, latch))) as record:
        device = device_cross_section(record)
        share = summarise(record).total.sdc
    with open_record(weighted_record(tmp_path / "b.h5", CELLS)) as record:
        known = device_cross_section(record).outcomes[Outcome.SDC]

    sdc = device.outcomes[Outcome.SDC]
    assert (sdc.value, sdc.low) == (known.value, known.low)
    assert sdc.high == pytest.approx(known.high + 1e-10)
    assert device.notes[0].startswith("latches: no valid upset")
    # No upset fell there: of nearly all upsets of this device nothing is known.
    assert share.high > 0.7


def test_rates_give_a_rate_of_the_device(tmp_path):
    with open_record(weighted_record(tmp_path / "a.h5", CELLS, unit="1/day")) as record:
        assert device_cross_section(record).unit == "1/day/device"


def test_a_campaign_without_weights_has_no_device_cross_section(tmp_path):
    path = seal_campaign(tmp_path / "a.h5", several({Outcome.SDC: 1}))
    with open_record(path) as record, pytest.raises(RecordError, match="had no weights"):
        device_cross_section(record)


def test_the_command_shows_sampling_and_device(tmp_path, capsys):
    path = weighted_record(tmp_path / "a.h5", CELLS)

    with pytest.raises(SystemExit) as end:
        main(["inject", "--show", str(path), "--json"])
    shown = json.loads(capsys.readouterr().out)

    assert end.value.code == 0
    assert shown["interval"] == "stratified score"
    assert shown["sampling"]["strata"] == [{"name": "flip-flops", "bits": 27}, {"name": "ram", "bits": 2048}]
    assert shown["device"]["unit"] == "cm2/device"
    assert shown["device"]["outcomes"]["sdc"]["low"] > 0

    with pytest.raises(SystemExit):
        main(["inject", "--show", str(path)])
    text = capsys.readouterr().out
    assert "Sampling: 150 of 1000000 possible upsets, stratified by 2 weights" in text
    assert "Device, 2075 bits" in text
