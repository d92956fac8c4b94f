"""``radtest doctor``: the external tools on this machine."""

from __future__ import annotations

import json

import click

__all__ = ["command"]


@click.command(epilog="Example: radtest doctor --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(as_json: bool) -> int:
    """Show each external tool: path, version, minimum, what it unlocks and how to install it.

    A missing tool is information, not a failure. The exit status is 1 only if a tool that is there does not answer.
    """
    from radtest.tools import Status, find_all_tools

    tools = find_all_tools()
    broken = any(tool.status is Status.BROKEN for tool in tools)
    if as_json:
        rows = [
            {
                "name": tool.name,
                "kind": tool.wanted.kind.value,
                "status": tool.status.value,
                "path": None if tool.path is None else str(tool.path),
                "version": tool.version,
                "minimum": tool.wanted.minimum or None,
                "unlocks": tool.wanted.unlocks,
                "install": tool.wanted.install,
                "detail": tool.detail or None,
            }
            for tool in tools
        ]
        click.echo(json.dumps({"ok": all(tool.status is Status.OK for tool in tools), "tools": rows}))
        return 1 if broken else 0

    colours = {Status.OK: "green", Status.TOO_OLD: "yellow", Status.MISSING: "yellow", Status.BROKEN: "red"}
    width = max(len(tool.name) for tool in tools)
    for tool in tools:
        status = click.style(f"{tool.status.value:<8}", fg=colours[tool.status])
        minimum = f"needs {tool.wanted.minimum}" if tool.wanted.minimum else "any version"
        click.echo(f"{tool.name:<{width}}  {status} {tool.version or '-':<12} {minimum:<12} {tool.wanted.unlocks}")
        if tool.path is not None:
            click.echo(f"{'':<{width}}  at {tool.path}")
        if tool.status is not Status.OK:
            click.echo(f"{'':<{width}}  {f'{tool.detail}; ' if tool.detail else ''}install: {tool.wanted.install}")
    good = sum(tool.status is Status.OK for tool in tools)
    click.echo(f"{good} of {len(tools)} tools ready.")
    return 1 if broken else 0
