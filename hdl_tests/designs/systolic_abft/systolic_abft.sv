// C = A B for 8 x 8 matrices of int8, with int32 sums: an output-stationary systolic array. Element (i, j) keeps C[i][j];
// the rows of A flow from left to right, the columns of B from top to bottom, each a step later than its neighbour.
//
// `load` starts a product. In the eight cycles that follow, cycle k takes column k of A (one int8 a row) and row k of B
// (one int8 a column). When all has flowed through, the sums move up row by row, and the rows of C leave at the top, one
// a cycle, while `valid` is high; then `finished` is.
//
// HARDENED = 1 adds a row and a column of elements. The array multiplies A with its column sums below it by B with its
// row sums beside it, and then the last row holds the column sums of C, and the last column its row sums (algorithm-
// based fault tolerance: K.-H. Huang and J. A. Abraham, IEEE Transactions on Computers C-33, 518 (1984)). Row sums are
// compared as each row comes out, column sums after the last; `alarm` is high if any differs. The counter that runs it
// all is doubled, and `alarm` is high too while the copies differ. It detects; the product is then made again.
//
// Known hole: what is wrong before the sums are taken, that is at the inputs; and four upsets at the corners of a
// rectangle of elements, if what two of them add the others take away.
`default_nettype none
`timescale 1ns / 1ps

// One multiplier and its sum.
module systolic_element #(
    parameter integer A_BITS = 8,
    parameter integer B_BITS = 8
) (
    input  wire                     clk,
    input  wire                     clear,
    input  wire                     run,
    input  wire                     shift,
    input  wire signed [A_BITS-1:0] a_in,
    input  wire signed [B_BITS-1:0] b_in,
    input  wire signed [      31:0] below,
    output reg  signed [A_BITS-1:0] a_out,
    output reg  signed [B_BITS-1:0] b_out,
    output reg  signed [      31:0] accumulator
);
    always @(posedge clk) begin
        if (clear) begin
            a_out <= {A_BITS{1'b0}};
            b_out <= {B_BITS{1'b0}};
            accumulator <= 32'sd0;
        end else if (run) begin
            a_out <= a_in;
            b_out <= b_in;
            accumulator <= accumulator + a_in * b_in;
        end else if (shift) begin
            accumulator <= below;
        end
    end
endmodule

// A delay of some steps: it makes a row or a column start later than its neighbour.
module systolic_delay #(
    parameter integer STEPS = 0,
    parameter integer BITS = 8
) (
    input  wire            clk,
    input  wire            clear,
    input  wire            run,
    input  wire [BITS-1:0] in,
    output wire [BITS-1:0] out
);
    generate
        if (STEPS == 0) begin : none
            assign out = in;
        end else begin : some
            reg [STEPS*BITS-1:0] line;
            wire [(STEPS+1)*BITS-1:0] longer = {line, in};
            always @(posedge clk) begin
                if (clear) line <= {STEPS*BITS{1'b0}};
                else if (run) line <= longer[STEPS*BITS-1:0];
            end
            assign out = line[STEPS*BITS-1 -: BITS];
        end
    endgenerate
endmodule

module systolic_abft #(
    parameter integer HARDENED = 1
) (
    input  wire         clk,
    input  wire         resetn,
    input  wire         load,
    input  wire [ 63:0] a_column,
    input  wire [ 63:0] b_row,
    output wire [255:0] c_row,
    output wire         valid,
    output wire         finished,
    output wire         alarm
);
    localparam integer SIZE = 8;
    localparam integer SIDE = HARDENED != 0 ? SIZE + 1 : SIZE;
    localparam integer SUM_BITS = 11; // of eight int8
    // Eight steps of input, and one for each row and column on the way to the far corner.
    localparam [5:0] FIRST_STEP = 6'd1;
    localparam [5:0] FIRST_ROW = FIRST_STEP + SIZE + 2 * (SIDE - 1);
    localparam [5:0] FINISHED = FIRST_ROW + SIZE;

    // 0 is idle; then come the steps of the array, the rows of the result, and FINISHED until the next load.
    reg  [5:0] step;
    wire [5:0] next_step = !resetn ? 6'd0 : load ? FIRST_STEP : step == 6'd0 || step == FINISHED ? step : step + 6'd1;
    always @(posedge clk) step <= next_step;

    wire clear = !resetn || load;
    wire feeding = step >= FIRST_STEP && step < FIRST_STEP + SIZE;
    wire run = step >= FIRST_STEP && step < FIRST_ROW;

    assign valid = step >= FIRST_ROW && step < FINISHED;
    assign finished = step == FINISHED;

    // The sum of eight int8.
    function automatic signed [SUM_BITS-1:0] sum_of(input [63:0] eight);
        integer i;
        begin
            sum_of = 0;
            for (i = 0; i < SIZE; i = i + 1) sum_of = sum_of + $signed(eight[8*i +: 8]);
        end
    endfunction

    wire [63:0] a_fed = feeding ? a_column : 64'd0;
    wire [63:0] b_fed = feeding ? b_row : 64'd0;
    wire [SUM_BITS-1:0] a_sum = sum_of(a_fed);
    wire [SUM_BITS-1:0] b_sum = sum_of(b_fed);

    genvar i, j;
    generate
        for (i = 0; i < SIDE; i = i + 1) begin : row
            localparam integer A_BITS = i < SIZE ? 8 : SUM_BITS;
            wire [A_BITS-1:0] first;
            if (i < SIZE) begin : of_a
                systolic_delay #(.STEPS(i), .BITS(A_BITS)) delay (clk, clear, run, a_fed[8*i +: 8], first);
            end else begin : of_sums
                systolic_delay #(.STEPS(i), .BITS(A_BITS)) delay (clk, clear, run, a_sum, first);
            end
            for (j = 0; j < SIDE; j = j + 1) begin : column
                localparam integer B_BITS = j < SIZE ? 8 : SUM_BITS;
                wire [A_BITS-1:0] a_in, a_out;
                wire [B_BITS-1:0] b_in, b_out;
                if (j == 0) assign a_in = first;
                else assign a_in = row[i].column[j-1].a_out;
                if (i == 0) begin : upper
                    if (j < SIZE) begin : of_b
                        systolic_delay #(.STEPS(j), .BITS(B_BITS)) delay (clk, clear, run, b_fed[8*j +: 8], b_in);
                    end else begin : of_sums
                        systolic_delay #(.STEPS(j), .BITS(B_BITS)) delay (clk, clear, run, b_sum, b_in);
                    end
                end else begin : lower
                    assign b_in = row[i-1].column[j].b_out;
                end
                wire [31:0] sum, below;
                if (i < SIDE - 1) assign below = row[i+1].column[j].sum;
                else assign below = 32'd0;
                systolic_element #(.A_BITS(A_BITS), .B_BITS(B_BITS)) element (
                    .clk(clk), .clear(clear), .run(run), .shift(valid), .a_in(a_in), .b_in(b_in), .below(below),
                    .a_out(a_out), .b_out(b_out), .accumulator(sum)
                );
            end
        end

        for (j = 0; j < SIZE; j = j + 1) begin : result
            assign c_row[32*j +: 32] = row[0].column[j].sum;
        end
    endgenerate

    generate
        if (HARDENED != 0) begin : hardened
            reg [5:0] step_again;
            (* keep *) always @(posedge clk)
                step_again <= !resetn ? 6'd0
                    : load ? FIRST_STEP
                    : step_again == 6'd0 || step_again == FINISHED ? step_again : step_again + 6'd1;

            // Sums over what comes out, modulo 2**32 as the elements count.
            reg [255:0] column_sums;
            reg [255:0] more_sums;
            reg [ 31:0] row_sum;
            integer k;

            always @* begin
                row_sum = 32'd0;
                for (k = 0; k < SIZE; k = k + 1) begin
                    row_sum = row_sum + c_row[32*k +: 32];
                    more_sums[32*k +: 32] = column_sums[32*k +: 32] + c_row[32*k +: 32];
                end
            end

            always @(posedge clk) begin
                if (clear) column_sums <= 256'd0;
                else if (valid) column_sums <= more_sums;
            end

            // After the rows of C the row of its column sums has come to the top.
            assign alarm = (valid && row_sum != row[0].column[SIZE].sum)
                || (finished && column_sums != c_row)
                || step != step_again;
        end else begin : plain
            assign alarm = 1'b0;
        end
    endgenerate
endmodule

`default_nettype wire
