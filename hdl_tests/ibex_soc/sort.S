# Sorts words in place (insertion sort, unsigned) and adds them up: sum = rotate_left(sum, 5) ^ word, in the new order.
# The sum goes to the result register, then the done flag is set. An exception sets the trap flag instead.

RESULT = 0x10000000

    jal  zero, trapped         # all exceptions come here

align 128
start:                         # where Ibex begins after a reset
    li   s0, %position(words, 0)
    li   s1, %position(words_end, 0)
    addi t0, s0, 4
next_word:
    beq  t0, s1, sorted
    lw   t1, 0(t0)
    addi t2, t0, 0
make_room:
    beq  t2, s0, put
    lw   t3, -4(t2)
    bgeu t1, t3, put
    sw   t3, 0(t2)
    addi t2, t2, -4
    jal  zero, make_room
put:
    sw   t1, 0(t2)
    addi t0, t0, 4
    jal  zero, next_word
sorted:
    addi a0, zero, 0
    addi t0, s0, 0
next_term:
    beq  t0, s1, finish
    lw   t1, 0(t0)
    slli t2, a0, 5
    srli t3, a0, 27
    or   a0, t2, t3
    xor  a0, a0, t1
    addi t0, t0, 4
    jal  zero, next_term
finish:
    li   t1, RESULT
    sw   a0, 0(t1)
    addi t2, zero, 1
    sw   t2, 4(t1)
stay:
    jal  zero, stay
trapped:
    li   t1, RESULT
    addi t2, zero, 1
    sw   t2, 8(t1)
    jal  zero, stay

align 4
words:
    ints 0x3b9ac9ff 0x00000007 0x9e3779b9 0x7f4a7c15 0xbf58476d 0x1ce4e5b9 0x94d049bb 0x133111eb
    ints 0xdeadbeef 0x0badcafe 0x80000000 0x7fffffff 0x243f6a88 0x85a308d3 0x13198a2e 0x03707344
words_end:
