// A small system on chip around PicoRV32: RAM, a result register and a done flag.
//
//   0x0000_0000 .. 4*RAM_WORDS-1   RAM, loaded from PROGRAM (one 32-bit word a line, hexadecimal)
//   0x1000_0000                    result register (write): functional output
//   0x1000_0004                    done flag (write bit 0): the result is valid from here on
//
// An access anywhere else raises bus_error, which stays until reset. A trap of the core (illegal instruction,
// misaligned access) and a bus error are alarms: the system knows that it has failed.
`default_nettype none
`timescale 1ns / 1ps

module picorv32_soc #(
    parameter PROGRAM = "crc32.hex",
    parameter integer RAM_WORDS = 256
) (
    input  wire        clk,
    input  wire        resetn,
    output reg  [31:0] result,
    output reg         done,
    output wire        trap,
    output reg         bus_error
);
    localparam integer ADDRESS_BITS = $clog2(RAM_WORDS);

    wire        mem_valid;
    wire        mem_instr;
    reg         mem_ready;
    wire [31:0] mem_addr;
    wire [31:0] mem_wdata;
    wire [ 3:0] mem_wstrb;
    reg  [31:0] mem_rdata;

    picorv32 #(
        .ENABLE_COUNTERS64(0),
        .ENABLE_REGS_DUALPORT(1),
        .BARREL_SHIFTER(1),
        .CATCH_MISALIGN(1),
        .CATCH_ILLINSN(1),
        .REGS_INIT_ZERO(1),
        .STACKADDR(4 * RAM_WORDS)
    ) cpu (
        .clk      (clk),
        .resetn   (resetn),
        .trap     (trap),
        .mem_valid(mem_valid),
        .mem_instr(mem_instr),
        .mem_ready(mem_ready),
        .mem_addr (mem_addr),
        .mem_wdata(mem_wdata),
        .mem_wstrb(mem_wstrb),
        .mem_rdata(mem_rdata),
        .pcpi_wr(1'b0), .pcpi_rd(32'b0), .pcpi_wait(1'b0), .pcpi_ready(1'b0),
        .irq(32'b0),
        .mem_la_read(), .mem_la_write(), .mem_la_addr(), .mem_la_wdata(), .mem_la_wstrb(),
        .pcpi_valid(), .pcpi_insn(), .pcpi_rs1(), .pcpi_rs2(),
        .eoi(), .trace_valid(), .trace_data()
    );

    reg [31:0] ram [0:RAM_WORDS-1];
    initial $readmemh(PROGRAM, ram);

    wire access      = mem_valid && !mem_ready;
    wire in_ram      = mem_addr[31:ADDRESS_BITS+2] == 0;
    wire at_result   = mem_addr == 32'h1000_0000;
    wire at_done     = mem_addr == 32'h1000_0004;
    wire is_write    = |mem_wstrb;
    wire [ADDRESS_BITS-1:0] word = mem_addr[ADDRESS_BITS+1:2];

    always @(posedge clk) begin
        mem_ready <= 1'b0;
        if (!resetn) begin
            mem_rdata <= 32'b0;
            result    <= 32'b0;
            done      <= 1'b0;
            bus_error <= 1'b0;
        end else if (access) begin
            mem_ready <= 1'b1;
            if (in_ram) begin
                mem_rdata <= ram[word];
                if (mem_wstrb[0]) ram[word][ 7: 0] <= mem_wdata[ 7: 0];
                if (mem_wstrb[1]) ram[word][15: 8] <= mem_wdata[15: 8];
                if (mem_wstrb[2]) ram[word][23:16] <= mem_wdata[23:16];
                if (mem_wstrb[3]) ram[word][31:24] <= mem_wdata[31:24];
            end else if (is_write && at_result) begin
                result <= mem_wdata;
            end else if (is_write && at_done) begin
                done <= mem_wdata[0];
            end else begin
                bus_error <= 1'b1;
            end
        end
    end
endmodule

`default_nettype wire
