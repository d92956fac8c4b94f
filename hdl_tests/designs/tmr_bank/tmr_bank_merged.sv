// What a synthesis that merges equal flip-flops leaves of tmr_bank: the names of three copies and a voter, and behind
// them one register. It passes every test that tmr_bank passes; a campaign sees that its hardening is not there.
`default_nettype none
`timescale 1ns / 1ps

module tmr_bank_merged #(
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
    reg  [WORDS*WIDTH-1:0] copy_a;
    wire [WORDS*WIDTH-1:0] copy_b = copy_a;
    wire [WORDS*WIDTH-1:0] copy_c = copy_a;
    wire [WORDS*WIDTH-1:0] stored = (copy_a & copy_b) | (copy_a & copy_c) | (copy_b & copy_c);

    assign read_data = stored[address*WIDTH +: WIDTH];
    assign upset_seen = (copy_a != copy_b) || (copy_a != copy_c);

    always @(posedge clk) begin
        if (!resetn) copy_a <= {WORDS*WIDTH{1'b0}};
        else if (write) copy_a[address*WIDTH +: WIDTH] <= write_data;
    end
endmodule

`default_nettype wire
