// A bank of registers, written one word at a time and read at once.
//
// HARDENED = 1 keeps every bit three times. A bitwise majority vote is what is read, and what every copy loads in every
// cycle that does not write its word: an upset of one copy is gone with the next edge, before a second can join it.
// upset_seen is high while the copies differ. SELF_REPAIR = 0 leaves that out: each copy keeps what it holds, upsets of
// different copies meet in time, and where two hit the same bit they win the vote.
//
// The attribute keep stands at the always blocks: there Yosys leaves the three copies apart, while at the declaration
// of a register it does not, and merges them into one. tmr_bank_merged.sv is what would then be left.
//
// Known hole: one voter serves the three copies. A transient on it at a clock edge is stored in all of them. So are two
// upsets of the same bit in two copies within one cycle.
`default_nettype none
`timescale 1ns / 1ps

module tmr_bank #(
    parameter integer HARDENED = 1,
    parameter integer SELF_REPAIR = 1,
    parameter integer WORDS = 8,
    parameter integer WIDTH = 8
) (
    input  wire                     clk,
    input  wire                     resetn,
    input  wire                     write,
    input  wire [$clog2(WORDS)-1:0] address,
    input  wire [        WIDTH-1:0] write_data,
    output wire [        WIDTH-1:0] read_data,
    output wire                     upset_seen
);
    wire [WORDS*WIDTH-1:0] stored;

    assign read_data = stored[address*WIDTH +: WIDTH];

    // What a copy is to hold after the next edge, if it is to keep this otherwise.
    function automatic [WORDS*WIDTH-1:0] next(input [WORDS*WIDTH-1:0] kept);
        begin
            next = kept;
            if (!resetn) next = {WORDS*WIDTH{1'b0}};
            else if (write) next[address*WIDTH +: WIDTH] = write_data;
        end
    endfunction

    generate
        if (HARDENED != 0) begin : hardened
            reg [WORDS*WIDTH-1:0] copy_a;
            reg [WORDS*WIDTH-1:0] copy_b;
            reg [WORDS*WIDTH-1:0] copy_c;

            (* keep *) always @(posedge clk) copy_a <= next(SELF_REPAIR != 0 ? stored : copy_a);
            (* keep *) always @(posedge clk) copy_b <= next(SELF_REPAIR != 0 ? stored : copy_b);
            (* keep *) always @(posedge clk) copy_c <= next(SELF_REPAIR != 0 ? stored : copy_c);

            assign stored = (copy_a & copy_b) | (copy_a & copy_c) | (copy_b & copy_c);
            assign upset_seen = (copy_a != copy_b) || (copy_a != copy_c);
        end else begin : plain
            reg [WORDS*WIDTH-1:0] bank;

            always @(posedge clk) bank <= next(bank);

            assign stored = bank;
            assign upset_seen = 1'b0;
        end
    endgenerate
endmodule

`default_nettype wire
