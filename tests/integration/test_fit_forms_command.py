"""``radtest fit --forms --influence``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from radtest.cli import radtest

FIXTURES = Path(__file__).parents[2] / "fixtures"
SEU = FIXTURES / "cross_sections/sram_64mbit_seu.csv"


def test_the_weibull_that_made_the_counts_is_the_best_of_the_forms() -> None:
    result = CliRunner().invoke(radtest, ["fit", str(SEU), "--forms", "--influence", "--json"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    forms = {row["form"]: row for row in document["forms"]}
    assert set(forms) == {"weibull", "lognormal", "piecewise_linear", "power_law"}
    assert document["forms"][0]["form"] == "weibull"
    assert forms["weibull"]["akaike_difference"] == 0.0
    assert forms["weibull"]["deviance"] == pytest.approx(document["deviance"], abs=1e-2)
    assert forms["lognormal"]["akaike_difference"] > 10
    changes = [row["deviance_change"] for row in document["influence"]]
    assert changes == sorted(changes, reverse=True)
    assert len(changes) == document["points"]
    assert -1e-6 <= changes[-1] <= changes[0] <= document["deviance"] + 1e-6


def test_protons_have_neither() -> None:
    result = CliRunner().invoke(radtest, ["fit", str(SEU), "--particle", "proton", "--forms"])
    assert result.exit_code != 0
    assert "--forms is not for --particle proton" in str(result.exception) + result.output
