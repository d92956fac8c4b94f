"""The Verilog that GHDL writes, made fit for others to read."""

from __future__ import annotations

import re

__all__ = ["readable"]

_KEYWORDS = frozenset(
    """
    accept_on alias always_comb always_ff always_latch assert assume before bind bins binsof bit break byte chandle
    checker class clocking const constraint context continue cover covergroup coverpoint cross dist do endchecker
    endclass endclocking endgroup endinterface endpackage endprogram endproperty endsequence enum eventually expect
    export extends extern final first_match foreach forkjoin global iff ignore_bins illegal_bins implements implies
    import inside int interconnect interface intersect join_any join_none let local logic longint matches modport
    nettype new nexttime null package packed priority program property protected pure rand randc randcase
    randsequence ref reject_on restrict return s_always s_eventually s_nexttime s_until s_until_with sequence
    shortint shortreal soft solve static string strong struct super sync_accept_on sync_reject_on tagged this
    throughout timeprecision timeunit type typedef union unique unique0 until until_with untyped uwire var virtual
    void wait_order weak wildcard with within
    """.split()  # noqa: SIM905 (a list of this length reads better as text)
)
"""The words of SystemVerilog that Verilog does not have (IEEE 1800-2017, annex B), and that GHDL leaves as names."""

_WORD = re.compile(r"(?<![\w\\$'`])[a-z_][a-z0-9_]*(?![\w$])")


_CHOICE = re.compile(r"^ +[\w']+: (\w+) <= [^;]+;\n( +)endcase$", re.MULTILINE)
"""The last choice of a case that has no default."""


def readable(verilog: str) -> str:
    """Return the same Verilog for readers that take it for SystemVerilog, and for Yosys.

    Names that are words of SystemVerilog are escaped. A choice between values that leaves some codes out, as one by an
    enumeration does, gets the default that it has in GHDL's netlist, which is any value: without one it would be a
    latch.
    """
    complete = _CHOICE.sub(
        lambda end: f"{end[0][: -len('endcase')]}  default: {end[1]} <= 'bx;\n{end[2]}endcase", verilog
    )
    return _WORD.sub(lambda word: f"\\{word[0]} " if word[0] in _KEYWORDS else word[0], complete)
