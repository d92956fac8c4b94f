"""``radtest payload``: upsets, outages, heat and life of a payload."""

from __future__ import annotations

from pathlib import Path

import click

from radtest.cli.intervals import confidence_option

__all__ = ["command"]


@click.command(
    epilog="Example: radtest payload fixtures/payloads/image_processor.toml",
    short_help="Estimate upsets, outages, heat and life of a payload.",
)
@click.argument("payload", type=click.Path(path_type=Path))
@click.option(
    "--draws", type=click.IntRange(min=100), default=2000, show_default=True, help="Draws behind the intervals."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of the draws.")
@confidence_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(payload: Path, draws: int, seed: int, confidence: float, as_json: bool) -> None:
    """Estimate what PAYLOAD, a TOML file, will see in orbit: errors, outages, temperatures, throughput and life.

    Rates are those of radtest rate for the same device and environment. In an orbit with a solar event the figures of
    the quiet orbit come first and those while the event lasts beside them.
    """
    from radtest.analysis import estimate_payload
    from radtest.analysis.payload_configuration import read_payload
    from radtest.core.configuration import naming

    built, configuration = read_payload(payload)
    with naming(payload):
        estimate = estimate_payload(built, seed=seed, draws=draws, confidence=confidence)
    if as_json:
        from radtest.analysis.payload_sources import payload_files, payload_parameters
        from radtest.cli.output import print_json
        from radtest.cli.payload_output import payload_document

        inputs = configuration.model_dump(mode="json", exclude_none=True)
        document = payload_document(estimate, {"file": str(payload), "seed": seed, "draws": draws, **inputs})
        document["files"] = [
            {"role": file.role, "path": str(file.path), "sha256": file.sha256}
            for file in payload_files(payload, configuration)
        ]
        document["sources"] = {
            parameter.name: {"value": parameter.value, "from": parameter.origin}
            for parameter in payload_parameters(payload, configuration)
        }
        print_json(document)
    else:
        from radtest.cli.payload_output import show_payload

        show_payload(estimate)
