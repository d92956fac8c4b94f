// A small system on chip around Ibex: RAM for program and data, a result register, a done flag and a trap flag.
//
//   0x0000_0000 .. 4*RAM_WORDS-1   RAM, loaded from PROGRAM (one 32-bit word a line, hexadecimal)
//   0x1000_0000                    result register (write): functional output
//   0x1000_0004                    done flag (write bit 0): the result is valid from here on
//   0x1000_0008                    trap flag (write bit 0): the program has met an exception
//
// An access anywhere else ends in an exception and raises bus_error, which stays until reset. With SECURE Ibex becomes
// two cores in lockstep, the second some cycles behind the first, with codes on its registers and buses; then its alerts
// are alarms too.
`timescale 1ns / 1ps

`ifndef IBEX_SOC_SECURE
`define IBEX_SOC_SECURE 1'b0
`endif

module ibex_soc #(
    parameter              PROGRAM = "sort.hex",
    parameter int unsigned RAM_WORDS = 256,
    parameter bit          SECURE = `IBEX_SOC_SECURE
) (
    input  logic        clk,
    input  logic        rst_n,
    output logic [31:0] result,
    output logic        done,
    output logic        trap,
    output logic        bus_error,
    output logic        alert
);
    localparam int ADDRESS_BITS = $clog2(RAM_WORDS);

    logic        instr_req, instr_rvalid, instr_err;
    logic [31:0] instr_addr, instr_rdata;
    logic        data_req, data_we, data_rvalid, data_err;
    logic [ 3:0] data_be;
    logic [31:0] data_addr, data_wdata, data_rdata;
    logic [38:0] instr_coded, data_coded;
    logic        double_fault, alert_minor, alert_internal, alert_bus;

    ibex_top #(
        .SecureIbex(SECURE),
        // Without a cache there is nothing to scramble. With it, a declaration is left out that slang refuses in Yosys: a
        // variable with an initial value that reads nets.
        .ICacheScramble(1'b1)
    ) cpu (
        .clk_i                 (clk),
        .rst_ni                (rst_n),
        .test_en_i             (1'b0),
        .ram_cfg_i             ('0),
        .hart_id_i             (32'd0),
        .boot_addr_i           (32'd0),
        .instr_req_o           (instr_req),
        .instr_gnt_i           (instr_req),
        .instr_rvalid_i        (instr_rvalid),
        .instr_addr_o          (instr_addr),
        .instr_rdata_i         (instr_rdata),
        .instr_rdata_intg_i    (instr_coded[38:32]),
        .instr_err_i           (instr_err),
        .data_req_o            (data_req),
        .data_gnt_i            (data_req),
        .data_rvalid_i         (data_rvalid),
        .data_we_o             (data_we),
        .data_be_o             (data_be),
        .data_addr_o           (data_addr),
        .data_wdata_o          (data_wdata),
        .data_wdata_intg_o     (),
        .data_rdata_i          (data_rdata),
        .data_rdata_intg_i     (data_coded[38:32]),
        .data_err_i            (data_err),
        .irq_software_i        (1'b0),
        .irq_timer_i           (1'b0),
        .irq_external_i        (1'b0),
        .irq_fast_i            ('0),
        .irq_nm_i              (1'b0),
        .scramble_key_valid_i  (1'b0),
        .scramble_key_i        ('0),
        .scramble_nonce_i      ('0),
        .scramble_req_o        (),
        .debug_req_i           (1'b0),
        .crash_dump_o          (),
        .double_fault_seen_o   (double_fault),
        .fetch_enable_i        (ibex_pkg::IbexMuBiOn),
        .alert_minor_o         (alert_minor),
        .alert_major_internal_o(alert_internal),
        .alert_major_bus_o     (alert_bus),
        .core_sleep_o          (),
        .scan_rst_ni           (1'b1)
    );

    // The RAM holds plain words; the code that a secure Ibex wants with them is made on the way.
    prim_secded_inv_39_32_enc instr_code (.data_i(instr_rdata), .data_o(instr_coded));
    prim_secded_inv_39_32_enc data_code (.data_i(data_rdata), .data_o(data_coded));

    logic [31:0] ram [RAM_WORDS];
    initial $readmemh(PROGRAM, ram);

    wire instr_in_ram = instr_addr[31:ADDRESS_BITS+2] == '0;
    wire data_in_ram  = data_addr[31:ADDRESS_BITS+2] == '0;
    wire at_result    = data_addr == 32'h1000_0000;
    wire at_done      = data_addr == 32'h1000_0004;
    wire at_trap      = data_addr == 32'h1000_0008;
    wire writes       = data_req && data_we;
    wire data_found   = data_in_ram || (data_we && (at_result || at_done || at_trap));
    wire [ADDRESS_BITS-1:0] word = data_addr[ADDRESS_BITS+1:2];

    always_ff @(posedge clk) begin
        instr_rdata <= ram[instr_addr[ADDRESS_BITS+1:2]];
        data_rdata  <= ram[word];
        for (int i = 0; i < 4; i++) begin
            if (writes && data_in_ram && data_be[i]) ram[word][8*i +: 8] <= data_wdata[8*i +: 8];
        end
    end

    always_ff @(posedge clk or negedge rst_n) begin
        if (!rst_n) begin
            instr_rvalid <= 1'b0;
            instr_err    <= 1'b0;
            data_rvalid  <= 1'b0;
            data_err     <= 1'b0;
            result       <= '0;
            done         <= 1'b0;
            trap         <= 1'b0;
            bus_error    <= 1'b0;
            alert        <= 1'b0;
        end else begin
            instr_rvalid <= instr_req;
            instr_err    <= instr_req && !instr_in_ram;
            data_rvalid  <= data_req;
            data_err     <= data_req && !data_found;
            if (writes && at_result) result <= data_wdata;
            if (writes && at_done) done <= data_wdata[0];
            if (writes && at_trap) trap <= data_wdata[0];
            if ((instr_req && !instr_in_ram) || (data_req && !data_found)) bus_error <= 1'b1;
            if (alert_minor || alert_internal || alert_bus || double_fault) alert <= 1'b1;
        end
    end
endmodule
