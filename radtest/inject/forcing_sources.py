"""What a simulator is built with so that single bits of its signals can be forced.

Verilator must be told beforehand which signals can be forced; it then keeps beside each a mask and a value, bit by bit,
through which all that reads the signal sees it.

Icarus can force bits by statements, but for many a signal it refuses them (a variable with a continuous assignment, a
bit of an enumeration), and a variable that is released keeps what it was forced to. Its simulator proper, vvp, has
neither limit. So the module made here forces bits of nets of its own that stand for the signals, and reads each signal
before; in the program that Icarus makes of it, each of these nets is then replaced by the signal that was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from radtest.core.errors import InjectionError
from radtest.core.injection import Target, TargetKind

__all__ = [
    "FORCING_MODULE",
    "declared_names",
    "forceable_configuration",
    "forcing_source",
    "is_written_back",
    "link_forcing",
    "unbound_names",
]

FORCING_MODULE = "radtest_forcing"

_SEEN = "radtest_seen"
_LIKE = "radtest_like_"
_LABEL = re.compile(r'(\S+) \.(?:net|var)\S* "(\w+)",')
_LOAD = re.compile(r"\s*%load/vec4 (\S+);")
_STORE = re.compile(r"\s*%store/vec4 (\S+),")
_FORCE = re.compile(r"(\s*%(?:force/vec4(?:/off)?|release/net) )([^\s,;]+)(.*)")


def is_written_back(target: Target) -> bool:
    """Tell whether a target is an element of an array, of which no simulator can force a bit."""
    return target.kind is TargetKind.MEMORY or target.name.endswith("]")


def declared_names(targets: Iterable[Target]) -> list[str]:
    """Return the names of the signals that hold targets, each once: a target may be a part of a declaration only."""
    return list(dict.fromkeys(target.name for target in targets))


def forceable_configuration(targets: Iterable[Target]) -> str:
    """Return a control file of Verilator that makes the signals of these targets forceable."""
    signals = sorted({(target.module, target.name.rpartition(".")[2]) for target in targets})
    lines = [f'forceable -module "{module}" -var "{name}"' for module, name in signals]
    return "\n".join(["`verilator_config", *lines, ""])


def forcing_source(targets: Sequence[Target], names: Sequence[str], design: str) -> str:
    """Return the source of the module that forces bits in Icarus.

    Parameters
    ----------
    targets : sequence of Target
        What may be forced.
    names : sequence of str
        The signals that hold them; they are counted by their places here.
    design : str
        Hierarchical name of the instance of the design, from the top module of the simulation.
    """
    places: dict[str, set[int]] = {name: set() for name in names}
    for target in targets:
        if target.name in places:
            places[target.name].update(range(target.lsb, target.lsb + target.width))
    widths = [f"$bits({design}.{name})" for name in names]
    lines = [f"module {FORCING_MODULE};"]
    lines += ["    reg [31:0] signal = 0;", "    reg [31:0] place = 0;"]
    lines += ["    // 1: release; 2, 3: force to 0, 1"]
    lines += ["    reg [1:0] action = 0;"]
    lines += [f"    reg [{width}-1:0] {_SEEN}_{number};" for number, width in enumerate(widths)]
    lines += [f"    wire [{width}-1:0] {_LIKE}{number};" for number, width in enumerate(widths)]
    lines += ["    always @(action)", "        if (action != 0) case (signal)"]
    for number, name in enumerate(names):
        like = f"{_LIKE}{number}"
        lines += [f"            {number}: begin", f"                {_SEEN}_{number} = {design}.{name};"]
        lines += [f"                if (action == 1) release {like};", "                else case (place)"]
        for place in sorted(places[name]):
            bit = f"{like}[{place}]"
            lines.append(f"                    {place}: if (action[0]) force {bit} = 1'b1; else force {bit} = 1'b0;")
        lines += ["                    default: ;", "                endcase", "            end"]
    lines += ["            default: ;", "        endcase", "endmodule", ""]
    return "\n".join(lines)


def unbound_names(log: str, design: str) -> set[str]:
    """Return the signals that Icarus, by its log, cannot find from the module."""
    bound = re.findall(rf"{FORCING_MODULE}\.sv:\d+: error: Unable to bind [\w/ ]+ `([^']+)'", log)
    return {name.removeprefix(f"{design}.") for name in bound}


def link_forcing(program: str, names: Sequence[str]) -> tuple[str, set[str]]:
    """Let the module force the signals themselves, in the program that Icarus has made.

    Parameters
    ----------
    program : str
        Text of the program for vvp.
    names : sequence of str
        The signals, in the order of `forcing_source`.

    Returns
    -------
    program, missed : str, set of str
        The changed text, and the signals that the program holds in a form that cannot be forced.

    Raises
    ------
    InjectionError
        If the text is not what Icarus is known to write.
    """
    lines = program.split("\n")
    labels = {match[2]: match[1] for match in map(_LABEL.match, lines) if match and match[2].startswith("radtest_")}
    numbers = {labels.get(f"{_SEEN}_{number}"): number for number in range(len(names))}
    likes = {labels.get(f"{_LIKE}{number}"): number for number in range(len(names))}
    signals: dict[int, str] = {}
    loaded: str | None = None
    uses = 0
    for place, line in enumerate(lines):
        if load := _LOAD.match(line):
            loaded = load[1]
        elif (store := _STORE.match(line)) and store[1] in numbers:
            if loaded is not None:
                signals[numbers[store[1]]] = loaded
            loaded = None
        elif (force := _FORCE.match(line)) and force[2] in likes:
            uses += 1
            signal = signals.get(likes[force[2]])
            if signal is not None:
                lines[place] = f"{force[1]}{signal}{force[3]}"
        elif not line.lstrip().startswith(("%pad", "%load")):
            loaded = None
    if names and not uses:
        raise InjectionError(
            "Icarus has written a program in which radtest does not find its own statements to force bits",
            remedy="use Icarus 11 or 12, or Verilator; radtest doctor shows what is installed.",
        )
    return "\n".join(lines), {name for number, name in enumerate(names) if number not in signals}
