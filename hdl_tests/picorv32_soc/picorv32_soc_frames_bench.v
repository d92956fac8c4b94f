// The system with the program frames.hex and a clock of its own: a clock in HDL runs many times faster than one driven from Python.
`default_nettype none
`timescale 1ns / 1ps

module picorv32_soc_frames_bench #(
    parameter PROGRAM = "frames.hex"
);
    reg         clk = 1'b0;
    reg         resetn = 1'b0;
    wire [31:0] result;
    wire        done;
    wire        trap;
    wire        bus_error;

    always #5 clk = ~clk;

    picorv32_soc #(.PROGRAM(PROGRAM)) soc (
        .clk(clk), .resetn(resetn), .result(result), .done(done), .trap(trap), .bus_error(bus_error)
    );
endmodule

`default_nettype wire
