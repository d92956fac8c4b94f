// A system around PicoRV32, with RAM and a result register, as in hdl_tests/picorv32_soc:
//
//   0x0000_0000 .. 4*RAM_WORDS-1   RAM, loaded from PROGRAM (one 32-bit word a line, hexadecimal)
//   0x1000_0000                    result register (write)
//   0x1000_0004                    done flag (write bit 0)
//
// HARDENED = 1 runs a second core on the same inputs. Whatever the cores put on the bus is compared in
// each cycle; while it differs `mismatch` is high and nothing is written. The cores do the same in the same cycle, so
// that an upset in one of them, register file included, is detected when it first reaches the bus.
//
// Known hole: what both cores share. A wrong word in RAM is wrong for both, and so is its way to them.
`default_nettype none
`timescale 1ns / 1ps

module lockstep #(
    parameter integer HARDENED = 1,
    parameter PROGRAM = "crc32.hex",
    parameter integer RAM_WORDS = 256
) (
    input  wire        clk,
    input  wire        resetn,
    output reg  [31:0] result,
    output reg         done,
    output wire        trap,
    output wire        mismatch
);
    localparam integer ADDRESS_BITS = $clog2(RAM_WORDS);

    wire        valid;
    wire [31:0] address;
    wire [31:0] write_data;
    wire [ 3:0] write_bytes;
    reg         ready;
    reg  [31:0] read_data;

    lockstep_core #(.STACK(4 * RAM_WORDS)) main (
        .clk(clk), .resetn(resetn), .trap(trap), .valid(valid), .address(address), .write_data(write_data),
        .write_bytes(write_bytes), .ready(ready), .read_data(read_data)
    );

    generate
        if (HARDENED != 0) begin : hardened
            wire        second_trap;
            wire        second_valid;
            wire [31:0] second_address;
            wire [31:0] second_write_data;
            wire [ 3:0] second_write_bytes;

            (* keep *) lockstep_core #(.STACK(4 * RAM_WORDS)) second (
                .clk(clk), .resetn(resetn), .trap(second_trap), .valid(second_valid), .address(second_address),
                .write_data(second_write_data), .write_bytes(second_write_bytes), .ready(ready),
                .read_data(read_data)
            );

            // What stands on the bus counts only while it is valid, and data only where bytes are written.
            wire differs = trap != second_trap
                || valid != second_valid
                || (valid && address != second_address)
                || (valid && write_bytes != second_write_bytes)
                || (valid && write_bytes != 4'b0 && write_data != second_write_data);
            assign mismatch = resetn && differs;
        end else begin : plain
            assign mismatch = 1'b0;
        end
    endgenerate

    reg [31:0] ram [0:RAM_WORDS-1];
    initial $readmemh(PROGRAM, ram);

    wire access = valid && !ready && !mismatch;
    wire in_ram = address[31:ADDRESS_BITS+2] == 0;
    wire [ADDRESS_BITS-1:0] word = address[ADDRESS_BITS+1:2];

    always @(posedge clk) begin
        ready <= 1'b0;
        if (!resetn) begin
            read_data <= 32'b0;
            result <= 32'b0;
            done <= 1'b0;
        end else if (access) begin
            ready <= 1'b1;
            if (in_ram) begin
                read_data <= ram[word];
                if (write_bytes[0]) ram[word][ 7: 0] <= write_data[ 7: 0];
                if (write_bytes[1]) ram[word][15: 8] <= write_data[15: 8];
                if (write_bytes[2]) ram[word][23:16] <= write_data[23:16];
                if (write_bytes[3]) ram[word][31:24] <= write_data[31:24];
            end else if (write_bytes != 4'b0 && address == 32'h1000_0000) begin
                result <= write_data;
            end else if (write_bytes != 4'b0 && address == 32'h1000_0004) begin
                done <= write_data[0];
            end
        end
    end
endmodule

// PicoRV32 as both cores have it.
module lockstep_core #(
    parameter integer STACK = 1024
) (
    input  wire        clk,
    input  wire        resetn,
    output wire        trap,
    output wire        valid,
    output wire [31:0] address,
    output wire [31:0] write_data,
    output wire [ 3:0] write_bytes,
    input  wire        ready,
    input  wire [31:0] read_data
);
    picorv32 #(
        .ENABLE_COUNTERS64(0),
        .ENABLE_REGS_DUALPORT(1),
        .BARREL_SHIFTER(1),
        .CATCH_MISALIGN(1),
        .CATCH_ILLINSN(1),
        .REGS_INIT_ZERO(1),
        .STACKADDR(STACK)
    ) cpu (
        .clk(clk), .resetn(resetn), .trap(trap),
        .mem_valid(valid), .mem_instr(), .mem_ready(ready), .mem_addr(address), .mem_wdata(write_data),
        .mem_wstrb(write_bytes), .mem_rdata(read_data),
        .mem_la_read(), .mem_la_write(), .mem_la_addr(), .mem_la_wdata(), .mem_la_wstrb(),
        .pcpi_valid(), .pcpi_insn(), .pcpi_rs1(), .pcpi_rs2(),
        .pcpi_wr(1'b0), .pcpi_rd(32'b0), .pcpi_wait(1'b0), .pcpi_ready(1'b0),
        .irq(32'b0), .eoi(), .trace_valid(), .trace_data()
    );
endmodule

`default_nettype wire
