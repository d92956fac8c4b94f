/* What the logic of a design, which is generated, and the engine around it know of each other. */
#ifndef RADTEST_ENGINE_H
#define RADTEST_ENGINE_H

#include <stdint.h>

#ifndef LANES
#define LANES 256
#endif
#define LANE_WORDS (LANES / 64)

/* One bit of as many machines as there are lanes. */
typedef uint64_t vec __attribute__((vector_size(LANES / 8), may_alias));

static inline vec spread(uint64_t word)
{
    return word - (vec){0};
}

struct machine;

/* The memories of the machines being evaluated. */
void radtest_read(struct machine *m, int port, const vec *address, vec *data);
void radtest_write(struct machine *m, int port, const vec *enable, const vec *address, const vec *data);

/* One cycle of the logic: `wrong` tells in which lanes a stored bit is not that of the golden machine, whose bits are
   spread over whole words in `golden` (this cycle) and `next` (the coming one). */
struct cycle {
    const vec *wrong;
    const uint64_t *golden;
    const uint64_t *next;
    const uint64_t *input;
    vec fresh;         /* lanes whose upset has come after the falling edge of this cycle */
    const vec *pulse;  /* lanes in which each net that transients hit is inverted; for radtest_pulsed only */
    const vec *struck; /* flipped beyond its own reset, for flip-flops that have one */
    vec *effective;    /* what those hold, with their reset in force; where asked for */
    vec *next_wrong;
    vec *shown;        /* observed bits, as they are */
    vec *held;         /* for each enable of latches: lanes in which one of them holds something else */
    vec one, two;      /* lanes in which at least one, at least two flip-flops are wrong next */
};

/* The same where some bits are unknown: what can be 1 next, and what can be 0. */
struct doubt {
    const vec *wrong;
    const uint64_t *golden;
    const uint64_t *input;
    const vec *unknown;
    vec *next_one, *next_zero;
    vec *shown_one, *shown_zero;
    vec writes; /* lanes that could write to a memory */
};

void radtest_possible_read(struct machine *m, int port, const vec *address_one, const vec *address_zero, vec *data_one,
                           vec *data_zero);

extern const int radtest_logic_nets, radtest_possible_nets, radtest_pulsed_nets;
void radtest_logic(struct machine *m, struct cycle *c, vec *net);
void radtest_possible(struct machine *m, struct doubt *c, vec *net);
void radtest_pulsed(struct machine *m, struct cycle *c, vec *net);

#endif
