// Controller of a latch valve: closed, priming, opening, open, closing; and safe, which only a reset leaves.
//
//   start   closed -> priming              ready   priming -> opening -> open, closing -> closed
//   stop    priming, opening, open -> closing          fault   any -> safe
//
// HARDENED = 1 stores the state in 6 bits of a Hamming code with distance 3: one wrong bit is corrected as it is read,
// and written back right with the next edge, which `corrected` says. Whatever is then no state leads to `safe`.
// HARDENED = 0 stores the bare 3 bits. Everything else is combinational.
//
// Known hole: two upsets in one cycle. Some of these words are nearer to another state, and pass for it.
`default_nettype none
`timescale 1ns / 1ps

module hamming_fsm #(
    parameter integer HARDENED = 1
) (
    input  wire clk,
    input  wire resetn,
    input  wire start,
    input  wire stop,
    input  wire ready,
    input  wire fault,
    output wire pump,
    output wire valve,
    output wire busy,
    output wire safe,
    output wire corrected
);
    localparam [2:0] CLOSED = 3'd0, PRIMING = 3'd1, OPENING = 3'd2, OPEN = 3'd3, CLOSING = 3'd4, SAFE = 3'd7;

    wire [2:0] state;
    reg  [2:0] next;

    assign pump = state == PRIMING || state == OPENING;
    assign valve = state == OPENING || state == OPEN;
    assign busy = state == PRIMING || state == OPENING || state == CLOSING;
    assign safe = state == SAFE;

    always @* begin
        case (state)
            CLOSED:  next = start ? PRIMING : CLOSED;
            PRIMING: next = stop ? CLOSING : ready ? OPENING : PRIMING;
            OPENING: next = stop ? CLOSING : ready ? OPEN : OPENING;
            OPEN:    next = stop ? CLOSING : OPEN;
            CLOSING: next = ready ? CLOSED : CLOSING;
            default: next = SAFE;
        endcase
        if (fault) next = SAFE;
        if (!resetn) next = CLOSED;
    end

    generate
        if (HARDENED != 0) begin : hardened
            // Three data bits and three checks, each over two of them.
            function automatic [5:0] encode(input [2:0] value);
                encode = {value, value[2] ^ value[1], value[2] ^ value[0], value[1] ^ value[0]};
            endfunction

            reg [5:0] code;

            wire [2:0] syndrome = encode(code[5:3]) ^ code;
            reg  [2:0] decoded;

            always @* begin
                case (syndrome)
                    3'b000, 3'b001, 3'b010, 3'b100: decoded = code[5:3]; // right, or a check is wrong
                    3'b110: decoded = code[5:3] ^ 3'b100;
                    3'b101: decoded = code[5:3] ^ 3'b010;
                    3'b011: decoded = code[5:3] ^ 3'b001;
                    default: decoded = SAFE; // two bits are wrong
                endcase
            end

            always @(posedge clk) code <= encode(next);

            assign state = decoded;
            assign corrected = syndrome != 3'b000 && syndrome != 3'b111;
        end else begin : plain
            reg [2:0] code;

            always @(posedge clk) code <= next;

            assign state = code;
            assign corrected = 1'b0;
        end
    endgenerate
endmodule

`default_nettype wire
