// The system with a clock of its own: a clock in HDL runs many times faster than one driven from Python.
`timescale 1ns / 1ps

module ibex_soc_bench;
    logic        clk = 1'b0;
    logic        rst_n = 1'b0;
    logic [31:0] result;
    logic        done, trap, bus_error, alert;

    always #5 clk = ~clk;

    ibex_soc soc (.*);
endmodule
