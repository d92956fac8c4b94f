// A serial link: words go in at one end, over one wire as frames, and come out at the other; a second wire carries the
// answers. Both ends are here.
//
// HARDENED = 1: a frame is a start bit, a sequence number, the word and the CRC-16 of both (CCITT polynomial 0x1021,
// from all ones), which is made as the word comes in and kept with it. The receiver looks at the whole frame at once, as
// it stands in its register in the cycle in which it is used. A right frame with the number that is due is delivered
// and answered; one with the number before was delivered already, and is only answered again; any other is dropped.
// Without an answer in time the sender sends again, and says so with `retried`; after eight times it gives up and raises
// `failed`. The answer is the number, twice, the second time inverted. What stands outside of frames, that is the
// sequence numbers, the flag that a word waits, and the word that is delivered, is kept twice, the second time inverted;
// `failed` is high while these differ.
//
// HARDENED = 0: the same frame without number and CRC, never answered, never repeated.
//
// Known hole: wrong bits that form a multiple of the polynomial, four at least, leave the CRC right.
`default_nettype none
`timescale 1ns / 1ps

module crc_link #(
    parameter integer HARDENED = 1
) (
    input  wire        clk,
    input  wire        resetn,
    input  wire        in_valid,
    input  wire [15:0] in_data,
    output wire        in_ready,
    output wire        out_valid,
    output wire [15:0] out_data,
    output wire        retried,
    output wire        failed
);
    generate
        if (HARDENED != 0) begin : hardened
            wire forth, back;
            wire sender_failed, receiver_failed;
            assign failed = sender_failed || receiver_failed;

            link_sender sender (
                .clk(clk), .resetn(resetn), .in_valid(in_valid), .in_data(in_data), .in_ready(in_ready),
                .wire_out(forth), .wire_in(back), .retried(retried), .failed(sender_failed)
            );
            link_receiver receiver (
                .clk(clk), .resetn(resetn), .out_valid(out_valid), .out_data(out_data),
                .wire_in(forth), .wire_out(back), .failed(receiver_failed)
            );
        end else begin : plain
            reg [16:0] sending;
            reg [ 4:0] left;
            reg [16:0] receiving;

            assign in_ready = left == 5'd0;
            assign out_valid = receiving[16];
            assign out_data = receiving[15:0];
            assign retried = 1'b0;
            assign failed = 1'b0;

            always @(posedge clk) begin
                if (!resetn) begin
                    sending <= 17'd0;
                    left <= 5'd0;
                    receiving <= 17'd0;
                end else begin
                    sending <= in_valid && in_ready ? {1'b1, in_data} : {sending[15:0], 1'b0};
                    left <= in_valid && in_ready ? 5'd18 : left == 5'd0 ? 5'd0 : left - 5'd1;
                    receiving <= receiving[16] ? 17'd0 : {receiving[15:0], sending[16]};
                end
            end
        end
    endgenerate
endmodule

// CRC-16 over a sequence number and a word, most significant bit first.
module link_crc (
    input  wire [18:0] content,
    output reg  [15:0] crc
);
    integer i;
    always @* begin
        crc = 16'hffff;
        for (i = 18; i >= 0; i = i - 1) crc = {crc[14:0], 1'b0} ^ (crc[15] ^ content[i] ? 16'h1021 : 16'h0000);
    end
endmodule

module link_sender (
    input  wire        clk,
    input  wire        resetn,
    input  wire        in_valid,
    input  wire [15:0] in_data,
    output wire        in_ready,
    output wire        wire_out,
    input  wire        wire_in,
    output reg         retried,
    output wire        failed
);
    localparam [6:0] PATIENCE = 7'd90; // two frames and an answer: after silence for a frame the receiver is in step again

    reg        waiting; // a word has come in and was not answered yet
    reg        waiting_inverted;
    reg [34:0] kept;    // its number, itself and their CRC
    reg [35:0] sending;
    reg [ 6:0] time_left;
    reg [ 3:0] tries;
    reg [ 6:0] answer;
    reg [ 2:0] number;
    reg [ 2:0] number_inverted;

    wire [15:0] crc;
    link_crc of_word (.content({number, in_data}), .crc(crc));

    wire take = in_valid && in_ready;
    wire complete = answer[6];
    wire answered = complete && answer[5:3] == ~answer[2:0] && answer[5:3] == number;

    assign in_ready = !waiting;
    assign wire_out = sending[35];
    assign failed = tries == 4'd8 || number_inverted != ~number || waiting_inverted == waiting;

    always @(posedge clk) begin
        retried <= 1'b0;
        sending <= {sending[34:0], 1'b0};
        answer <= complete ? 7'd0 : {answer[5:0], wire_in};
        if (take) begin
            waiting <= 1'b1;
            waiting_inverted <= 1'b0;
            kept <= {number, in_data, crc};
            sending <= {1'b1, number, in_data, crc};
            time_left <= PATIENCE;
            tries <= 4'd0;
        end else if (waiting && answered) begin
            waiting <= 1'b0;
            waiting_inverted <= 1'b1;
            number <= number + 3'd1;
            number_inverted <= number_inverted - 3'd1;
        end else if (waiting && time_left == 7'd0) begin
            sending <= {1'b1, kept};
            time_left <= PATIENCE;
            tries <= tries + 4'd1;
            retried <= 1'b1;
        end else begin
            time_left <= time_left - 7'd1;
        end
        if (!resetn) begin
            waiting <= 1'b0;
            waiting_inverted <= 1'b1;
            sending <= 36'd0;
            answer <= 7'd0;
            tries <= 4'd0;
            number <= 3'd0;
            number_inverted <= 3'd7;
            retried <= 1'b0;
        end
    end
endmodule

module link_receiver (
    input  wire        clk,
    input  wire        resetn,
    output wire        out_valid,
    output wire [15:0] out_data,
    input  wire        wire_in,
    output wire        wire_out,
    output wire        failed
);
    reg [35:0] frame; // complete when the start bit has come to its top
    reg [ 6:0] answering;
    reg [16:0] delivered; // above the word: it is one, in this cycle
    reg [16:0] delivered_inverted;
    reg [ 2:0] due;
    reg [ 2:0] due_inverted;

    wire [15:0] crc;
    link_crc of_frame (.content(frame[34:16]), .crc(crc));

    wire right = frame[35] && crc == frame[15:0];
    wire [2:0] number = frame[34:32];
    wire is_due = right && number == due;
    wire is_repeated = right && number == due - 3'd1;

    assign out_valid = delivered[16];
    assign out_data = delivered[15:0];
    assign wire_out = answering[6];
    assign failed = due_inverted != ~due || delivered_inverted != ~delivered;

    always @(posedge clk) begin
        frame <= frame[35] ? 36'd0 : {frame[34:0], wire_in};
        answering <= is_due || is_repeated ? {1'b1, number, ~number} : {answering[5:0], 1'b0};
        delivered <= {is_due, frame[31:16]};
        delivered_inverted <= ~{is_due, frame[31:16]};
        if (is_due) begin
            due <= due + 3'd1;
            due_inverted <= due_inverted - 3'd1;
        end
        if (!resetn) begin
            frame <= 36'd0;
            answering <= 7'd0;
            delivered <= 17'd0;
            delivered_inverted <= ~17'd0;
            due <= 3'd0;
            due_inverted <= 3'd7;
        end
    end
endmodule

`default_nettype wire
