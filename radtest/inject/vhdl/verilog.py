"""The Verilog that GHDL writes, made fit for others to read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

__all__ = ["readable"]

_KEYWORDS = frozenset(
    """
    accept_on alias always_comb always_ff always_latch assert assume automatic before bind bins binsof bit break buf
    bufif0 bufif1 byte casex casez cell chandle checker class clocking cmos config const constraint context continue
    cover covergroup coverpoint cross deassign defparam design disable dist do edge endchecker endclass endclocking
    endconfig endfunction endgenerate endgroup endinterface endpackage endprimitive endprogram endproperty
    endsequence endspecify endtable endtask enum event eventually expect export extends extern final first_match
    foreach forever fork forkjoin genvar global highz0 highz1 iff ifnone ignore_bins illegal_bins implements implies
    import incdir include inside instance int integer interconnect interface intersect join join_any join_none large
    let liblist local logic longint macromodule matches medium modport nettype new nexttime nmos
    noshowcancelled notif0 notif1 null package packed pmos primitive priority program property protected pull0 pull1
    pulldown pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase randsequence rcmos real realtime
    ref reject_on repeat restrict return rnmos rpmos rtran rtranif0 rtranif1 s_always s_eventually s_nexttime
    s_until s_until_with scalared sequence shortint shortreal showcancelled signed small soft solve specify
    specparam static string strong strong0 strong1 struct super supply0 supply1 sync_accept_on sync_reject_on table
    tagged task this throughout time timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand trior trireg
    type typedef union unique unique0 unsigned until until_with untyped uwire var vectored virtual void wait_order
    wand weak weak0 weak1 wildcard with within wor
    """.split()  # noqa: SIM905 (a list of this length reads better as text)
)
"""Words of Verilog and SystemVerilog (IEEE 1800-2017, annex B) that GHDL 2 leaves as names, and never writes itself."""

_WRITTEN = frozenset(
    {"always", "assign", "endcase", "endmodule", "initial", "input", "localparam", "module", "output", "reg", "wire"}
)
"""Those that it writes too: at the beginning of a line."""

_EDGES = frozenset({"posedge", "negedge"})
"""And these, before the name of a clock or a reset."""

_WORD = re.compile(r"(?<![\w\\$'`])[a-z_][a-z0-9_]*(?![\w$])")


_MODULE = re.compile(r"^module (\w+)$", re.MULTILINE)
_CHOICE = re.compile(r"^ +\d+'b\w+: (\w+) <= [^;]+;\n( +)endcase$", re.MULTILINE)
"""The last choice of a case that has no default."""
_BITS = re.compile(r'"([01xz]+)"')
"""A long constant, as VHDL has it and GHDL 2 leaves it."""


def readable(verilog: str, defaults: Mapping[str, Mapping[str, str]]) -> str:
    """Return the same Verilog for readers that take it for SystemVerilog, and with what GHDL 2 leaves out of it.

    Names that are words of Verilog or SystemVerilog are escaped, which GHDL does not do. A choice between values gets
    its default, which GHDL 2 does not write, and long constants become constants of Verilog.

    Parameters
    ----------
    verilog : str
        What GHDL has written.
    defaults : mapping
        By module, and by the net that is chosen for, what it is when no choice applies.
    """
    first, *rest = _MODULE.split(verilog)
    parts = [first]
    for name, body in zip(rest[::2], rest[1::2], strict=True):
        parts += [f"module {name}", _CHOICE.sub(partial(_with_default, defaults[name]), body)]
    numbers = _BITS.sub(lambda bits: f"{len(bits[1])}'b{bits[1]}", "".join(parts))
    return _WORD.sub(_escaped, numbers)


def _escaped(word: re.Match[str]) -> str:
    return f"\\{word[0]} " if _is_name(word) else word[0]


def _is_name(word: re.Match[str]) -> bool:
    """Say whether a word is a name that has to be escaped."""
    if word[0] in _KEYWORDS:
        return True
    text = word.string
    if word[0] in _WRITTEN:
        before = text[text.rfind("\n", 0, word.start()) + 1 : word.start()]
        return before.strip(" (") != "" or text.startswith((" =", " <="), word.end())
    return word[0] in _EDGES and not (text.endswith(("(", "or "), 0, word.start()) and text[word.end()] == " ")


def _with_default(defaults: Mapping[str, str], end: re.Match[str]) -> str:
    if end[1] not in defaults:
        return end[0]
    return f"{end[0].removesuffix('endcase')}  default: {end[1]} <= {defaults[end[1]]};\n{end[2]}endcase"
