# CRC-32 (IEEE 802.3, reflected, polynomial 0xEDB88320) of each frame of a buffer, bit by bit.
# Each result goes to the result register as soon as it is known; after the last one the done flag is set.

RESULT = 0x10000000
FRAME_BYTES = 8

start:
    li   a0, %position(buffer, 0)
    li   a1, %position(buffer_end, 0)
    li   a2, 0xEDB88320
next_frame:
    li   a3, -1                # crc
    addi t0, a0, FRAME_BYTES   # end of the frame
next_byte:
    lbu  a4, 0(a0)
    xor  a3, a3, a4
    li   a5, 8
next_bit:
    andi a6, a3, 1
    sub  a6, zero, a6          # all ones where the polynomial is to be added: no branch depends on data
    and  a6, a6, a2
    srli a3, a3, 1
    xor  a3, a3, a6
    addi a5, a5, -1
    bne  a5, zero, next_bit
    addi a0, a0, 1
    bne  a0, t0, next_byte
    xori a3, a3, -1
    li   a6, RESULT
    sw   a3, 0(a6)
    bne  a0, a1, next_frame
    li   a4, 1
    sw   a4, 4(a6)
stay:
    jal  zero, stay

align 4
buffer:
    string Five frames of 8 bytes, 5 check sums....
buffer_end:
