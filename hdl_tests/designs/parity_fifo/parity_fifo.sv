// A first-in first-out buffer. The oldest word is on read_data while `valid` is high.
//
// HARDENED = 1 keeps a parity bit with each word, and both pointers twice. `alarm` is high as long as the parity of the
// shown word is wrong or the two copies of a pointer differ; what then comes out is not to be used, and a reset empties
// the buffer. It detects and does not correct: the cheapest protection, for data that can be asked for again.
//
// Known hole: two upsets in one word leave its parity right.
`default_nettype none
`timescale 1ns / 1ps

module parity_fifo #(
    parameter integer HARDENED = 1,
    parameter integer WIDTH = 8,
    parameter integer ADDRESS_BITS = 3
) (
    input  wire             clk,
    input  wire             resetn,
    input  wire             write,
    input  wire [WIDTH-1:0] write_data,
    output wire             full,
    input  wire             read,
    output wire [WIDTH-1:0] read_data,
    output wire             valid,
    output wire             alarm
);
    localparam integer STORED = HARDENED != 0 ? WIDTH + 1 : WIDTH;
    localparam [ADDRESS_BITS:0] ZERO = 0;

    reg [STORED-1:0] memory [0:(1<<ADDRESS_BITS)-1];

    // One bit more than an address: it tells a full buffer from an empty one.
    reg [ADDRESS_BITS:0] write_pointer;
    reg [ADDRESS_BITS:0] read_pointer;

    wire push = write && !full;
    wire pop = read && valid;
    wire [STORED-1:0] oldest = memory[read_pointer[ADDRESS_BITS-1:0]];

    assign valid = write_pointer != read_pointer;
    assign full = (write_pointer ^ read_pointer) == (ZERO | 1'b1) << ADDRESS_BITS;
    assign read_data = oldest[WIDTH-1:0];

    always @(posedge clk) write_pointer <= !resetn ? ZERO : write_pointer + push;
    always @(posedge clk) read_pointer <= !resetn ? ZERO : read_pointer + pop;

    generate
        if (HARDENED != 0) begin : hardened
            reg [ADDRESS_BITS:0] write_pointer_again;
            reg [ADDRESS_BITS:0] read_pointer_again;

            (* keep *) always @(posedge clk) write_pointer_again <= !resetn ? ZERO : write_pointer_again + push;
            (* keep *) always @(posedge clk) read_pointer_again <= !resetn ? ZERO : read_pointer_again + pop;

            always @(posedge clk) if (push) memory[write_pointer[ADDRESS_BITS-1:0]] <= {^write_data, write_data};

            assign alarm = (valid && ^oldest)
                || write_pointer != write_pointer_again
                || read_pointer != read_pointer_again;
        end else begin : plain
            always @(posedge clk) if (push) memory[write_pointer[ADDRESS_BITS-1:0]] <= write_data;

            assign alarm = 1'b0;
        end
    endgenerate
endmodule

`default_nettype wire
