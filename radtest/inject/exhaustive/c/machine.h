/* A design with its golden run, and the machines that are followed. */
#pragma once

#include "vectors.h"

enum { GOLDEN = 1, ALIAS, SLOT, FINAL, SEES, UNSEEN, ENDLESS };
enum { MASKED, LATENT, CORRECTED, SDC, HANG, DETECTED };
enum { OUTPUT, VALID_OUTPUT, ALARM, CORRECTION, DONE };
enum { REACHES_ALARM = 1, REACHES_DONE = 2, REACHES_OUTPUT = 4 };
#define IS_SLOT 0x80000000u
#define NOBODY 255
#define NEVER INT64_MAX
#define NONE (-1)

typedef struct {
    int32_t words, width, chunks, reads, writes; /* chunks: 64 bits each, in a word */
    int32_t sticky;                              /* an upset of it shows at once */
    int32_t reaches;                             /* what it can ever be seen at */
    int64_t first_index;                         /* of its words, as the RTL counts them */
    int64_t first_word;                          /* among the words of all memories */
    int64_t first_chunk;                         /* among their chunks */
    int64_t first_row;                           /* row of bit 0 of word 0, or NONE */
} memory_shape;

typedef struct {
    int32_t memory, address_bits, address_at, data_at, enables, enable_at; /* places in the golden record */
    int32_t enable_first;                                                  /* in enable_mask, chunks for each enable */
} port_shape;

typedef struct {
    int32_t kind, first, width, valid, observer;
} watched;

typedef struct {
    /* the design */
    int32_t flip_flops, latches, enables, first_enable, first_reset; /* flip-flops and, after them, latches */
    int32_t inputs, observed, memories, reads, writes, watched, struck;
    int32_t state_bytes, input_bytes, shown_bytes, port_words;
    const memory_shape *memory;
    const port_shape *read, *write;
    const uint64_t *enable_mask;
    const watched *watch;
    const int32_t *struck_place; /* of each flip-flop among those with a reset of their own, or -1 */
    const int32_t *part_of;      /* register of each flip-flop */
    const uint8_t *sticky;       /* flip-flops whose upset shows at once */
    const int32_t *reset_of;     /* of each flip-flop among the resets, or -1 */
    const uint8_t *reset_level;  /* at which each reset acts */
    const uint8_t *enable_level; /* at which each enable opens its latches */
    const uint8_t *counts;       /* which of all are part of the state in which a run ends */
    const uint8_t *later;        /* flip-flops that take their input at the falling edge */
    const uint8_t *reaches;      /* what each flip-flop can ever be seen at, be it by way of others */
    int64_t all_words, all_chunks, rows;
    /* Rows from `first_cluster` on are clusters: several bits, each given as its row, that are upset together. */
    int64_t first_cluster, clusters, with_flip_flops;
    const int64_t *cluster_first;      /* of each cluster, in cluster_bit */
    const int64_t *cluster_bit;
    const int64_t *with_flip_flop;     /* clusters with at least one */
    const int64_t *word_cluster_first; /* of each word, in word_cluster: clusters of memory bits only that reach it */
    const int64_t *word_cluster;
    int64_t pulses; /* rows from `first_cluster` on are nets, each inverted at one rising edge, where there are any */
    /* the golden run: evaluation `t` leads from the state of cycle t to that of cycle t + 1 */
    int64_t first, end, limit; /* first cycle hit, cycle in which the test ends, last one a machine may take */
    int64_t tail;              /* cycles from "done" to the end of the test; NONE where nothing says "done" */
    const uint8_t *state, *input, *shown;
    const uint64_t *port; /* addresses, data and enables of all ports, cycle after cycle */
    uint64_t *content;    /* of all memories */
    const uint64_t *end_content;
    const int64_t *access_first; /* of each word, in access_time */
    const int64_t *access_time;
    const int64_t *touched_first; /* of each cycle, in touched_word: words whose bits are rows, each once */
    const int64_t *touched_word;
    const int64_t *trace_first; /* of each watched signal, in trace_time: when the golden run showed a new value */
    const int64_t *trace_time;
    int32_t rest;     /* upsets are seen at once, not only before the next edge */
    int32_t sdc_ends; /* no alarm and no hang can come after a silent corruption */
    int32_t held_level; /* at which an upset holds its bit from then on; NONE where it flips it */
} design;

/* Cycles that one group takes before the next one: what it needs stays near the processor meanwhile. In the last of
   them machines meet. */
enum { FEW = 8, BETWEEN_PROOFS = 128, BLOCK = 16 };

/* Memory that is wrong in one lane, 64 bits at a time: their places in `content`, and which bits. */
typedef struct {
    int32_t count, room; /* room beyond the first few */
    uint64_t where;      /* bit `place % 64` is set for each of its places */
    uint32_t first_place[FEW];
    uint64_t first_wrong[FEW];
    uint32_t *place;
    uint64_t *wrong;
} overlay;

typedef struct {
    int32_t place;
    int32_t shown;
} trace_state;

/* What a port has read in the cycle before. */
typedef struct {
    vec *address, *data;
    vec stale; /* lanes in which that word has been written since */
} read_before;

typedef struct {
    vec *wrong, *next;
    read_before *before; /* of each port; NULL where every cycle begins anew */
    vec joined;          /* lanes in which that does not count */
    vec live, *has_overlay;
    vec sdc_noted, correction_noted, off_trace, finished, off_phase, dead;
    overlay *lane_overlay;
    uint64_t *lane_where; /* of each overlay */
    trace_state *trace;
    int64_t *end_at;
    uint32_t *slot;
    int32_t *held; /* the row of the bit that is stuck in each lane; not among what is wrong between two cycles */
    vec *shown_before; /* what was shown in cycle `shown_at` */
    int64_t shown_at;
    int young; /* made in this block of cycles, hence stepped cycle by cycle */
} group;

typedef struct {
    uint64_t *hash, *stamp;
    uint32_t *slot;
    uint64_t mask, count;
} meeting;

/* What is logged of one cycle. */
typedef struct {
    uint32_t *event;
    uint64_t count, room;
} step;

/* What the golden machine overwrote in memory. */
typedef struct {
    uint32_t place;
    uint64_t value;
} overwritten;

struct machine {
    design d;
    int golden_run;
    int64_t now;
    group *g; /* of the machines being evaluated */
    const uint64_t *port;
    uint64_t *golden_port;
    vec *net, *shown, **write_enable, **write_address, **write_data;
    vec **lane_enable, **lane_address, **lane_data; /* the same as numbers */
    vec in_use; /* lanes that hold a machine */
    uint64_t *golden_bits, *next_bits, *input_bits;             /* of the cycle being evaluated */
    uint64_t *block_bits, *block_inputs;                        /* of the cycles of a block, and stored bits after it */
    int64_t block_first;
    overwritten *undo;
    int64_t undo_count, undo_room;
    vec *struck, *effective, *held;
    vec *pulse; /* of each net: lanes in which it is inverted now */
    int pulsing;
    vec *unknown, *next_one, *next_zero, *shown_one, *shown_zero, *possible_net;
    /* the pool */
    group **pool;
    int32_t pool_count, pool_room;
    int32_t *young, young_count; /* groups of lanes that joined in this block */
    group fresh;
    int32_t row_of[LANES];
    int64_t *cluster_met; /* the last cycle in which each cluster was made, plus one */
    vec taken_back;       /* lanes in which a reset that the upset raises undoes a part of it */
    /* slots */
    uint32_t slots, slots_room;
    uint32_t *free_slot, *freed_slot;
    uint32_t free_count, freed_count, free_room, freed_room;
    int32_t *lane_of; /* of each slot, -1 while it sleeps */
    /* who is asleep, by the cycle in which it wakes */
    overlay *asleep;
    int64_t *wakes_at;
    int32_t *next_asleep, *first_asleep;
    uint32_t *sleeper;
    uint64_t sleepers, sleeper_mask;
    meeting all, fresh_only; /* equal states: of all in the last cycle of a block, else of those that are new */
    vec *hash; /* of each lane: word lane / 64 of vector lane % 64 */
    int32_t *hash_order;
    /* the log */
    FILE *log;
    step step[BLOCK];
    uint64_t offset;
    int64_t evaluations, followed, most_followed;
};
