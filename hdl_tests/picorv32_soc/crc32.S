# CRC-32 (IEEE 802.3, reflected, polynomial 0xEDB88320) of a buffer, bit by bit.
# The result goes to the result register, then the done flag is set.

RESULT = 0x10000000

start:
    li   a0, %position(buffer, 0)
    li   a1, %position(buffer_end, 0)
    li   a2, 0xEDB88320
    li   a3, -1                # crc
next_byte:
    beq  a0, a1, finish
    lbu  a4, 0(a0)
    xor  a3, a3, a4
    li   a5, 8
next_bit:
    andi a6, a3, 1
    srli a3, a3, 1
    beq  a6, zero, even
    xor  a3, a3, a2
even:
    addi a5, a5, -1
    bne  a5, zero, next_bit
    addi a0, a0, 1
    jal  zero, next_byte
finish:
    xori a3, a3, -1
    li   a0, RESULT
    sw   a3, 0(a0)
    li   a4, 1
    sw   a4, 4(a0)
stay:
    jal  zero, stay

align 4
buffer:
    string An upset is an upset, whatever made it.
buffer_end:
