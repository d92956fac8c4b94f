// A memory of 32-bit words. After reset it clears itself, then `ready` is high. A read shows its word one cycle later.
//
// HARDENED = 1 stores each word in 39 bits of a Hamming code that corrects one wrong bit and detects two (SECDED). In
// every cycle without a request a scrubber reads the next word, so that two upsets rarely meet in one; a wrong bit that
// it or a read finds is written back right. `corrected` and `uncorrectable` say in the next cycle what was found.
//
// Bit 0 of a stored word is the parity of all of it; bits 1, 2, 4, 8, 16 and 32 are the parities of those places whose
// number has that bit set; the other places hold the data. The places of all ones of a right word, xored, are 0: what
// is found instead is the place of the wrong bit (R. W. Hamming, Bell System Technical Journal 29, 147 (1950)).
//
// Known hole: two upsets of one word between two visits of the scrubber. They are detected, the word is lost. Three can
// pass for one. The registers around the memory are not protected.
`default_nettype none
`timescale 1ns / 1ps

module secded_memory #(
    parameter integer HARDENED = 1,
    parameter integer WORDS = 16
) (
    input  wire                     clk,
    input  wire                     resetn,
    output reg                      ready,
    input  wire                     request,
    input  wire                     write,
    input  wire [$clog2(WORDS)-1:0] address,
    input  wire [             31:0] write_data,
    output reg  [             31:0] read_data,
    output reg                      read_valid,
    output reg                      corrected,
    output reg                      uncorrectable
);
    localparam integer WIDTH = HARDENED != 0 ? 39 : 32;
    localparam integer ADDRESS_BITS = $clog2(WORDS);
    localparam [ADDRESS_BITS-1:0] LAST = WORDS - 1;

    reg [WIDTH-1:0] memory [0:WORDS-1];
    reg [ADDRESS_BITS-1:0] scrub_address;

    wire [ADDRESS_BITS-1:0] visited = ready && request ? address : scrub_address;
    wire                    storing = ready && request && write;
    wire [       WIDTH-1:0] found = memory[visited];
    wire [       WIDTH-1:0] right;
    wire [       WIDTH-1:0] encoded;
    wire [            31:0] data;
    wire                    correctable;
    wire                    lost;

    // The places whose number has a bit set: those that this check bit looks at, itself among them.
    function automatic [38:0] places_with(input integer bit_of_number);
        integer place;
        for (place = 0; place < 39; place = place + 1) places_with[place] = place[bit_of_number];
    endfunction

    localparam [38:0] CHECKED_BY_1 = places_with(0);
    localparam [38:0] CHECKED_BY_2 = places_with(1);
    localparam [38:0] CHECKED_BY_4 = places_with(2);
    localparam [38:0] CHECKED_BY_8 = places_with(3);
    localparam [38:0] CHECKED_BY_16 = places_with(4);
    localparam [38:0] CHECKED_BY_32 = places_with(5);

    generate
        if (HARDENED != 0) begin : hardened
            function automatic [5:0] syndrome_of(input [38:0] word);
                syndrome_of = {
                    ^(word & CHECKED_BY_32), ^(word & CHECKED_BY_16), ^(word & CHECKED_BY_8),
                    ^(word & CHECKED_BY_4), ^(word & CHECKED_BY_2), ^(word & CHECKED_BY_1)
                };
            endfunction

            function automatic [38:0] encode(input [31:0] value);
                begin
                    encode = {value[31:26], 1'b0, value[25:11], 1'b0, value[10:4], 1'b0, value[3:1], 1'b0, value[0], 3'b0};
                    {encode[32], encode[16], encode[8], encode[4], encode[2], encode[1]} = syndrome_of(encode);
                    encode[0] = ^encode;
                end
            endfunction

            function automatic [31:0] data_of(input [38:0] word);
                data_of = {word[38:33], word[31:17], word[15:9], word[7:5], word[3]};
            endfunction

            wire [5:0] syndrome = syndrome_of(found);
            wire       odd = ^found;

            assign correctable = odd && syndrome < 6'd39;
            assign lost = odd ? syndrome >= 6'd39 : syndrome != 6'd0;
            assign right = correctable ? found ^ (39'd1 << syndrome) : found;
            assign encoded = encode(write_data);
            assign data = data_of(right);
        end else begin : plain
            assign correctable = 1'b0;
            assign lost = 1'b0;
            assign right = found;
            assign encoded = write_data;
            assign data = found;
        end
    endgenerate

    always @(posedge clk) begin
        if (!ready) memory[visited] <= {WIDTH{1'b0}};
        else if (storing) memory[visited] <= encoded;
        else if (correctable) memory[visited] <= right;
    end

    always @(posedge clk) begin
        read_data <= data;
        read_valid <= ready && request && !write;
        corrected <= ready && !storing && correctable;
        uncorrectable <= ready && !storing && lost;
        if (!ready || !request) scrub_address <= scrub_address == LAST ? {ADDRESS_BITS{1'b0}} : scrub_address + 1'b1;
        if (scrub_address == LAST) ready <= 1'b1;
        if (!resetn) begin
            read_valid <= 1'b0;
            corrected <= 1'b0;
            uncorrectable <= 1'b0;
            scrub_address <= {ADDRESS_BITS{1'b0}};
            ready <= 1'b0;
        end
    end
endmodule

`default_nettype wire
