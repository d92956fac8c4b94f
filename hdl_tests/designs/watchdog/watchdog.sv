// A small controller that averages samples, and a windowed watchdog that supervises it.
//
// The controller takes four samples, a step apart, shows their average with `average_valid` high for one cycle, rests,
// and begins again; it kicks the watchdog once a round. Its state is one-hot: an upset leaves it in two states or in
// none, and from none it never returns. It is the same in both variants: hardening here is supervision.
//
// HARDENED = 1 counts the cycles since the last kick. A kick before EARLIEST, or none up to LATEST, raises `alarm`, which
// stays until reset. Counter and alarm are kept three times and voted bit by bit, each copy loads the vote of all, and
// `corrected` is high while they differ: the supervisor must not be what fails.
//
// Known hole: a watchdog sees when something happens, not what. A wrong average in time is silent.
`default_nettype none
`timescale 1ns / 1ps

module watchdog #(
    parameter integer HARDENED = 1,
    parameter integer EARLIEST = 11,
    parameter integer LATEST = 13
) (
    input  wire       clk,
    input  wire       resetn,
    input  wire [7:0] sample,
    output wire [7:0] average,
    output wire       average_valid,
    output wire       alarm,
    output wire       corrected
);
    wire kick;

    averager controller (
        .clk(clk), .resetn(resetn), .sample(sample), .average(average), .average_valid(average_valid), .kick(kick)
    );

    generate
        if (HARDENED != 0) begin : hardened
            window_watchdog #(.EARLIEST(EARLIEST), .LATEST(LATEST)) supervisor (
                .clk(clk), .resetn(resetn), .kick(kick), .alarm(alarm), .corrected(corrected)
            );
        end else begin : plain
            assign alarm = 1'b0;
            assign corrected = 1'b0;
        end
    endgenerate
endmodule

// The controller.
module averager (
    input  wire       clk,
    input  wire       resetn,
    input  wire [7:0] sample,
    output wire [7:0] average,
    output wire       average_valid,
    output wire       kick
);
    localparam integer TAKE = 0, WAIT = 1, SHOW = 2, REST = 3;

    reg [3:0] state;
    reg [1:0] taken;
    reg [1:0] rested;
    reg [9:0] sum;

    assign average = sum[9:2];
    assign average_valid = state[SHOW];
    assign kick = state[SHOW];

    always @(posedge clk) begin
        if (!resetn) begin
            state <= 4'b1 << REST;
            taken <= 2'd0;
            rested <= 2'd0;
            sum <= 10'd0;
        end else begin
            state <= 4'b0;
            if (state[TAKE]) begin
                sum <= sum + sample;
                taken <= taken + 2'd1;
                state[WAIT] <= 1'b1;
            end
            if (state[WAIT]) begin
                if (taken == 2'd0) state[SHOW] <= 1'b1;
                else state[TAKE] <= 1'b1;
            end
            if (state[SHOW]) begin
                sum <= 10'd0;
                state[REST] <= 1'b1;
            end
            if (state[REST]) begin
                rested <= rested + 2'd1;
                if (rested == 2'd2) rested <= 2'd0;
                if (rested == 2'd2) state[TAKE] <= 1'b1;
                else state[REST] <= 1'b1;
            end
        end
    end
endmodule

// The supervisor: kicks must come EARLIEST to LATEST cycles after one another.
module window_watchdog #(
    parameter integer EARLIEST = 11,
    parameter integer LATEST = 13
) (
    input  wire clk,
    input  wire resetn,
    input  wire kick,
    output wire alarm,
    output wire corrected
);
    // Bit 7 is the alarm, bit 6 says that there has been a kick yet, the others count cycles since the last.
    reg  [7:0] copy_a;
    reg  [7:0] copy_b;
    reg  [7:0] copy_c;
    wire [7:0] voted = (copy_a & copy_b) | (copy_a & copy_c) | (copy_b & copy_c);
    reg  [7:0] next;

    always @* begin
        next = voted;
        next[5:0] = voted[5:0] + 6'd1;
        if (kick) begin
            next[5:0] = 6'd1;
            next[6] = 1'b1;
            if (voted[6] && voted[5:0] < EARLIEST) next[7] = 1'b1;
        end else if (voted[5:0] >= LATEST) begin
            next[5:0] = voted[5:0];
            next[7] = 1'b1;
        end
        if (!resetn) next = 8'd0;
    end

    (* keep *) always @(posedge clk) copy_a <= next;
    (* keep *) always @(posedge clk) copy_b <= next;
    (* keep *) always @(posedge clk) copy_c <= next;

    assign alarm = voted[7];
    assign corrected = copy_a != copy_b || copy_a != copy_c;
endmodule

`default_nettype wire
