"""Variables that a combinational block writes and reads, found in the text of the source."""

from __future__ import annotations

import pytest

from radtest.inject.blocks import read_modules


def fed_back(body: str) -> set[str]:
    (module,) = read_modules(f"module m;\n{body}\nendmodule\n")
    return set(module.fed_back)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("always_comb y = a & b;", set()),
        ("always @* begin y = 0; if (c) y = a; end", set()),
        ("always @(*) if (c) y = a; else y = b;", set()),
        ("always_comb begin n = 0; for (int i = 0; i < 8; i++) n = n + d[i]; end", {"n", "i"}),
        ("always_comb begin x = a; y = x ^ b; end", {"x"}),
        ("always_comb begin y = a; if (y[0]) z = b; end", {"y"}),
        ("always_comb begin state_next = state; case (state) 0: state_next = 1; default: ; endcase end", set()),
        ("always_comb case (sel) 2'd0: y = a; default: y = y0; endcase", set()),
        ("always_comb begin {carry, sum} = a + b; end", set()),
        ("always_comb begin {carry, sum} = a + b; z = carry; end", {"carry"}),
        ("always_comb begin y[i] = a; end", set()),
        ("always_comb begin i = a; y[i] = b; end", {"i"}),
        ("always_comb begin s.low = a; s.high = b.low; end", set()),
        ("always_comb begin y += a; end", {"y"}),
        ("always_comb begin : named y = a; end", set()),
        ("always_comb unique case (c) 1: begin y = a; end endcase", set()),
        ("always_comb begin y <= a; if (b <= y) z <= 1; end", {"y"}),
        ('always_comb begin y = a; $display("%d", y); end', {"y"}),
        ("always_comb begin y = a; /* z = y */ end // y", set()),
        ("always @(posedge clk) begin n = n + 1; end", set()),
        ("always @(a or y) y = a;", set()),
        ("always_latch if (enable) q = d;", set()),
        ("assign y = x; always_comb x = a;", set()),
        ("always_comb begin x = a; end always_comb begin y = x; end", set()),
        ("always_comb begin repeat (3) y = y << 1; end", {"y"}),
        ("always_comb do y = y - 1; while (y > 3);", {"y"}),
        ("always_comb begin \\odd.name = a; z = \\odd.name ; end", {"\\odd.name"}),
    ],
)
def test_names_that_a_block_writes_and_reads(body, names):
    assert fed_back(body) == names


def test_modules_are_told_apart_by_their_lines():
    modules = read_modules(
        "module a;\nalways_comb begin x = 1; y = x; end\nendmodule\n\nmodule b;\nalways_comb x = 1;\nendmodule\n"
    )

    assert [(m.first_line, m.last_line, set(m.fed_back)) for m in modules] == [(1, 3, {"x"}), (5, 7, set())]


def test_a_block_that_is_never_closed_is_read_to_the_end_of_its_module():
    assert fed_back("always_comb begin x = 1; y = x;") == {"x"}
