"""The command line: one thin command per capability, each loaded only when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from radtest import __version__
from radtest.core.errors import RadtestError

__all__ = ["main"]

COMMANDS = {
    "demo": ("radtest.cli.demo", "Run the whole chain on real input and write a report."),
    "doctor": ("radtest.cli.doctor", "Show each external tool: path, version, minimum, what it unlocks."),
    "dose": ("radtest.cli.dose", "Dose of a mission against shielding."),
    "environment": ("radtest.cli.environment", "Particles inside a shield in orbit."),
    "fit": ("radtest.cli.fit", "Fit a cross section to counts from CSV or sealed runs."),
    "harden": ("radtest.cli.harden", "Choose the cheapest flip-flops to protect, and triplicate them."),
    "inject": ("radtest.cli.inject", "Inject upsets into RTL under a cocotb test."),
    "log": ("radtest.cli.log", "Care for the record: show, verify, recover, export."),
    "map": ("radtest.cli.map", "Decide the outcome of every upset of a workload."),
    "payload": ("radtest.cli.payload", "Estimate upsets, outages, heat and life of a payload."),
    "plan": ("radtest.cli.plan", "Plan the beam time of a campaign."),
    "rate": ("radtest.cli.rate", "Upset rate of a device in a LET spectrum."),
    "report": ("radtest.cli.report", "Write the report of an injection campaign, one HTML page."),
    "run": ("radtest.cli.run", "Run a beam campaign."),
    "stopping": ("radtest.cli.stopping", "LET and range of an ion, behind layers."),
}
"""Name of each command, the module that holds it as ``command``, and its line in the overview."""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Return the names of the commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's signature)
        """Return a command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's signature)
        """Write the overview without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: radtest demo",
)
@click.version_option(__version__, prog_name="radtest")
def radtest() -> None:
    """Characterise chips and compute payloads that must survive radiation in space."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; the exit status is 0 done, 1 the work failed, 2 the input was wrong."""
    try:
        status = radtest.main(args=arguments, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(1)
    except RadtestError as error:
        click.echo(f"radtest: {error}", err=True)
        sys.exit(error.exit_status)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)
