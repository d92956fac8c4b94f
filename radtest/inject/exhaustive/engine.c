/* Follows every upset of a workload: all flip-flops and memory bits, one by one, at every cycle.
 *
 * Beside single bits it follows clusters, several bits that are upset at the same time, where it is given any; or bits
 * that are held at a level from a cycle on, which are no part of what is wrong in a machine: it has the future of the
 * same bit held one cycle later as soon as nothing else is wrong, and is as another one only if both hold the same bit.
 *
 * Machines live in lanes, LANES of them in a group; a lane holds in which bits its machine differs from the golden one,
 * whose course is known. A machine is followed only as long as nothing simpler is known of its future:
 *   - it is as the golden one again;
 *   - one single bit is wrong, so that it has the future of the upset of that bit one cycle later;
 *   - only memory is wrong, so that it has the future of the golden one until that memory is touched;
 *   - it is as another one that is being followed;
 *   - it has shown what decides its outcome, or what nothing outranks that it can still show.
 * What became of each is written to a log, one step for each cycle; read backwards, the log gives the outcome of each
 * upset (radtest_resolve), in memory that does not grow with the length of the workload.
 */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* ---------------------------------------------------------------- vectors */

static inline int any(vec v)
{
    uint64_t all = 0;
    for (int i = 0; i < LANE_WORDS; i++)
        all |= v[i];
    return all != 0;
}

static inline int has(const vec *v, int lane)
{
    return (int)(((const uint64_t *)v)[lane >> 6] >> (lane & 63) & 1);
}

static inline void set(vec *v, int lane)
{
    ((uint64_t *)v)[lane >> 6] |= 1ull << (lane & 63);
}

static inline void clear(vec *v, int lane)
{
    ((uint64_t *)v)[lane >> 6] &= ~(1ull << (lane & 63));
}

#define FOR_EACH_LANE(lane, mask)                                                                                      \
    for (int word_ = 0; word_ < LANE_WORDS; word_++)                                                                   \
        for (uint64_t rest_ = (mask)[word_]; rest_; rest_ &= rest_ - 1)                                                \
            for (int lane = word_ * 64 + __builtin_ctzll(rest_), once_ = 1; once_; once_ = 0)

static void *need(size_t count, size_t size)
{
    void *memory = NULL;
    size_t bytes = (count * size + 63) / 64 * 64;
    if (posix_memalign(&memory, 64, bytes ? bytes : 64)) {
        fprintf(stderr, "out of memory\n");
        abort();
    }
    memset(memory, 0, bytes ? bytes : 64);
    return memory;
}

static void *more(void *memory, size_t bytes)
{
    memory = realloc(memory, bytes);
    if (!memory) {
        fprintf(stderr, "out of memory\n");
        abort();
    }
    return memory;
}

static void expand(const uint8_t *bits, uint64_t *words, int count)
{
    for (int i = 0; i < count; i++)
        words[i] = -(uint64_t)(bits[i >> 3] >> (i & 7) & 1);
}

static inline int bit_of(const uint8_t *bits, int64_t i)
{
    return bits[i >> 3] >> (i & 7) & 1;
}

static inline uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9ull;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebull;
    return x ^ x >> 31;
}

/* ---------------------------------------------------------------- overlays: memory that is wrong in one lane */

static inline uint32_t overlay_place(const overlay *o, int i)
{
    return i < FEW ? o->first_place[i] : o->place[i - FEW];
}

static inline uint64_t overlay_wrong(const overlay *o, int i)
{
    return i < FEW ? o->first_wrong[i] : o->wrong[i - FEW];
}

static inline int overlay_find(const overlay *o, uint32_t place)
{
    if (!(o->where >> (place & 63) & 1))
        return -1;
    for (int i = 0; i < o->count; i++)
        if (overlay_place(o, i) == place)
            return i;
    return -1;
}

/* Which bits of the 64 at a place are wrong. */
static inline uint64_t overlay_at(const overlay *o, uint32_t place)
{
    int i = overlay_find(o, place);
    return i < 0 ? 0 : overlay_wrong(o, i);
}

static void overlay_set(overlay *o, int i, uint32_t place, uint64_t wrong)
{
    if (i < FEW) {
        o->first_place[i] = place;
        o->first_wrong[i] = wrong;
    } else {
        o->place[i - FEW] = place;
        o->wrong[i - FEW] = wrong;
    }
}

static void overlay_make_room(overlay *o, int count)
{
    if (count <= o->room + FEW)
        return;
    o->room = 2 * count;
    o->place = more(o->place, (size_t)o->room * sizeof *o->place);
    o->wrong = more(o->wrong, (size_t)o->room * sizeof *o->wrong);
}

static inline void overlay_clear(overlay *o)
{
    o->count = 0;
    o->where = 0;
}

static void overlay_remove(overlay *o, int i)
{
    o->count--;
    overlay_set(o, i, overlay_place(o, o->count), overlay_wrong(o, o->count));
    o->where = 0;
    for (int k = 0; k < o->count; k++)
        o->where |= 1ull << (overlay_place(o, k) & 63);
}

/* Say what is wrong at a place that entry `i` is for, or none yet if `i` is negative. */
static inline void overlay_update(overlay *o, int i, uint32_t place, uint64_t wrong)
{
    if (i >= 0 && !wrong) {
        overlay_remove(o, i);
    } else if (i >= 0) {
        overlay_set(o, i, place, wrong);
    } else if (wrong) {
        overlay_make_room(o, o->count + 1);
        overlay_set(o, o->count++, place, wrong);
        o->where |= 1ull << (place & 63);
    }
}

static void overlay_put(overlay *o, uint32_t place, uint64_t wrong)
{
    overlay_update(o, overlay_find(o, place), place, wrong);
}

static uint64_t overlay_hash(const overlay *o)
{
    uint64_t hash = 0;
    for (int i = 0; i < o->count; i++)
        hash += mix(overlay_place(o, i) * 0x9e3779b97f4a7c15ull ^ mix(overlay_wrong(o, i)));
    return hash;
}

static int overlay_equal(const overlay *a, const overlay *b)
{
    if (a->count != b->count)
        return 0;
    for (int i = 0; i < a->count; i++)
        if (overlay_at(b, overlay_place(a, i)) != overlay_wrong(a, i))
            return 0;
    return 1;
}

static void overlay_copy(overlay *to, const overlay *from)
{
    overlay_make_room(to, from->count);
    for (int i = 0; i < from->count; i++)
        overlay_set(to, i, overlay_place(from, i), overlay_wrong(from, i));
    to->count = from->count;
    to->where = from->where;
}

/* ---------------------------------------------------------------- memory ports */

static inline uint64_t gather(const vec *bits, int count, int lane)
{
    uint64_t value = 0;
    for (int i = 0; i < count; i++)
        value |= (uint64_t)has(&bits[i], lane) << i;
    return value;
}

/* Exchange rows and columns in blocks of `size` by `size` bits, for each of the words that make up a vector. */
static void turn(vec *x, int size)
{
    uint64_t mask = size == 64 ? 0x00000000ffffffffull : size == 32 ? 0x0000ffff0000ffffull : 0x0f0f0f0f0f0f0f0full;
    for (int j = size / 2; j; j >>= 1, mask ^= mask << j)
        for (int k = 0; k < size; k = (k + j + 1) & ~j) {
            vec t = (x[k] >> j ^ x[k + j]) & spread(mask);
            x[k] ^= t << j;
            x[k + j] ^= t;
        }
}

/* Numbers of up to 64 bits, one for each lane: byte by byte in eight vectors each, as blocks of 8 by 8 bits turned. */
static void to_numbers(const vec *bits, int count, vec *number)
{
    for (int first = 0; first < count; first += 8) {
        for (int i = 0; i < 8; i++)
            number[first + i] = first + i < count ? bits[first + i] : spread(0);
        turn(number + first, 8);
    }
}

static inline uint8_t *byte_of(vec *number, int first, int lane)
{
    return (uint8_t *)&number[first + (lane & 7)] + (lane >> 3);
}

static inline uint64_t get_number(const vec *number, int count, int lane)
{
    uint64_t value = 0;
    for (int first = 0; first < count; first += 8)
        value |= (uint64_t)*byte_of((vec *)number, first, lane) << first;
    return value;
}

static inline void put_number(vec *number, int count, int lane, uint64_t value)
{
    for (int first = 0; first < count; first += 8)
        *byte_of(number, first, lane) = (uint8_t)(value >> first);
}

static inline int chunk_bits(const memory_shape *s, int chunk)
{
    return s->width - 64 * chunk < 64 ? s->width - 64 * chunk : 64;
}

static inline uint32_t place_of_word(const memory_shape *s, uint64_t word)
{
    return (uint32_t)(s->first_chunk + (int64_t)word * s->chunks);
}

static int list_lanes(vec mask, uint16_t *lane)
{
    int count = 0;
    for (int word = 0; word < LANE_WORDS; word++)
        for (uint64_t rest = mask[word]; rest; rest &= rest - 1)
            lane[count++] = (uint16_t)(word * 64 + __builtin_ctzll(rest));
    return count;
}

/* What some machines find in the words they ask for, bit by bit of the word. */
static void read_words(const struct machine *m, int memory, int chunk, int count, const uint16_t *lane,
                       const uint32_t *asked, vec *own)
{
    const memory_shape *s = &m->d.memory[memory];
    const uint64_t *where = m->g->lane_where;
    const vec *has_overlay = &m->g->has_overlay[memory];
    uint64_t value[LANES];
    uint16_t hit[LANES];
    int bits = chunk_bits(s, chunk), hits = 0;
    for (int i = 0; i < count; i++) {
        uint64_t inside = asked[i] < (uint32_t)s->words;
        uint32_t place = place_of_word(s, inside ? asked[i] : 0) + (uint32_t)chunk;
        value[i] = m->d.content[place] & -inside;
        hit[hits] = (uint16_t)i;
        hits += (int)(inside & where[lane[i]] >> (place & 63)) & has(has_overlay, lane[i]);
    }
    for (int i = 0; i < hits; i++) {
        uint32_t place = place_of_word(s, asked[hit[i]]) + (uint32_t)chunk;
        value[hit[i]] ^= overlay_at(&m->g->lane_overlay[lane[hit[i]]], place);
    }
    if (bits <= 32) {
        for (int i = 0; i < count; i++)
            ((uint32_t *)&own[lane[i] & 31])[lane[i] >> 5] = (uint32_t)value[i];
        turn(own, 32);
        return;
    }
    for (int first = 0; first < bits; first += 8) {
        for (int i = 0; i < count; i++)
            *byte_of(own, first, lane[i]) = (uint8_t)(value[i] >> first);
        turn(own + first, 8);
    }
}

void radtest_read(struct machine *m, int port, const vec *address, vec *data)
{
    const port_shape *p = &m->d.read[port];
    const memory_shape *s = &m->d.memory[p->memory];
    uint64_t golden_address;
    if (m->golden_run) {
        golden_address = gather(address, p->address_bits, 0);
        m->golden_port[p->address_at] = golden_address;
        golden_address -= (uint64_t)s->first_index;
        for (int c = 0; c < s->chunks; c++)
            m->golden_port[p->data_at + c] =
                golden_address < (uint64_t)s->words ? m->d.content[place_of_word(s, golden_address) + (unsigned)c] : 0;
        for (int i = 0; i < s->width; i++)
            data[i] = spread(-(m->golden_port[p->data_at + i / 64] >> (i % 64) & 1));
        return;
    }
    golden_address = m->port[p->address_at];
    vec astray = spread(0);
    for (int i = 0; i < p->address_bits; i++)
        astray |= address[i] ^ spread(-(golden_address >> i & 1));
    for (int i = 0; i < s->width; i++)
        data[i] = spread(-(m->port[p->data_at + i / 64] >> (i % 64) & 1));
    vec odd = (astray | m->g->has_overlay[p->memory]) & m->in_use, new = odd;
    read_before *before = m->g->before ? &m->g->before[port] : NULL;
    if (before) {
        /* What a machine has read is still there if it asks for the same word and has not written since. */
        vec moved = m->g->joined | before->stale;
        before->stale = spread(0);
        for (int i = 0; i < p->address_bits; i++) {
            moved |= address[i] ^ before->address[i];
            before->address[i] = address[i];
        }
        new = odd & moved;
        vec same = odd & ~moved;
        if (any(same))
            for (int i = 0; i < s->width; i++)
                data[i] = (data[i] & ~same) | (before->data[i] & same);
    }
    if (any(new)) {
        uint16_t lane[LANES];
        uint32_t asked[LANES];
        int count = list_lanes(new, lane);
        vec word[64], own[64];
        to_numbers(address, p->address_bits, word);
        for (int i = 0; i < count; i++)
            asked[i] = (uint32_t)(get_number(word, p->address_bits, lane[i]) - (uint64_t)s->first_index);
        for (int c = 0; c < s->chunks; c++) {
            read_words(m, p->memory, c, count, lane, asked, own);
            for (int i = 0; i < chunk_bits(s, c); i++)
                data[64 * c + i] = (data[64 * c + i] & ~new) | (own[i] & new);
        }
    }
    if (before)
        memcpy(before->data, data, (size_t)s->width * sizeof(vec));
}

void radtest_write(struct machine *m, int port, const vec *enable, const vec *address, const vec *data)
{
    const port_shape *p = &m->d.write[port];
    const memory_shape *s = &m->d.memory[p->memory];
    if (m->golden_run) {
        m->golden_port[p->address_at] = gather(address, p->address_bits, 0);
        m->golden_port[p->enable_at] = gather(enable, p->enables, 0);
        for (int c = 0; c < s->chunks; c++)
            m->golden_port[p->data_at + c] = gather(data + 64 * c, chunk_bits(s, c), 0);
        return;
    }
    /* Kept, since all ports of a memory have to be known before it is written. */
    memcpy(m->write_enable[port], enable, (size_t)p->enables * sizeof(vec));
    memcpy(m->write_address[port], address, (size_t)p->address_bits * sizeof(vec));
    memcpy(m->write_data[port], data, (size_t)s->width * sizeof(vec));
}

/* Which lanes write something else than the golden machine. */
static vec odd_writers(struct machine *m, int port)
{
    const port_shape *p = &m->d.write[port];
    const memory_shape *s = &m->d.memory[p->memory];
    const vec *enable = m->write_enable[port], *address = m->write_address[port], *data = m->write_data[port];
    uint64_t golden_enable = m->port[p->enable_at];
    vec odd = spread(0), writes = spread(0);
    for (int i = 0; i < p->enables; i++) {
        odd |= enable[i] ^ spread(-(golden_enable >> i & 1));
        writes |= enable[i];
    }
    if (any(writes)) {
        vec other = spread(0);
        for (int i = 0; i < p->address_bits; i++)
            other |= address[i] ^ spread(-(m->port[p->address_at] >> i & 1));
        for (int i = 0; i < s->width; i++)
            other |= data[i] ^ spread(-(m->port[p->data_at + i / 64] >> (i % 64) & 1));
        odd |= other & writes;
    }
    return odd & m->in_use;
}

void radtest_possible_read(struct machine *m, int port, const vec *address_one, const vec *address_zero, vec *data_one,
                           vec *data_zero)
{
    const port_shape *p = &m->d.read[port];
    int width = m->d.memory[p->memory].width;
    vec unknown = spread(0);
    for (int i = 0; i < p->address_bits; i++)
        unknown |= address_one[i] & address_zero[i];
    read_before *before = m->g->before;
    m->g->before = NULL;
    radtest_read(m, port, address_one, data_one);
    m->g->before = before;
    for (int i = 0; i < width; i++) {
        data_zero[i] = ~data_one[i] | unknown;
        data_one[i] |= unknown;
    }
}

static void put_word(struct machine *m, int port, uint64_t enables, const uint64_t *data, uint64_t *word)
{
    const port_shape *p = &m->d.write[port];
    int chunks = m->d.memory[p->memory].chunks;
    for (int i = 0; i < p->enables; i++) {
        if (!(enables >> i & 1))
            continue;
        const uint64_t *mask = m->d.enable_mask + p->enable_first + i * chunks;
        for (int c = 0; c < chunks; c++)
            word[c] = (word[c] & ~mask[c]) | (data[c] & mask[c]);
    }
}

static void note_overlay(struct machine *m, int memory, int lane)
{
    const memory_shape *s = &m->d.memory[memory];
    const overlay *o = &m->g->lane_overlay[lane];
    m->g->lane_where[lane] = o->where;
    uint32_t first = (uint32_t)s->first_chunk, last = first + (uint32_t)(s->words * s->chunks);
    for (int i = 0; i < o->count; i++)
        if (overlay_place(o, i) >= first && overlay_place(o, i) < last) {
            set(&m->g->has_overlay[memory], lane);
            return;
        }
    clear(&m->g->has_overlay[memory], lane);
}

/* The same for the word that the golden machine writes, by a lane that writes the same to it. */
static void write_as_golden(struct machine *m, int memory, int port, int lane)
{
    const port_shape *p = &m->d.write[port];
    const memory_shape *s = &m->d.memory[memory];
    overlay *o = &m->g->lane_overlay[lane];
    uint64_t word = m->port[p->address_at] - (uint64_t)s->first_index, enables = m->port[p->enable_at];
    if (!enables || word >= (uint64_t)s->words)
        return;
    int found = 0;
    for (int c = 0; c < s->chunks; c++) {
        uint32_t place = place_of_word(s, word) + (uint32_t)c;
        int i = overlay_find(o, place);
        if (i < 0)
            continue;
        uint64_t wrong = overlay_wrong(o, i);
        for (int e = 0; e < p->enables; e++)
            if (enables >> e & 1)
                wrong &= ~m->d.enable_mask[p->enable_first + e * s->chunks + c];
        overlay_put(o, place, wrong);
        found = 1;
    }
    if (found)
        note_overlay(m, memory, lane);
}

/* Bring the overlay of one lane to the next cycle. */
static void write_lane(struct machine *m, int memory, int first_port, int lane)
{
    const memory_shape *s = &m->d.memory[memory];
    overlay *o = &m->g->lane_overlay[lane];
    uint64_t word[2 * s->writes], own_data[s->chunks], golden[s->chunks], own[s->chunks];
    uint64_t own_enable[s->writes], own_address[s->writes];
    int words = 0;
    for (int w = 0; w < s->writes; w++) {
        const port_shape *p = &m->d.write[first_port + w];
        own_enable[w] = get_number(m->lane_enable[first_port + w], p->enables, lane);
        own_address[w] = 0;
        if (own_enable[w])
            word[words++] = own_address[w] =
                get_number(m->lane_address[first_port + w], p->address_bits, lane) - (uint64_t)s->first_index;
        if (m->port[p->enable_at])
            word[words++] = m->port[p->address_at] - (uint64_t)s->first_index;
    }
    for (int i = 0; i < words; i++) {
        int seen = word[i] >= (uint64_t)s->words;
        for (int j = 0; j < i; j++)
            seen |= word[j] == word[i];
        if (seen)
            continue;
        uint32_t place = place_of_word(s, word[i]);
        for (int c = 0; c < s->chunks; c++) {
            golden[c] = m->d.content[place + (uint32_t)c];
            own[c] = golden[c] ^ overlay_at(o, place + (uint32_t)c);
        }
        for (int w = 0; w < s->writes; w++) {
            const port_shape *p = &m->d.write[first_port + w];
            if (own_enable[w] && own_address[w] == word[i]) {
                for (int c = 0; c < s->chunks; c++)
                    own_data[c] = get_number(m->lane_data[first_port + w] + 64 * c, chunk_bits(s, c), lane);
                put_word(m, first_port + w, own_enable[w], own_data, own);
            }
            if (m->port[p->address_at] - (uint64_t)s->first_index == word[i])
                put_word(m, first_port + w, m->port[p->enable_at], m->port + p->data_at, golden);
        }
        for (int c = 0; c < s->chunks; c++)
            overlay_put(o, place + (uint32_t)c, golden[c] ^ own[c]);
    }
    note_overlay(m, memory, lane);
}

static inline uint64_t enabled_bits(const struct machine *m, const port_shape *p, uint64_t enables)
{
    uint64_t bits = 0;
    for (int e = 0; e < p->enables; e++)
        bits |= m->d.enable_mask[p->enable_first + e] & -(enables >> e & 1);
    return bits;
}

/* The same where there is one port, and no word has more than 64 bits. */
static inline void write_lane_once(struct machine *m, int memory, int port, int lane)
{
    const port_shape *p = &m->d.write[port];
    const memory_shape *s = &m->d.memory[memory];
    overlay *o = &m->g->lane_overlay[lane];
    uint64_t golden_bits = enabled_bits(m, p, m->port[p->enable_at]), golden_data = m->port[p->data_at];
    uint64_t golden_word = golden_bits ? m->port[p->address_at] - (uint64_t)s->first_index : UINT64_MAX;
    uint64_t own_bits = enabled_bits(m, p, get_number(m->lane_enable[port], p->enables, lane));
    uint64_t own_word = UINT64_MAX;
    if (own_bits)
        own_word = get_number(m->lane_address[port], p->address_bits, lane) - (uint64_t)s->first_index;
    if (own_word < (uint64_t)s->words) {
        uint32_t place = place_of_word(s, own_word);
        int i = overlay_find(o, place);
        uint64_t golden = m->d.content[place], own = golden ^ (i < 0 ? 0 : overlay_wrong(o, i));
        own = (own & ~own_bits) | (get_number(m->lane_data[port], s->width, lane) & own_bits);
        if (golden_word == own_word)
            golden = (golden & ~golden_bits) | (golden_data & golden_bits);
        overlay_update(o, i, place, own ^ golden);
    }
    if (golden_word != own_word && golden_word < (uint64_t)s->words) {
        uint32_t place = place_of_word(s, golden_word);
        int i = overlay_find(o, place);
        uint64_t golden = m->d.content[place], own = golden ^ (i < 0 ? 0 : overlay_wrong(o, i));
        golden = (golden & ~golden_bits) | (golden_data & golden_bits);
        overlay_update(o, i, place, own ^ golden);
    }
    note_overlay(m, memory, lane);
}

static int count_lanes(vec v)
{
    int count = 0;
    for (int w = 0; w < LANE_WORDS; w++)
        count += __builtin_popcountll(v[w]);
    return count;
}

/* Note which lanes write to what they have read in this cycle. */
static void outdate(struct machine *m, int port)
{
    const port_shape *p = &m->d.write[port];
    vec writes = spread(0);
    for (int i = 0; i < p->enables; i++)
        writes |= m->write_enable[port][i];
    if (!any(writes))
        return;
    for (int r = 0; r < m->d.reads; r++) {
        if (m->d.read[r].memory != p->memory)
            continue;
        vec same = writes;
        int bits = p->address_bits < m->d.read[r].address_bits ? p->address_bits : m->d.read[r].address_bits;
        for (int i = 0; i < bits; i++)
            same &= ~(m->write_address[port][i] ^ m->g->before[r].address[i]);
        m->g->before[r].stale |= same;
    }
}

static void write_memories(struct machine *m)
{
    int port = 0;
    for (int memory = 0; memory < m->d.memories; port += m->d.memory[memory++].writes) {
        const memory_shape *s = &m->d.memory[memory];
        vec odd = spread(0);
        for (int w = port; w < port + s->writes; w++) {
            odd |= odd_writers(m, w);
            if (m->g->before)
                outdate(m, w);
        }
        vec wrong = m->g->has_overlay[memory] & ~odd & m->in_use;
        for (int w = port; w < port + s->writes && any(wrong); w++)
            if (m->port[m->d.write[w].enable_at])
                FOR_EACH_LANE(lane, wrong) write_as_golden(m, memory, w, lane);
        if (!any(odd))
            continue;
        int few = count_lanes(odd) < 8;
        for (int w = port; w < port + s->writes; w++) {
            const port_shape *p = &m->d.write[w];
            if (few) {
                FOR_EACH_LANE(lane, odd)
                {
                    put_number(m->lane_enable[w], p->enables, lane, gather(m->write_enable[w], p->enables, lane));
                    if (!get_number(m->lane_enable[w], p->enables, lane))
                        continue;
                    put_number(m->lane_address[w], p->address_bits, lane,
                               gather(m->write_address[w], p->address_bits, lane));
                    for (int c = 0; c < s->chunks; c++)
                        put_number(m->lane_data[w] + 64 * c, chunk_bits(s, c), lane,
                                   gather(m->write_data[w] + 64 * c, chunk_bits(s, c), lane));
                }
                continue;
            }
            vec writes = spread(0);
            for (int i = 0; i < p->enables; i++)
                writes |= m->write_enable[w][i];
            if (!any(writes & odd)) {
                memset(m->lane_enable[w], 0, 64 * sizeof(vec));
                continue;
            }
            to_numbers(m->write_enable[w], p->enables, m->lane_enable[w]);
            to_numbers(m->write_address[w], p->address_bits, m->lane_address[w]);
            for (int c = 0; c < s->chunks; c++)
                to_numbers(m->write_data[w] + 64 * c, chunk_bits(s, c), m->lane_data[w] + 64 * c);
        }
        uint16_t lane[LANES];
        int count = list_lanes(odd, lane);
        for (int i = 0; i < count; i++) {
            __builtin_prefetch(&m->g->lane_overlay[lane[i + 4 < count ? i + 4 : i]]);
            if (s->writes == 1 && s->chunks == 1)
                write_lane_once(m, memory, port, lane[i]);
            else
                write_lane(m, memory, port, lane[i]);
        }
    }
}

/* Bring the memories of the golden machine to the coming cycle. */
static void golden_writes(struct machine *m, const uint64_t *record)
{
    for (int w = 0; w < m->d.writes; w++) {
        const port_shape *p = &m->d.write[w];
        const memory_shape *s = &m->d.memory[p->memory];
        uint64_t address = record[p->address_at] - (uint64_t)s->first_index;
        if (!record[p->enable_at] || address >= (uint64_t)s->words)
            continue;
        uint32_t place = place_of_word(s, address);
        if (m->undo_count + s->chunks > m->undo_room) {
            m->undo_room = 2 * (m->undo_count + s->chunks);
            m->undo = more(m->undo, (size_t)m->undo_room * sizeof *m->undo);
        }
        for (uint32_t c = 0; c < (uint32_t)s->chunks; c++)
            m->undo[m->undo_count++] = (overwritten){place + c, m->d.content[place + c]};
        put_word(m, w, record[p->enable_at], record + p->data_at, m->d.content + place);
    }
}

/* Bring them back to the first cycle of the block. */
static void undo_writes(struct machine *m)
{
    while (m->undo_count) {
        overwritten last = m->undo[--m->undo_count];
        m->d.content[last.place] = last.value;
    }
}

/* ---------------------------------------------------------------- groups */

static group *new_group(const design *d)
{
    group *g = need(1, sizeof *g);
    g->wrong = need((size_t)d->flip_flops, sizeof(vec));
    g->next = need((size_t)d->flip_flops, sizeof(vec));
    g->has_overlay = need((size_t)d->memories + 1, sizeof(vec));
    g->lane_overlay = need(LANES, sizeof *g->lane_overlay);
    g->lane_where = need(LANES, sizeof *g->lane_where);
    g->trace = need((size_t)LANES * (size_t)d->watched, sizeof *g->trace);
    g->end_at = need(LANES, sizeof *g->end_at);
    g->slot = need(LANES, sizeof *g->slot);
    g->held = need(LANES, sizeof *g->held);
    g->before = need((size_t)d->reads + 1, sizeof *g->before);
    g->joined = spread(~0ull);
    g->shown_before = need((size_t)d->observed + 1, sizeof(vec));
    g->shown_at = NEVER;
    for (int i = 0; i < d->reads; i++) {
        g->before[i].address = need((size_t)d->read[i].address_bits, sizeof(vec));
        g->before[i].data = need((size_t)d->memory[d->read[i].memory].width, sizeof(vec));
    }
    return g;
}

static void start_meeting(meeting *t, uint64_t room)
{
    *t = (meeting){need(room, 8), need(room, 8), need(room, 4), room - 1, 0};
}

static vec any_overlay(const struct machine *m, const group *g)
{
    vec all = spread(0);
    for (int i = 0; i < m->d.memories; i++)
        all |= g->has_overlay[i];
    return all;
}

struct machine *radtest_machine(const design *d)
{
    struct machine *m = need(1, sizeof *m);
    m->d = *d;
    m->net = need((size_t)(radtest_pulsed_nets > radtest_logic_nets ? radtest_pulsed_nets : radtest_logic_nets) + 1,
                  sizeof(vec));
    m->pulse = need((size_t)d->pulses + 1, sizeof(vec));
    m->possible_net = need((size_t)radtest_possible_nets + 1, sizeof(vec));
    m->unknown = need((size_t)d->flip_flops + 1, sizeof(vec));
    m->next_one = need((size_t)d->flip_flops + 1, sizeof(vec));
    m->next_zero = need((size_t)d->flip_flops + 1, sizeof(vec));
    m->shown_one = need((size_t)d->observed + 1, sizeof(vec));
    m->shown_zero = need((size_t)d->observed + 1, sizeof(vec));
    m->shown = need((size_t)d->observed + 1, sizeof(vec));
    m->struck = need((size_t)d->struck + 1, sizeof(vec));
    m->held = need((size_t)d->enables + 1, sizeof(vec));
    m->effective = need((size_t)d->struck + 1, sizeof(vec));
    m->write_enable = need((size_t)d->writes + 1, sizeof(vec *));
    m->write_address = need((size_t)d->writes + 1, sizeof(vec *));
    m->write_data = need((size_t)d->writes + 1, sizeof(vec *));
    m->lane_enable = need((size_t)d->writes + 1, sizeof(vec *));
    m->lane_address = need((size_t)d->writes + 1, sizeof(vec *));
    m->lane_data = need((size_t)d->writes + 1, sizeof(vec *));
    for (int w = 0; w < d->writes; w++) {
        m->lane_enable[w] = need(64, sizeof(vec));
        m->lane_address[w] = need(64, sizeof(vec));
        m->lane_data[w] = need(64 * (size_t)d->memory[d->write[w].memory].chunks, sizeof(vec));
        m->write_enable[w] = need((size_t)d->write[w].enables, sizeof(vec));
        m->write_address[w] = need((size_t)d->write[w].address_bits, sizeof(vec));
        m->write_data[w] = need((size_t)d->memory[d->write[w].memory].width, sizeof(vec));
    }
    m->block_bits = need((size_t)(BLOCK + 1) * ((size_t)d->flip_flops + 1), 8);
    m->block_inputs = need((size_t)BLOCK * ((size_t)d->inputs + 1), 8);
    m->fresh = *new_group(d);
    m->fresh.before = NULL;
    m->fresh.held = m->row_of;
    m->cluster_met = need((size_t)d->clusters + 1, sizeof *m->cluster_met);
    m->hash = need(64, sizeof(vec));
    m->hash_order = need((size_t)d->flip_flops + 1, sizeof *m->hash_order);
    for (int i = 0; i < d->flip_flops; i++)
        m->hash_order[i] = i;
    /* Neighbours in the netlist are wrong together; the hash must not see them side by side. */
    for (int i = d->flip_flops - 1; i > 0; i--) {
        int j = (int)(mix((uint64_t)i + 12345) % (uint64_t)(i + 1));
        int32_t other = m->hash_order[j];
        m->hash_order[j] = m->hash_order[i];
        m->hash_order[i] = other;
    }
    start_meeting(&m->all, 1 << 16);
    start_meeting(&m->fresh_only, 1 << 10);
    m->sleeper_mask = (1 << 12) - 1;
    m->sleeper = need(m->sleeper_mask + 1, 4);
    return m;
}

static void evaluate(struct machine *m, group *g, struct cycle *c)
{
    m->g = g;
    *c = (struct cycle){.wrong = g->wrong,
                        .golden = m->golden_bits,
                        .next = m->next_bits,
                        .input = m->input_bits,
                        .fresh = spread(g == &m->fresh && !m->golden_run && m->now < m->d.end ? ~0ull : 0),
                        .pulse = m->pulse,
                        .struck = m->struck,
                        .effective = m->golden_run || m->d.tail != NONE || m->now == m->d.end ? m->effective : NULL,
                        .next_wrong = g->next,
                        .shown = m->shown,
                        .held = m->held,
                        .one = spread(0),
                        .two = spread(0)};
    memset(m->held, 0, (size_t)m->d.enables * sizeof(vec));
    (m->pulsing ? radtest_pulsed : radtest_logic)(m, c, m->net);
    m->evaluations++;
}

/* ---------------------------------------------------------------- the golden run */

/* Run the golden machine over `count` cycles; `state` holds that of cycle 0 and takes those that follow. */
void radtest_golden(struct machine *m, int64_t count, uint8_t *state, const uint8_t *input, uint8_t *shown,
                    uint64_t *port)
{
    const design *d = &m->d;
    struct cycle c;
    m->golden_run = 1;
    m->golden_bits = m->block_bits;
    m->next_bits = m->block_bits + d->flip_flops;
    m->input_bits = m->block_inputs;
    memset(m->next_bits, 0, (size_t)d->flip_flops * 8);
    for (int64_t t = 0; t < count; t++) {
        uint8_t *now = state + t * d->state_bytes;
        uint8_t *then = state + (t + 1) * d->state_bytes;
        expand(now, m->golden_bits, d->flip_flops);
        expand(input + t * d->input_bytes, m->input_bits, d->inputs);
        m->golden_port = port + t * d->port_words;
        m->in_use = spread(~0ull);
        evaluate(m, &m->fresh, &c);
        for (int i = 0; i < d->flip_flops; i++)
            if (d->struck_place[i] >= 0 && !d->later[i]) {
                now[i >> 3] &= (uint8_t)~(1 << (i & 7));
                now[i >> 3] |= (uint8_t)((m->effective[d->struck_place[i]][0] & 1) << (i & 7));
            }
        memset(then, 0, (size_t)d->state_bytes);
        for (int i = 0; i < d->flip_flops; i++)
            then[i >> 3] |= (uint8_t)((m->fresh.next[i][0] & 1) << (i & 7));
        memset(shown + t * d->shown_bytes, 0, (size_t)d->shown_bytes);
        for (int i = 0; i < d->observed; i++)
            shown[t * d->shown_bytes + (i >> 3)] |= (uint8_t)((m->shown[i][0] & 1) << (i & 7));
        golden_writes(m, m->golden_port);
        m->undo_count = 0;
    }
    m->golden_run = 0;
    memset(m->fresh.next, 0, (size_t)d->flip_flops * sizeof(vec));
}

/* ---------------------------------------------------------------- the log */

static void note(struct machine *m, uint32_t subject, uint32_t kind, uint32_t what)
{
    step *now = &m->step[m->now - m->block_first];
    if (now->count + 2 > now->room) {
        now->room = now->room ? 2 * now->room : 1 << 14;
        now->event = more(now->event, now->room * sizeof *now->event);
    }
    now->event[now->count++] = subject;
    now->event[now->count++] = kind << 28 | what;
}

static uint32_t told(int outcome, int observer)
{
    return (uint32_t)outcome << 8 | (uint32_t)observer;
}

static int write_step(struct machine *m, step *one)
{
    int failed = fwrite(one->event, sizeof *one->event, one->count, m->log) != one->count;
    m->offset += one->count;
    one->count = 0;
    return failed;
}

/* ---------------------------------------------------------------- slots */

static uint32_t new_slot(struct machine *m)
{
    if (m->free_count)
        return m->free_slot[--m->free_count];
    if (m->slots == m->slots_room) {
        uint32_t room = m->slots_room ? 2 * m->slots_room : 4096;
        m->lane_of = more(m->lane_of, room * sizeof *m->lane_of);
        m->asleep = more(m->asleep, room * sizeof *m->asleep);
        memset(m->asleep + m->slots_room, 0, (room - m->slots_room) * sizeof *m->asleep);
        m->wakes_at = more(m->wakes_at, room * sizeof *m->wakes_at);
        m->next_asleep = more(m->next_asleep, room * sizeof *m->next_asleep);
        m->slots_room = room;
    }
    return m->slots++;
}

/* Not to be used again in this block: cycles of a block are not gone through in their order, and the log of a cycle
   must not give a slot two meanings. */
static void free_slot(struct machine *m, uint32_t slot)
{
    if (m->freed_count == m->freed_room) {
        m->freed_room = m->freed_room ? 2 * m->freed_room : 4096;
        m->freed_slot = more(m->freed_slot, m->freed_room * sizeof *m->freed_slot);
    }
    m->freed_slot[m->freed_count++] = slot;
}

static void reuse_slots(struct machine *m)
{
    if (m->free_count + m->freed_count > m->free_room) {
        m->free_room = 2 * (m->free_count + m->freed_count);
        m->free_slot = more(m->free_slot, m->free_room * sizeof *m->free_slot);
    }
    for (uint32_t i = 0; i < m->freed_count; i++)
        m->free_slot[m->free_count++] = m->freed_slot[i];
    m->freed_count = 0;
}

/* ---------------------------------------------------------------- equal states */

/* A hash of the flip-flops that are wrong next, of all lanes at once: a shift register that each of them is fed to. */
static void hash_lanes(struct machine *m, const vec *wrong)
{
    static const int taps[] = {2, 5, 11, 17, 29, 41, 53};
    vec r[64] = {{0}};
    unsigned top = 63;
    for (int i = 0; i < m->d.flip_flops; i++) {
        vec back = r[top] ^ wrong[m->hash_order[i]];
        r[top] = back;
        for (unsigned k = 0; k < sizeof taps / sizeof *taps; k++)
            r[(top + (unsigned)taps[k]) & 63] ^= back;
        top = (top + 63) & 63;
    }
    for (unsigned i = 0; i < 64; i++)
        m->hash[i] = r[(top + 1 + i) & 63];
    turn(m->hash, 64);
}

static void grow_meeting(meeting *t, uint64_t now)
{
    meeting old = *t;
    start_meeting(t, 4 * (old.mask + 1));
    t->count = old.count;
    for (uint64_t i = 0; i <= old.mask; i++) {
        if (old.stamp[i] != now)
            continue;
        uint64_t at = mix(old.hash[i]) & t->mask;
        while (t->stamp[at] == now)
            at = (at + 1) & t->mask;
        t->hash[at] = old.hash[i];
        t->stamp[at] = now;
        t->slot[at] = old.slot[i];
    }
    free(old.hash);
    free(old.stamp);
    free(old.slot);
}

static int is_end_of_block(const struct machine *m)
{
    return (m->now + 1) % BLOCK == 0;
}

/* Return the slot of a machine with the same state, or make `slot` the one for those that follow. */
static uint32_t meet(struct machine *m, uint64_t hash, uint32_t slot)
{
    meeting *t = is_end_of_block(m) ? &m->all : &m->fresh_only;
    uint64_t now = (uint64_t)m->now + 1, at = mix(hash) & t->mask;
    for (; t->stamp[at] == now; at = (at + 1) & t->mask)
        if (t->hash[at] == hash)
            return t->slot[at];
    if (slot == UINT32_MAX)
        return slot;
    t->hash[at] = hash;
    t->stamp[at] = now;
    t->slot[at] = slot;
    if (++t->count * 2 > t->mask)
        grow_meeting(t, now);
    return slot;
}

static uint64_t lane_hash(const struct machine *m, const group *g, int lane)
{
    uint64_t hash = m->hash[lane & 63][lane >> 6];
    if (g->lane_overlay[lane].count)
        hash ^= mix(overlay_hash(&g->lane_overlay[lane]) + 0x1234567);
    if (has(&g->off_phase, lane))
        hash ^= mix((uint64_t)g->end_at[lane] + 0x7654321);
    if (m->d.held_level != NONE)
        hash ^= mix(((uint64_t)g->held[lane] << 8) + 0x2468ace);
    return hash;
}

/* ---------------------------------------------------------------- what is known without following */

static const memory_shape *memory_at(const struct machine *m, uint32_t place)
{
    int i = m->d.memories - 1;
    while (m->d.memory[i].first_chunk > (int64_t)place)
        i--;
    return &m->d.memory[i];
}

static int64_t next_access(const struct machine *m, uint32_t place, int64_t from)
{
    const memory_shape *s = memory_at(m, place);
    int64_t word = s->first_word + ((int64_t)place - s->first_chunk) / s->chunks;
    int64_t low = m->d.access_first[word], high = m->d.access_first[word + 1], end = high;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (m->d.access_time[middle] < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end ? m->d.access_time[low] : NEVER;
}

static int64_t single_row(const struct machine *m, const overlay *o)
{
    uint64_t wrong = overlay_wrong(o, 0);
    if (o->count != 1 || (wrong & (wrong - 1)))
        return NONE;
    uint32_t place = overlay_place(o, 0);
    const memory_shape *s = memory_at(m, place);
    int64_t chunk = (int64_t)place - s->first_chunk;
    if (s->first_row == NONE || s->sticky)
        return NONE;
    return s->first_row + chunk / s->chunks * s->width + chunk % s->chunks * 64 + __builtin_ctzll(wrong);
}

static void grow_sleepers(struct machine *m)
{
    uint64_t old = m->sleeper_mask + 1;
    uint32_t *was = m->sleeper;
    m->sleeper_mask = 4 * old - 1;
    m->sleeper = need(4 * old, 4);
    m->sleepers = 0;
    for (uint64_t i = 0; i < old; i++) {
        if (!was[i] || !m->asleep[was[i] - 1].count)
            continue;
        uint64_t at = overlay_hash(&m->asleep[was[i] - 1]) & m->sleeper_mask;
        while (m->sleeper[at])
            at = (at + 1) & m->sleeper_mask;
        m->sleeper[at] = was[i];
        m->sleepers++;
    }
    free(was);
}

/* A machine of which only memory is wrong: say what is known of it. Returns 0 if it has to be followed. */
static int know_memory(struct machine *m, uint32_t subject, const overlay *o)
{
    const design *d = &m->d;
    int64_t row = single_row(m, o);
    if (row != NONE) {
        note(m, subject, ALIAS, (uint32_t)row);
        return 1;
    }
    int64_t due = NEVER;
    for (int i = 0; i < o->count; i++) {
        int64_t at = next_access(m, overlay_place(o, i), m->now + 1);
        due = at < due ? at : due;
    }
    if (due > d->end) {
        note(m, subject, UNSEEN, told(LATENT, NOBODY));
        return 1;
    }
    if (due == m->now + 1)
        return 0;
    uint64_t at = overlay_hash(o) & m->sleeper_mask;
    uint64_t first_gap = UINT64_MAX;
    for (; m->sleeper[at]; at = (at + 1) & m->sleeper_mask) {
        uint32_t other = m->sleeper[at] - 1;
        if (!m->asleep[other].count) {
            if (first_gap == UINT64_MAX)
                first_gap = at;
        } else if (m->wakes_at[other] == due && overlay_equal(&m->asleep[other], o)) {
            note(m, subject, SLOT, other);
            return 1;
        }
    }
    uint32_t slot = new_slot(m);
    note(m, subject, SLOT, slot);
    overlay_copy(&m->asleep[slot], o);
    m->lane_of[slot] = -1;
    m->wakes_at[slot] = due;
    m->next_asleep[slot] = m->first_asleep[due];
    m->first_asleep[due] = (int32_t)slot;
    if (first_gap == UINT64_MAX)
        m->sleepers++;
    else
        at = first_gap;
    m->sleeper[at] = slot + 1;
    if (m->sleepers * 2 > m->sleeper_mask)
        grow_sleepers(m);
    return 1;
}

/* ---------------------------------------------------------------- the pool */

/* Return a group without machines, whose state of the coming cycle is that of the golden machine. */
static int32_t empty_group(struct machine *m)
{
    int32_t i = 0;
    while (i < m->pool_count && (m->pool[i]->young || any(m->pool[i]->live)))
        i++;
    if (i == m->pool_count) {
        if (m->pool_count == m->pool_room) {
            m->pool_room = m->pool_room ? 2 * m->pool_room : 16;
            m->pool = more(m->pool, (size_t)m->pool_room * sizeof *m->pool);
            m->young = more(m->young, (size_t)m->pool_room * sizeof *m->young);
        }
        m->pool[m->pool_count++] = new_group(&m->d);
    }
    memset(m->pool[i]->next, 0, (size_t)m->d.flip_flops * sizeof(vec));
    return i;
}

/* Return a free lane of the young groups whose state of the coming cycle is that of the golden machine. */
static int32_t free_lane(struct machine *m)
{
    for (int32_t y = 0; y < m->young_count; y++) {
        group *g = m->pool[m->young[y]];
        vec used = g->live | g->dead;
        for (int w = 0; w < LANE_WORDS; w++)
            if (~used[w])
                return m->young[y] * LANES + w * 64 + __builtin_ctzll(~used[w]);
    }
    int32_t i = empty_group(m);
    m->pool[i]->young = 1;
    m->pool[i]->dead = spread(0);
    m->young[m->young_count++] = i;
    return i * LANES;
}

static void take_lane(struct machine *m, int32_t place, uint32_t slot)
{
    group *g = m->pool[place / LANES];
    int lane = place % LANES;
    set(&g->live, lane);
    set(&g->joined, lane);
    clear(&g->sdc_noted, lane);
    clear(&g->correction_noted, lane);
    clear(&g->off_trace, lane);
    clear(&g->finished, lane);
    clear(&g->off_phase, lane);
    overlay_clear(&g->lane_overlay[lane]);
    for (int i = 0; i < m->d.memories; i++)
        clear(&g->has_overlay[i], lane);
    g->slot[lane] = slot;
    m->lane_of[slot] = place;
    m->followed++;
}

static void take_overlay(struct machine *m, int32_t place, const overlay *o)
{
    group *g = m->pool[place / LANES];
    int lane = place % LANES;
    overlay_copy(&g->lane_overlay[lane], o);
    g->lane_where[lane] = o->where;
    for (int i = 0; i < o->count; i++)
        set(&g->has_overlay[memory_at(m, overlay_place(o, i)) - m->d.memory], lane);
}

static void leave_lane(struct machine *m, group *g, int lane)
{
    clear(&g->live, lane);
    set(&g->dead, lane); /* until the coming cycle */
    overlay_clear(&g->lane_overlay[lane]);
    for (int i = 0; i < m->d.memories; i++)
        clear(&g->has_overlay[i], lane);
    free_slot(m, g->slot[lane]);
    m->followed--;
}

static void wake(struct machine *m)
{
    for (int32_t s = m->first_asleep[m->now]; s >= 0;) {
        int32_t next = m->next_asleep[s];
        int32_t place = free_lane(m);
        take_lane(m, place, (uint32_t)s);
        take_overlay(m, place, &m->asleep[s]);
        group *g = m->pool[place / LANES];
        if (m->d.tail != NONE && m->now > m->d.end - m->d.tail) {
            set(&g->finished, place % LANES);
            g->end_at[place % LANES] = m->d.end;
        }
        overlay_clear(&m->asleep[s]);
        s = next;
    }
}

/* ---------------------------------------------------------------- what a machine shows */

static int traces_match(const struct machine *m, const watched *w, int lane, int64_t time)
{
    const uint8_t *golden = m->d.shown + time * m->d.shown_bytes;
    for (int i = 0; i < w->width; i++)
        if (has(&m->shown[w->first + i], lane) != bit_of(golden, w->first + i))
            return 0;
    return 1;
}

/* Place of the golden run in the trace of a signal after cycle t, and whether it shows a value then. */
static trace_state golden_trace(const struct machine *m, int number, int64_t t)
{
    const design *d = &m->d;
    int64_t low = d->trace_first[number], high = d->trace_first[number + 1], first = low;
    if (t > d->end)
        return (trace_state){(int32_t)(high - first), 0};
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (d->trace_time[middle] <= t)
            low = middle + 1;
        else
            high = middle;
    }
    int valid = t >= 0 && low > first && d->watch[number].valid >= 0 &&
                bit_of(d->shown + t * d->shown_bytes, d->watch[number].valid);
    return (trace_state){(int32_t)(low - first), valid};
}

/* Take in what one lane shows on an output with a `valid`; returns whether it is wrong. */
static int sample(struct machine *m, trace_state *s, int number, int lane)
{
    const design *d = &m->d;
    const watched *w = &d->watch[number];
    int64_t first = d->trace_first[number], count = d->trace_first[number + 1] - first;
    if (!has(&m->shown[w->valid], lane)) {
        s->shown = 0;
        return 0;
    }
    if (s->shown && traces_match(m, w, lane, d->trace_time[first + s->place - 1]))
        return 0;
    if (s->place < count && traces_match(m, w, lane, d->trace_time[first + s->place])) {
        s->place++;
        s->shown = 1;
        return 0;
    }
    return 1;
}

static int is_at_golden_trace(struct machine *m, const group *g, int lane)
{
    for (int i = 0; i < m->d.watched; i++) {
        if (m->d.watch[i].kind != VALID_OUTPUT)
            continue;
        trace_state now = golden_trace(m, i, m->now), own = g->trace[lane * m->d.watched + i];
        if (own.place != now.place || own.shown != now.shown)
            return 0;
    }
    return 1;
}

/* The observer of an output that has shown too few values when a run ends, or -1. */
static int showed_too_little(struct machine *m, const group *g, int lane)
{
    for (int i = 0; i < m->d.watched; i++) {
        if (m->d.watch[i].kind != VALID_OUTPUT && m->d.watch[i].kind != OUTPUT)
            continue;
        int64_t count = m->d.trace_first[i + 1] - m->d.trace_first[i];
        int own = m->d.watch[i].kind == VALID_OUTPUT && has(&g->off_trace, lane);
        int place = own ? g->trace[lane * m->d.watched + i].place : golden_trace(m, i, m->now).place;
        if (place < count)
            return m->d.watch[i].observer;
    }
    return -1;
}

static uint32_t subject_of(const struct machine *m, const group *g, int lane)
{
    return g == &m->fresh ? (uint32_t)m->row_of[lane] : g->slot[lane] | IS_SLOT;
}

static void note_sdc(struct machine *m, group *g, int lane, int observer)
{
    if (!has(&g->sdc_noted, lane))
        note(m, subject_of(m, g, lane), SEES, told(SDC, observer));
    set(&g->sdc_noted, lane);
}

/* Whether the state of a lane is the one in which the golden test ends. */
static int is_at_golden_end(struct machine *m, const group *g, int lane)
{
    const design *d = &m->d;
    const uint8_t *now = d->state + m->now * d->state_bytes, *end = d->state + d->end * d->state_bytes;
    for (int i = 0; i < d->flip_flops - d->latches; i++) {
        if (!d->counts[i])
            continue;
        int own = bit_of(now, i) ^ has(&g->wrong[i], lane);
        if (d->struck_place[i] >= 0 && !d->later[i])
            own = has(&m->effective[d->struck_place[i]], lane);
        if (own != bit_of(end, i))
            return 0;
    }
    const uint8_t *then = d->state + (m->now + 1) * d->state_bytes, *after = d->state + (d->end + 1) * d->state_bytes;
    for (int i = d->flip_flops - d->latches; i < d->flip_flops; i++)
        if (d->counts[i] && (bit_of(then, i) ^ has(&g->next[i], lane)) != bit_of(after, i))
            return 0;
    const overlay *o = &g->lane_overlay[lane];
    if (m->now == d->end)
        return o->count == 0;
    for (int64_t place = 0; place < d->all_chunks; place++)
        if ((d->content[place] ^ overlay_at(o, (uint32_t)place)) != d->end_content[place])
            return 0;
    return 1;
}

/* Whether the place of the golden run in a trace is another one than in the cycle before. */
static int golden_shows_anew(const struct machine *m)
{
    for (int i = 0; i < m->d.watched; i++) {
        if (m->d.watch[i].kind != VALID_OUTPUT)
            continue;
        trace_state now = golden_trace(m, i, m->now), before = golden_trace(m, i, m->now - 1);
        if (now.place != before.place || now.shown != before.shown)
            return 1;
    }
    return 0;
}

/* Lanes in which the outputs with a `valid` are as in the cycle before. */
static vec unchanged(const struct machine *m, const group *g)
{
    vec changed = spread(0);
    for (int i = 0; i < m->d.watched; i++) {
        const watched *w = &m->d.watch[i];
        if (w->kind != VALID_OUTPUT)
            continue;
        changed |= m->shown[w->valid] ^ g->shown_before[w->valid];
        for (int k = w->first; k < w->first + w->width; k++)
            changed |= m->shown[k] ^ g->shown_before[k];
    }
    return ~changed;
}

/* Look at what the machines of a group show in this cycle. Returns the lanes whose outcome is decided. */
static vec look(struct machine *m, group *g, vec lanes, int struck_now)
{
    const design *d = &m->d;
    vec decided = spread(0), differs = spread(0), done = spread(0);
    int late = m->now > d->end;
    const uint8_t *golden = d->shown + (late ? d->end : m->now) * d->shown_bytes;
    /* What is still there of overlays and wrong flip-flops has to be known before the next cycle is made. */
    for (int i = 0; i < d->watched; i++) {
        const watched *w = &d->watch[i];
        vec high = spread(0), wrong = spread(0);
        switch (w->kind) {
        case ALARM:
            for (int k = 0; k < w->width; k++)
                high |= m->shown[w->first + k];
            high &= lanes & ~decided;
            FOR_EACH_LANE(lane, high) note(m, subject_of(m, g, lane), FINAL, told(DETECTED, w->observer));
            decided |= high;
            break;
        case CORRECTION:
            for (int k = 0; k < w->width; k++)
                high |= m->shown[w->first + k];
            high &= lanes & ~g->correction_noted & ~decided;
            FOR_EACH_LANE(lane, high) note(m, subject_of(m, g, lane), SEES, told(CORRECTED, w->observer));
            g->correction_noted |= high;
            break;
        case OUTPUT:
            for (int k = 0; k < w->width; k++)
                wrong |= m->shown[w->first + k] ^ spread(-(uint64_t)bit_of(golden, w->first + k));
            wrong &= lanes & ~g->sdc_noted & ~decided;
            FOR_EACH_LANE(lane, wrong) note_sdc(m, g, lane, w->observer);
            break;
        case VALID_OUTPUT: {
            vec is_valid = m->shown[w->valid];
            uint64_t golden_valid = late ? 0 : -(uint64_t)bit_of(golden, w->valid);
            for (int k = 0; k < w->width; k++)
                wrong |= m->shown[w->first + k] ^ spread(-(uint64_t)bit_of(golden, w->first + k));
            wrong &= is_valid;
            wrong |= is_valid ^ spread(golden_valid);
            differs |= wrong & ~g->off_trace;
            break;
        }
        case DONE:
            done = m->shown[w->first];
            break;
        }
    }
    if (any(g->off_trace & lanes)) {
        /* Where neither shows anything new, nothing has changed. */
        vec same = m->now == g->shown_at + 1 && !golden_shows_anew(m) ? ~g->joined : spread(0);
        differs |= g->off_trace & ~(same & unchanged(m, g));
        memcpy(g->shown_before, m->shown, (size_t)d->observed * sizeof(vec));
        g->shown_at = m->now;
    }
    differs &= lanes & ~decided & ~g->sdc_noted;
    FOR_EACH_LANE(lane, differs)
    {
        trace_state *trace = g->trace + lane * d->watched;
        if (!has(&g->off_trace, lane))
            for (int i = 0; i < d->watched; i++)
                if (d->watch[i].kind == VALID_OUTPUT)
                    trace[i] = golden_trace(m, i, struck_now && d->rest ? m->now : m->now - 1);
        int observer = -1;
        for (int i = 0; i < d->watched && observer < 0; i++)
            if (d->watch[i].kind == VALID_OUTPUT && sample(m, &trace[i], i, lane))
                observer = d->watch[i].observer;
        if (observer >= 0) {
            note_sdc(m, g, lane, observer);
            clear(&g->off_trace, lane); /* what it shows from now on no longer matters */
        } else if (is_at_golden_trace(m, g, lane)) {
            clear(&g->off_trace, lane);
        } else {
            set(&g->off_trace, lane);
        }
    }
    if (d->sdc_ends) {
        vec ended = g->sdc_noted & lanes & ~decided;
        decided |= ended;
    }
    if (d->tail != NONE) {
        int golden_done = m->now >= d->end - d->tail;
        vec newly = done & lanes & ~g->finished & ~decided;
        FOR_EACH_LANE(lane, newly)
        {
            g->end_at[lane] = m->now + d->tail;
            set(&g->finished, lane);
            if (g->end_at[lane] != d->end)
                set(&g->off_phase, lane);
        }
        if (golden_done)
            g->off_phase |= lanes & ~g->finished;
        vec ends = g->finished & lanes & ~decided;
        FOR_EACH_LANE(lane, ends)
        {
            if (g->end_at[lane] != m->now)
                continue;
            uint32_t subject = subject_of(m, g, lane);
            int missing = showed_too_little(m, g, lane);
            if (missing >= 0)
                note(m, subject, SEES, told(SDC, missing));
            note(m, subject, UNSEEN, told(is_at_golden_end(m, g, lane) ? MASKED : LATENT, NOBODY));
            set(&decided, lane);
        }
    } else if (m->now == d->end) {
        vec ends = lanes & ~decided;
        FOR_EACH_LANE(lane, ends)
        {
            uint32_t subject = subject_of(m, g, lane);
            int missing = showed_too_little(m, g, lane);
            if (missing >= 0)
                note(m, subject, SEES, told(SDC, missing));
            note(m, subject, UNSEEN, told(is_at_golden_end(m, g, lane) ? MASKED : LATENT, NOBODY));
        }
        decided |= ends;
    }
    if (m->now == d->limit) {
        vec ends = lanes & ~decided;
        FOR_EACH_LANE(lane, ends) note(m, subject_of(m, g, lane), FINAL, told(HANG, NOBODY));
        decided |= ends;
    }
    return decided;
}

/* ---------------------------------------------------------------- upsets of this cycle */

/* Whether a flip-flop that is wrong in the coming cycle has the future of an upset of it: not if its reset acts on it,
   which an upset would outlast. */
static int has_upsets_future(const struct machine *m, int i)
{
    int reset = m->d.reset_of[i];
    if (m->d.sticky[i])
        return 0;
    if (reset < 0 || m->now + 1 >= m->d.end)
        return 1;
    const uint8_t *then = m->d.shown + (m->now + 1) * m->d.shown_bytes;
    return bit_of(then, m->d.first_reset + reset) != m->d.reset_level[reset];
}

/* Lanes in which a latch that stays closed for the golden machine in the coming cycle holds something else. What an
   open one held does not matter, as long as nothing is wrong that keeps it from opening. */
static vec held_wrong(const struct machine *m)
{
    vec wrong = spread(0);
    const uint8_t *then = m->d.shown + (m->now + 1) * m->d.shown_bytes;
    for (int i = 0; i < m->d.enables; i++)
        if (bit_of(then, m->d.first_enable + i) != m->d.enable_level[i])
            wrong |= m->held[i];
    return wrong;
}

static const memory_shape *memory_of_row(const struct machine *m, int64_t row)
{
    int i = m->d.memories - 1;
    while (m->d.memory[i].first_row > row)
        i--;
    return &m->d.memory[i];
}

static uint32_t place_of_row(const memory_shape *s, int64_t row, uint64_t *bit)
{
    int64_t in_word = (row - s->first_row) % s->width;
    *bit = 1ull << in_word % 64;
    return place_of_word(s, (uint64_t)((row - s->first_row) / s->width)) + (uint32_t)(in_word / 64);
}

/* Hold the bits that are stuck, in the cycle that is evaluated next. */
static void hold(struct machine *m, group *g, vec lanes)
{
    uint64_t level = m->d.held_level ? ~0ull : 0;
    FOR_EACH_LANE(lane, lanes)
    {
        int32_t row = g->held[lane];
        if (row >= m->d.flip_flops) {
            uint64_t bit;
            const memory_shape *s = memory_of_row(m, row);
            uint32_t place = place_of_row(s, row, &bit);
            overlay *o = &g->lane_overlay[lane];
            overlay_put(o, place, (overlay_at(o, place) & ~bit) | ((m->d.content[place] ^ level) & bit));
            m->g = g;
            note_overlay(m, (int)(s - m->d.memory), lane);
            continue;
        }
        if (m->d.struck_place[row] >= 0)
            set(&m->struck[m->d.struck_place[row]], lane);
        /* What takes its input at the falling edge has held the level before it, too, unless it is stuck since then. */
        int before = m->d.later[row] && (g != &m->fresh || m->now == m->d.end);
        if ((m->d.struck_place[row] < 0 || before) && (m->golden_bits[row] ^ level) & 1)
            set(&g->wrong[row], lane);
    }
}

/* Leave the bits that are stuck out of what is wrong in the coming cycle. Returns the lanes in which nothing else is
   wrong, so that they have the future of the same bit stuck from the coming cycle on. */
static vec let_go(struct machine *m, group *g, vec lanes)
{
    const design *d = &m->d;
    vec shows = spread(0), wrong = spread(0);
    FOR_EACH_LANE(lane, lanes)
    {
        int32_t row = g->held[lane];
        if (row >= d->flip_flops) {
            uint64_t bit;
            const memory_shape *s = memory_of_row(m, row);
            uint32_t place = place_of_row(s, row, &bit);
            overlay_put(&g->lane_overlay[lane], place, overlay_at(&g->lane_overlay[lane], place) & ~bit);
            note_overlay(m, (int)(s - d->memory), lane);
            continue;
        }
        clear(&g->next[row], lane);
        if (d->struck_place[row] >= 0)
            clear(&m->struck[d->struck_place[row]], lane);
        if (d->sticky[row] && (int)(m->next_bits[row] & 1) != d->held_level)
            set(&shows, lane);
    }
    for (int i = 0; i < d->flip_flops - d->latches; i++)
        wrong |= g->next[i];
    return lanes & ~shows & ~wrong & ~any_overlay(m, g);
}

static void insert_fresh(struct machine *m, vec chosen)
{
    group *f = &m->fresh;
    int32_t place_of[LANES];
    vec placed = spread(0);
    FOR_EACH_LANE(lane, chosen)
    {
        uint64_t hash = lane_hash(m, f, lane);
        int alone = has(&f->off_trace, lane);
        uint32_t met = alone ? UINT32_MAX : meet(m, hash, UINT32_MAX);
        if (met != UINT32_MAX) {
            note(m, (uint32_t)m->row_of[lane], SLOT, met);
            int32_t place = m->lane_of[met];
            clear(&m->pool[place / LANES]->sdc_noted, place % LANES);
            clear(&m->pool[place / LANES]->correction_noted, place % LANES);
            continue;
        }
        uint32_t slot = new_slot(m);
        int32_t place = free_lane(m);
        group *g = m->pool[place / LANES];
        take_lane(m, place, slot);
        take_overlay(m, place, &f->lane_overlay[lane]);
        if (alone) {
            set(&g->off_trace, place % LANES);
            memcpy(g->trace + place % LANES * m->d.watched, f->trace + lane * m->d.watched,
                   (size_t)m->d.watched * sizeof *f->trace);
        } else {
            meet(m, hash, slot);
        }
        if (has(&f->finished, lane))
            set(&g->finished, place % LANES);
        if (has(&f->off_phase, lane))
            set(&g->off_phase, place % LANES);
        g->end_at[place % LANES] = f->end_at[lane];
        g->held[place % LANES] = f->held[lane];
        note(m, (uint32_t)m->row_of[lane], SLOT, slot);
        place_of[lane] = place;
        set(&placed, lane);
    }
    if (!any(placed))
        return;
    for (int i = 0; i < m->d.flip_flops; i++) {
        vec wrong = f->next[i] & placed;
        if (any(wrong))
            FOR_EACH_LANE(lane, wrong) set(&m->pool[place_of[lane] / LANES]->next[i], place_of[lane] % LANES);
    }
}

/* A reset that comes up at the moment of an upset undoes it, other than one that has been there. Returns whether this
   has changed anything. */
static int take_back(struct machine *m, vec lanes)
{
    const design *d = &m->d;
    const uint8_t *golden = d->shown + m->now * d->shown_bytes;
    vec undone = spread(0);
    for (int i = 0; i < d->flip_flops - d->latches; i++) {
        int reset = d->reset_of[i];
        if (reset < 0 || bit_of(golden, d->first_reset + reset) == d->reset_level[reset])
            continue;
        vec acts = m->shown[d->first_reset + reset] ^ spread(d->reset_level[reset] ? 0 : ~0ull);
        vec *struck = &m->struck[d->struck_place[i]];
        undone |= *struck & acts & lanes;
        *struck &= ~(acts & lanes);
    }
    m->taken_back |= undone;
    return any(undone);
}

/* Lanes of clusters in which exactly the bits of the cluster are wrong next: they have the future of the same upset one
   cycle later. */
static vec stays_as_it_is(struct machine *m, vec lanes)
{
    const design *d = &m->d;
    group *f = &m->fresh;
    lanes &= ~m->taken_back;
    for (int i = 0; i < d->flip_flops - d->latches; i++) {
        vec hit = f->wrong[i];
        if (d->struck_place[i] >= 0)
            hit |= m->struck[d->struck_place[i]];
        lanes &= ~(f->next[i] ^ hit);
        if (any(hit & lanes) && !has_upsets_future(m, i))
            lanes &= ~hit;
    }
    FOR_EACH_LANE(lane, lanes)
    {
        int64_t cluster = m->row_of[lane] - d->first_cluster;
        const overlay *o = &f->lane_overlay[lane];
        int left = 0, same = 1;
        for (int i = 0; i < o->count; i++)
            left += __builtin_popcountll(overlay_wrong(o, i));
        for (int64_t i = d->cluster_first[cluster]; i < d->cluster_first[cluster + 1]; i++) {
            uint64_t bit;
            if (d->cluster_bit[i] < d->flip_flops)
                continue;
            uint32_t place = place_of_row(memory_of_row(m, d->cluster_bit[i]), d->cluster_bit[i], &bit);
            same &= (overlay_at(o, place) & bit) != 0;
            left--;
        }
        if (!same || left)
            clear(&lanes, lane);
    }
    return lanes;
}

static void upsets(struct machine *m, vec lanes)
{
    const design *d = &m->d;
    group *f = &m->fresh;
    struct cycle c;
    f->sdc_noted = f->correction_noted = f->off_trace = f->finished = f->off_phase = spread(0);
    if (d->tail != NONE && m->now >= d->end - d->tail && (m->now < d->end || d->tail)) {
        f->finished = lanes;
        for (int lane = 0; lane < LANES; lane++)
            f->end_at[lane] = d->end;
    }
    m->in_use = lanes;
    if (d->held_level != NONE)
        hold(m, f, lanes);
    evaluate(m, f, &c);
    m->taken_back = spread(0);
    int clustered = !m->pulsing && m->row_of[0] >= d->first_cluster;
    if (clustered)
        while (take_back(m, lanes))
            evaluate(m, f, &c);
    vec decided = look(m, f, lanes, m->now < d->end);
    if (m->now == d->limit)
        goto out;
    write_memories(m);
    vec left = lanes & ~decided;
    vec wrong_memory = any_overlay(m, f), odd = f->off_trace | f->off_phase | held_wrong(m);
    if (clustered)
        left &= ~stays_as_it_is(m, left & ~odd);
    if (d->held_level != NONE) {
        left &= ~(let_go(m, f, lanes) & ~odd);
        goto follow;
    }
    vec as_golden = left & ~c.one & ~wrong_memory & ~odd;
    vec only_memory = left & ~c.one & wrong_memory & ~odd;
    vec single = left & c.one & ~c.two & ~wrong_memory & ~odd;
    FOR_EACH_LANE(lane, as_golden) note(m, (uint32_t)m->row_of[lane], GOLDEN, 0);
    left &= ~as_golden;
    FOR_EACH_LANE(lane, only_memory)
    {
        int64_t row = single_row(m, &f->lane_overlay[lane]);
        if (row == m->row_of[lane] || know_memory(m, (uint32_t)m->row_of[lane], &f->lane_overlay[lane]))
            clear(&left, lane);
    }
    if (any(single)) {
        vec told_ = spread(0);
        for (int i = 0; i < d->flip_flops - d->latches; i++) {
            vec here = f->next[i] & single;
            if (!any(here) || !has_upsets_future(m, i))
                continue;
            told_ |= here;
            FOR_EACH_LANE(lane, here) if (m->row_of[lane] != i) note(m, (uint32_t)m->row_of[lane], ALIAS, (uint32_t)i);
        }
        left &= ~told_;
    }
follow:
    if (any(left)) {
        hash_lanes(m, f->next);
        insert_fresh(m, left);
    }
out:
    if (d->held_level != NONE)
        FOR_EACH_LANE(lane, lanes) if (f->held[lane] < d->flip_flops)
        {
            clear(&f->wrong[f->held[lane]], lane);
            if (d->struck_place[f->held[lane]] >= 0)
                clear(&m->struck[d->struck_place[f->held[lane]]], lane);
        }
    for (int i = 0; i < d->memories; i++)
        f->has_overlay[i] = spread(0);
    for (int lane = 0; lane < LANES; lane++)
        overlay_clear(&f->lane_overlay[lane]);
}

/* Upsets of some flip-flops. */
static void flip_flop_upsets(struct machine *m, const int32_t *flip_flop, int32_t all)
{
    group *f = &m->fresh;
    for (int32_t from = 0; from < all; from += LANES) {
        int count = all - from < LANES ? all - from : LANES;
        vec lanes = spread(0);
        for (int lane = 0; lane < count; lane++) {
            int32_t i = flip_flop[from + lane], behind = m->now < m->d.end ? m->d.struck_place[i] : -1;
            m->row_of[lane] = i;
            set(behind >= 0 ? &m->struck[behind] : &f->wrong[i], lane);
            set(&lanes, lane);
        }
        upsets(m, lanes);
        for (int lane = 0; lane < count; lane++) {
            int32_t i = flip_flop[from + lane], behind = m->now < m->d.end ? m->d.struck_place[i] : -1;
            clear(behind >= 0 ? &m->struck[behind] : &f->wrong[i], lane);
        }
    }
}

/* Upsets of the bits of those memory words that the golden machine touches now; before that they change nothing. */
static void memory_upsets(struct machine *m, int part, int parts)
{
    group *f = &m->fresh;
    int count = 0;
    vec lanes = spread(0);
    int64_t first = m->d.touched_first[m->now], last = m->d.touched_first[m->now + 1];
    for (int64_t i = first; i < last; i++) {
        int64_t word = m->d.touched_word[i];
        if (word % parts != part)
            continue;
        int memory = 0;
        while (memory + 1 < m->d.memories && m->d.memory[memory + 1].first_word <= word)
            memory++;
        const memory_shape *s = &m->d.memory[memory];
        word -= s->first_word;
        for (int bit = 0; bit < s->width; bit++) {
            m->row_of[count] = (int32_t)(s->first_row + word * s->width + bit);
            overlay_put(&f->lane_overlay[count], place_of_word(s, (uint64_t)word) + (uint32_t)bit / 64, 1ull << bit % 64);
            f->lane_where[count] = f->lane_overlay[count].where;
            set(&f->has_overlay[memory], count);
            set(&lanes, count);
            if (++count == LANES) {
                upsets(m, lanes);
                lanes = spread(0);
                count = 0;
            }
        }
    }
    if (count)
        upsets(m, lanes);
}

static void strike_cluster(struct machine *m, int64_t cluster, int lane)
{
    group *f = &m->fresh;
    m->row_of[lane] = (int32_t)(m->d.first_cluster + cluster);
    for (int64_t k = m->d.cluster_first[cluster]; k < m->d.cluster_first[cluster + 1]; k++) {
        int64_t row = m->d.cluster_bit[k];
        if (row < m->d.flip_flops) {
            int32_t behind = m->now < m->d.end ? m->d.struck_place[row] : -1;
            set(behind >= 0 ? &m->struck[behind] : &f->wrong[row], lane);
            continue;
        }
        uint64_t bit;
        const memory_shape *s = memory_of_row(m, row);
        uint32_t place = place_of_row(s, row, &bit);
        overlay_put(&f->lane_overlay[lane], place, overlay_at(&f->lane_overlay[lane], place) | bit);
        f->lane_where[lane] = f->lane_overlay[lane].where;
        set(&f->has_overlay[s - m->d.memory], lane);
    }
}

static void upset_clusters(struct machine *m, const int64_t *cluster, int count)
{
    vec lanes = spread(0);
    for (int lane = 0; lane < count; lane++) {
        strike_cluster(m, cluster[lane], lane);
        set(&lanes, lane);
    }
    upsets(m, lanes);
    for (int lane = 0; lane < count; lane++)
        for (int64_t k = m->d.cluster_first[cluster[lane]]; k < m->d.cluster_first[cluster[lane] + 1]; k++) {
            int64_t row = m->d.cluster_bit[k];
            if (row >= m->d.flip_flops)
                continue;
            clear(&m->fresh.wrong[row], lane);
            if (m->d.struck_place[row] >= 0)
                clear(&m->struck[m->d.struck_place[row]], lane);
        }
}

/* Upsets of clusters: of those with flip-flops always, of those in memories only where one of their words is touched. */
static void cluster_upsets(struct machine *m, int part, int parts)
{
    const design *d = &m->d;
    int64_t some[LANES];
    int count = 0;
    for (int64_t i = 0; i < d->with_flip_flops; i++) {
        if (d->with_flip_flop[i] % parts != part)
            continue;
        some[count++] = d->with_flip_flop[i];
        if (count == LANES) {
            upset_clusters(m, some, count);
            count = 0;
        }
    }
    int64_t last = d->touched_first[m->now + 1];
    for (int64_t i = d->touched_first[m->now]; i < last; i++) {
        int64_t word = d->touched_word[i];
        for (int64_t k = d->word_cluster_first[word]; k < d->word_cluster_first[word + 1]; k++) {
            int64_t cluster = d->word_cluster[k];
            if (cluster % parts != part || m->cluster_met[cluster] == m->now + 1)
                continue;
            m->cluster_met[cluster] = m->now + 1;
            some[count++] = cluster;
            if (count == LANES) {
                upset_clusters(m, some, count);
                count = 0;
            }
        }
    }
    if (count)
        upset_clusters(m, some, count);
}

/* Transients: nets that are inverted while the flip-flops take their inputs. */
static void net_upsets(struct machine *m, int part, int parts)
{
    const design *d = &m->d;
    m->pulsing = 1;
    for (int64_t from = part; from < d->pulses; from += (int64_t)parts * LANES) {
        vec lanes = spread(0);
        int count = 0;
        for (int64_t i = from; i < d->pulses && count < LANES; i += parts, count++) {
            m->row_of[count] = (int32_t)(d->first_cluster + i);
            set(&m->pulse[i], count);
            set(&lanes, count);
        }
        upsets(m, lanes);
        for (int lane = 0; lane < count; lane++)
            m->pulse[m->row_of[lane] - d->first_cluster] = spread(0);
    }
    m->pulsing = 0;
}

static int upset_held(struct machine *m, int count)
{
    vec lanes = spread(0);
    for (int lane = 0; lane < count; lane++)
        set(&lanes, lane);
    if (count)
        upsets(m, lanes);
    return 0;
}

/* Bits that are stuck from now on. Where a bit has that level, and an untouched word of a memory, nothing is different
   yet: the future is that of the next cycle. */
static void stuck_upsets(struct machine *m, const int32_t *flip_flop, int32_t all, int part, int parts)
{
    const design *d = &m->d;
    uint64_t level = (uint64_t)d->held_level;
    int count = 0, ends = m->now == d->end;
    for (int32_t i = 0; i < all; i++) {
        int32_t row = flip_flop[i];
        int now = (m->golden_bits[row] & 1) == level, then = (m->next_bits[row] & 1) == level;
        if (!ends && now && (then || !d->sticky[row]))
            continue;
        m->row_of[count++] = row;
        if (count == LANES)
            count = upset_held(m, count);
    }
    for (int memory = 0; memory < d->memories && ends; memory++) {
        const memory_shape *s = &d->memory[memory];
        for (int64_t word = 0; word < s->words && s->first_row != NONE; word++)
            for (int64_t bit = 0; bit < s->width && (s->first_word + word) % parts == part; bit++) {
                m->row_of[count++] = (int32_t)(s->first_row + word * s->width + bit);
                if (count == LANES)
                    count = upset_held(m, count);
            }
    }
    for (int64_t i = d->touched_first[m->now]; i < d->touched_first[m->now + 1] && !ends; i++) {
        int64_t word = d->touched_word[i];
        int memory = 0;
        if (word % parts != part)
            continue;
        while (memory + 1 < d->memories && d->memory[memory + 1].first_word <= word)
            memory++;
        const memory_shape *s = &d->memory[memory];
        word -= s->first_word;
        for (int64_t in_word = 0; in_word < s->width; in_word++) {
            int64_t row = s->first_row + word * s->width + in_word;
            uint64_t bit, place = place_of_row(s, row, &bit);
            if (!((d->content[place] ^ (level ? ~0ull : 0)) & bit))
                continue;
            m->row_of[count++] = (int32_t)row;
            if (count == LANES)
                count = upset_held(m, count);
        }
    }
    upset_held(m, count);
}

/* ---------------------------------------------------------------- machines that are followed */

/* Where one bit of a register is unknown, take all of it: a counter would come to that bit by bit. */
static void spread_over_registers(struct machine *m)
{
    for (int first = 0, last; first < m->d.flip_flops; first = last) {
        vec unknown = spread(0);
        for (last = first; last < m->d.flip_flops && m->d.part_of[last] == m->d.part_of[first]; last++)
            unknown |= m->unknown[last];
        for (int i = first; i < last; i++)
            m->unknown[i] = unknown;
    }
}

/* Find machines that will never end. What changes from this cycle to the next in one of them is taken for unknown, and
 * so is all that can change then, until nothing more can: if such a machine cannot raise an alarm, say that it is done
 * or write to a memory, whatever the unknown bits are, it stays so for ever. */
static vec endless(struct machine *m, group *g)
{
    const design *d = &m->d;
    vec open = g->live & ~g->finished;
    if (d->held_level != NONE)
        /* Nothing is proven of machines with a stuck bit that outlasts resets or writes. */
        FOR_EACH_LANE(lane, open) if (g->held[lane] >= d->flip_flops || d->struck_place[g->held[lane]] >= 0)
            clear(&open, lane);
    for (int i = 0; i < d->flip_flops; i++)
        m->unknown[i] = (g->wrong[i] ^ spread(m->golden_bits[i])) ^ (g->next[i] ^ spread(m->next_bits[i]));
    spread_over_registers(m);
    for (int turn_ = 0; turn_ < 4 && any(open); turn_++) {
        struct doubt c = {.wrong = g->wrong,
                          .golden = m->golden_bits,
                          .input = m->input_bits,
                          .unknown = m->unknown,
                          .next_one = m->next_one,
                          .next_zero = m->next_zero,
                          .shown_one = m->shown_one,
                          .shown_zero = m->shown_zero};
        m->g = g;
        m->in_use = open;
        radtest_possible(m, &c, m->possible_net);
        open &= ~c.writes;
        for (int i = 0; i < d->watched; i++) {
            const watched *w = &d->watch[i];
            if (w->kind == ALARM || w->kind == DONE)
                for (int k = 0; k < w->width; k++)
                    open &= ~m->shown_one[w->first + k];
        }
        vec grows = spread(0);
        for (int i = 0; i < d->flip_flops; i++) {
            vec value = g->wrong[i] ^ spread(m->golden_bits[i]);
            vec changes = ((m->next_one[i] & ~value) | (m->next_zero[i] & value)) & ~m->unknown[i];
            grows |= changes;
            m->unknown[i] |= changes;
        }
        spread_over_registers(m);
        vec proven = open & ~grows;
        if (any(proven) && !any(open & grows))
            return proven;
        if (turn_ == 3)
            return proven;
    }
    return spread(0);
}

static int has_alarms(const design *d)
{
    for (int i = 0; i < d->watched; i++)
        if (d->watch[i].kind == ALARM)
            return 1;
    return 0;
}

/* Lanes among these in which nothing is wrong next that can ever be seen at what `reaches` names. */
static vec never_seen_at(const struct machine *m, const group *g, vec lanes, int reaches)
{
    const design *d = &m->d;
    for (int i = 0; i < d->memories; i++)
        if (d->memory[i].reaches & reaches)
            lanes &= ~g->has_overlay[i];
    for (int i = 0; i < d->flip_flops && any(lanes); i++)
        if (d->reaches[i] & reaches)
            lanes &= ~g->next[i];
    return lanes;
}

/* Find machines that have shown what nothing that they can still show would outrank. Those that are in phase see no
   alarm but by what is wrong in them. */
static vec settled(const struct machine *m, const group *g, vec lanes)
{
    const design *d = &m->d;
    if (d->held_level != NONE)
        return spread(0);
    vec found = spread(0), corrupt = lanes & g->sdc_noted, corrected = lanes & g->correction_noted & ~g->sdc_noted & ~g->off_trace;
    if (any(corrupt & g->off_phase & g->finished) && !has_alarms(d))
        FOR_EACH_LANE(lane, corrupt & g->off_phase & g->finished) if (g->end_at[lane] <= d->limit)
            set(&found, lane);
    corrupt &= ~g->off_phase;
    corrected &= ~g->off_phase;
    if (any(corrupt & g->finished))
        found |= never_seen_at(m, g, corrupt & g->finished, REACHES_ALARM);
    if (any(corrupt & ~g->finished))
        found |= never_seen_at(m, g, corrupt & ~g->finished, REACHES_ALARM | REACHES_DONE);
    if (any(corrected))
        found |= never_seen_at(m, g, corrected, REACHES_ALARM | REACHES_DONE | REACHES_OUTPUT);
    return found;
}

static void follow(struct machine *m, group *g, int32_t number)
{
    const design *d = &m->d;
    struct cycle c;
    m->in_use = g->live;
    if (d->held_level != NONE)
        hold(m, g, g->live);
    evaluate(m, g, &c);
    int late = m->now >= d->end;
    vec decided = look(m, g, g->live, 0);
    g->joined = ~g->live;
    write_memories(m);
    vec left = g->live & ~decided;
    vec wrong_memory = any_overlay(m, g), odd = g->off_trace | g->off_phase;
    if (m->now < d->limit)
        odd |= held_wrong(m);
    if (late)
        odd = spread(~0ull);
    vec as_golden = left & ~c.one & ~wrong_memory & ~odd;
    vec only_memory = left & ~c.one & wrong_memory & ~odd;
    vec single = left & c.one & ~c.two & ~wrong_memory & ~odd;
    if (d->held_level != NONE) {
        as_golden = left & let_go(m, g, g->live) & ~odd;
        only_memory = single = spread(0);
        FOR_EACH_LANE(lane, as_golden) note(m, g->slot[lane] | IS_SLOT, ALIAS, (uint32_t)g->held[lane]);
    } else {
        FOR_EACH_LANE(lane, as_golden) note(m, g->slot[lane] | IS_SLOT, GOLDEN, 0);
    }
    vec gone = decided | as_golden;
    FOR_EACH_LANE(lane, only_memory)
    if (know_memory(m, g->slot[lane] | IS_SLOT, &g->lane_overlay[lane]))
        set(&gone, lane);
    if (any(single))
        for (int i = 0; i < d->flip_flops - d->latches; i++) {
            vec here = g->next[i] & single;
            if (!any(here) || !has_upsets_future(m, i))
                continue;
            gone |= here;
            FOR_EACH_LANE(lane, here) note(m, g->slot[lane] | IS_SLOT, ALIAS, (uint32_t)i);
        }
    left = g->live & ~gone;
    vec over = settled(m, g, left & ~(d->latches && m->now < d->limit ? held_wrong(m) : spread(0)));
    FOR_EACH_LANE(lane, over) note(m, g->slot[lane] | IS_SLOT, UNSEEN, told(MASKED, NOBODY));
    gone |= over;
    left &= ~over;
    if (d->tail != NONE && any(left) && (m->now + number) % BETWEEN_PROOFS == 0) {
        vec hangs = endless(m, g) & left;
        FOR_EACH_LANE(lane, hangs) note(m, g->slot[lane] | IS_SLOT, ENDLESS, told(HANG, NOBODY));
        gone |= hangs;
        left &= ~hangs;
    }
    if (is_end_of_block(m) && any(left & ~g->off_trace)) {
        hash_lanes(m, g->next);
        FOR_EACH_LANE(lane, left & ~g->off_trace)
        {
            uint32_t met = meet(m, lane_hash(m, g, lane), g->slot[lane]);
            if (met == g->slot[lane])
                continue;
            note(m, g->slot[lane] | IS_SLOT, SLOT, met);
            int32_t place = m->lane_of[met];
            clear(&m->pool[place / LANES]->sdc_noted, place % LANES);
            clear(&m->pool[place / LANES]->correction_noted, place % LANES);
            set(&gone, lane);
        }
    }
    FOR_EACH_LANE(lane, gone) leave_lane(m, g, lane);
    /* Nobody is in a free lane, but its flip-flops are not those of the golden machine where a reset begins to act. */
    if (g->young)
        for (int i = 0; i < d->flip_flops; i++)
            g->next[i] &= g->live;
}

static void advance(group *g)
{
    vec *now = g->wrong;
    g->wrong = g->next;
    g->next = now;
    g->dead = spread(0);
}

/* Put the machines of one group into free lanes of others. */
static void move_lanes(struct machine *m, group *from, const int32_t *to)
{
    FOR_EACH_LANE(lane, from->live)
    {
        group *g = m->pool[to[lane] / LANES];
        int there = to[lane] % LANES;
        uint32_t slot = from->slot[lane];
        take_lane(m, to[lane], slot);
        m->followed--; /* counted already */
        overlay spare = g->lane_overlay[there];
        g->lane_overlay[there] = from->lane_overlay[lane];
        g->lane_where[there] = from->lane_where[lane];
        from->lane_overlay[lane] = spare;
        overlay_clear(&from->lane_overlay[lane]);
        for (int i = 0; i < m->d.memories; i++)
            if (has(&from->has_overlay[i], lane))
                set(&g->has_overlay[i], there);
        vec *const own[] = {&from->sdc_noted, &from->correction_noted, &from->off_trace, &from->finished, &from->off_phase};
        vec *const new[] = {&g->sdc_noted, &g->correction_noted, &g->off_trace, &g->finished, &g->off_phase};
        for (unsigned i = 0; i < sizeof own / sizeof *own; i++)
            if (has(own[i], lane))
                set(new[i], there);
        g->end_at[there] = from->end_at[lane];
        g->held[there] = from->held[lane];
        memcpy(g->trace + there * m->d.watched, from->trace + lane * m->d.watched,
               (size_t)m->d.watched * sizeof *g->trace);
    }
    for (int i = 0; i < m->d.flip_flops; i++) {
        vec wrong = from->wrong[i] & from->live;
        from->wrong[i] = spread(0);
        if (any(wrong))
            FOR_EACH_LANE(lane, wrong) set(&m->pool[to[lane] / LANES]->wrong[i], to[lane] % LANES);
    }
    from->live = spread(0);
    for (int i = 0; i < m->d.memories; i++)
        from->has_overlay[i] = spread(0);
}

/* Empty the groups that hold the fewest machines, since a group takes as long however many it holds. */
static void compact(struct machine *m)
{
    int32_t needed = (int32_t)((m->followed + LANES - 1) / LANES), used = 0;
    for (int32_t i = 0; i < m->pool_count; i++)
        used += any(m->pool[i]->live);
    while (used > needed + needed / 16) {
        int32_t from = -1, fewest = LANES + 1;
        for (int32_t i = 0; i < m->pool_count; i++) {
            int count = count_lanes(m->pool[i]->live);
            if (count && count < fewest) {
                fewest = count;
                from = i;
            }
        }
        int32_t to[LANES], target = 0, found = 0;
        vec room = spread(0);
        FOR_EACH_LANE(lane, m->pool[from]->live)
        {
            while (target < m->pool_count && (target == from || !any(m->pool[target]->live) || !any(room))) {
                if (target != from && any(m->pool[target]->live) && !found) {
                    room = ~m->pool[target]->live;
                    found = 1;
                    if (any(room))
                        break;
                }
                target++;
                found = 0;
                room = spread(0);
            }
            if (target == m->pool_count)
                return;
            int w = 0;
            while (!room[w])
                w++;
            int there = w * 64 + __builtin_ctzll(room[w]);
            clear(&room, there);
            to[lane] = target * LANES + there;
        }
        move_lanes(m, m->pool[from], to);
        used--;
    }
}

static void go_to(struct machine *m, int64_t t)
{
    const design *d = &m->d;
    m->now = t;
    m->golden_bits = m->block_bits + (t - m->block_first) * d->flip_flops;
    m->next_bits = m->golden_bits + d->flip_flops;
    m->input_bits = m->block_inputs + (t - m->block_first) * d->inputs;
    m->port = d->port + t * d->port_words;
}

/* Take the machines of a group through cycles [first, last). */
static void follow_for_a_block(struct machine *m, group *g, int32_t number, int64_t first, int64_t last)
{
    for (int64_t t = first; t < last && any(g->live); t++) {
        go_to(m, t);
        follow(m, g, number);
        golden_writes(m, m->port);
        advance(g);
    }
    undo_writes(m);
    for (int i = 0; i < m->d.flip_flops; i++)
        g->wrong[i] &= g->live;
}

/* One cycle of the machines that are new in this block, and of the upsets of this cycle. */
static void follow_the_young(struct machine *m, const int32_t *flip_flop, int32_t flip_flops, int part, int parts)
{
    const design *d = &m->d;
    m->fresh_only.count = 0;
    wake(m);
    for (int32_t y = 0; y < m->young_count; y++) {
        group *g = m->pool[m->young[y]];
        if (any(g->live))
            follow(m, g, m->young[y]);
        else
            memset(g->next, 0, (size_t)d->flip_flops * sizeof(vec));
    }
    if (m->now <= d->end) {
        /* An upset finds latches as they are in this cycle already. */
        for (int i = d->flip_flops - d->latches; i < d->flip_flops; i++)
            m->fresh.wrong[i] = spread(m->now < d->end ? m->golden_bits[i] ^ m->next_bits[i] : 0);
        if (d->held_level != NONE) {
            stuck_upsets(m, flip_flop, flip_flops, part, parts);
        } else {
            flip_flop_upsets(m, flip_flop, flip_flops);
            memory_upsets(m, part, parts);
            if (d->clusters)
                cluster_upsets(m, part, parts);
            if (m->now < d->end)
                net_upsets(m, part, parts);
        }
    }
    golden_writes(m, m->port);
    m->undo_count = 0;
    for (int32_t y = 0; y < m->young_count; y++)
        advance(m->pool[m->young[y]]);
}

/* ---------------------------------------------------------------- the whole */

typedef int (*watcher)(int64_t cycle, int64_t followed);

/* Follow the upsets of this part of the rows over the whole workload. Returns 0, or 1 if the log cannot be written, or
   2 if the watcher wants to stop. */
int radtest_sweep(struct machine *m, const int32_t *flip_flop, int32_t flip_flops, int part, int parts, const char *log,
                   int64_t *step_offset, watcher tell)
{
    const design *d = &m->d;
    int64_t steps = d->limit - d->first + 1;
    m->log = fopen(log, "wb");
    if (!m->log)
        return 1;
    m->first_asleep = more(NULL, (size_t)(d->limit + 2) * sizeof *m->first_asleep);
    for (int64_t t = 0; t <= d->limit + 1; t++)
        m->first_asleep[t] = -1;
    for (int64_t first = d->first, last; first <= d->limit; first = last) {
        last = (first / BLOCK + 1) * BLOCK <= d->limit ? (first / BLOCK + 1) * BLOCK : d->limit + 1;
        if (first > d->end && !m->followed) {
            for (int64_t t = first; t <= d->limit; t++)
                step_offset[t - d->first] = (int64_t)m->offset;
            break;
        }
        m->block_first = first;
        m->all.count = 0;
        for (int64_t t = first; t <= last; t++)
            expand(d->state + t * d->state_bytes, m->block_bits + (t - first) * d->flip_flops, d->flip_flops);
        for (int64_t t = first; t < last; t++)
            expand(d->input + t * d->input_bytes, m->block_inputs + (t - first) * d->inputs, d->inputs);
        compact(m);
        for (int32_t i = 0; i < m->pool_count; i++)
            if (any(m->pool[i]->live))
                follow_for_a_block(m, m->pool[i], i, first, last);
        for (int64_t t = first; t < last; t++) {
            go_to(m, t);
            follow_the_young(m, flip_flop, flip_flops, part, parts);
        }
        while (m->young_count)
            m->pool[m->young[--m->young_count]]->young = 0;
        reuse_slots(m);
        if (m->followed > m->most_followed)
            m->most_followed = m->followed;
        for (int64_t t = first; t < last; t++) {
            step_offset[t - d->first] = (int64_t)m->offset;
            if (write_step(m, &m->step[t - first])) {
                fclose(m->log);
                return 1;
            }
        }
        if (tell && first % (8 * BLOCK) < BLOCK && tell(first, m->followed)) {
            fclose(m->log);
            return 2;
        }
    }
    step_offset[steps] = (int64_t)m->offset;
    return fclose(m->log) != 0;
}

int64_t radtest_evaluations(const struct machine *m) { return m->evaluations; }
int64_t radtest_most_followed(const struct machine *m) { return m->most_followed; }
uint32_t radtest_slots(const struct machine *m) { return m->slots; }

/* An outcome: rank, observer, and the cycle in which it was seen, plus one. */
typedef uint64_t outcome;

static outcome earlier(outcome seen, outcome later)
{
    return seen >> 56 >= later >> 56 ? seen : later;
}

/* What one cycle of a log, whose coming cycle is known, makes of each event. */
static void resolve(const uint32_t *event, int64_t count, int64_t cycle, int64_t limit, const outcome *row, const outcome *slot,
                    outcome *result)
{
    for (int64_t i = count - 2; i >= 0; i -= 2) {
        uint32_t kind = event[i + 1] >> 28, what = event[i + 1] & 0x0fffffff;
        outcome said = (outcome)(what >> 8) << 56 | (outcome)(what & 255) << 48;
        switch (kind) {
        case GOLDEN:
            result[i / 2] = (outcome)MASKED << 56 | (outcome)NOBODY << 48;
            break;
        case ALIAS:
            result[i / 2] = row[what];
            break;
        case SLOT:
            result[i / 2] = slot[what];
            break;
        case ENDLESS:
            result[i / 2] = said | (outcome)(limit + 1);
            break;
        case UNSEEN:
            result[i / 2] = said;
            break;
        default:
            result[i / 2] = said | (outcome)(cycle + 1);
        }
    }
}

/* Give each subject its new value, beginning with its last event. */
static void settle(const uint32_t *event, int64_t count, outcome *row, outcome *slot, const outcome *result)
{
    for (int64_t i = count - 2; i >= 0; i -= 2) {
        uint32_t subject = event[i], kind = event[i + 1] >> 28;
        outcome *of = subject & IS_SLOT ? &slot[subject & ~IS_SLOT] : &row[subject];
        *of = kind == SEES ? earlier(result[i / 2], *of) : result[i / 2];
    }
}

/* Read some cycles of the logs backwards, the last one first.
 *
 * `event[k]` holds what log k says from cycle `low` on, cycle t from `offset[k][t - low]` on (counted from the start of
 * the log). `row` and `slot[k]` hold what becomes of each row and slot from cycle `high` on, and take what becomes of
 * them from cycle `low` on. The outcomes of the `rows` rows in `chosen` are put into columns [0, high - low) of tables
 * of `width` columns; their latency is counted in whole cycles from the upset, which falls after the
 * falling edge, and is -1 where there was nothing to see. */
void radtest_resolve(int32_t logs, const uint32_t *const *event, const int64_t *const *offset, int64_t low, int64_t high,
                     int64_t limit, outcome *row, outcome *const *slot, outcome *const *result, const int32_t *chosen, int64_t rows,
                     int64_t width, uint8_t *outcomes, uint8_t *observers, int32_t *latencies, int32_t clocked, int64_t end)
{
    for (int64_t t = high - 1; t >= low; t--) {
        for (int k = 0; k < logs; k++) {
            int64_t from = offset[k][t - low] - offset[k][0], to = offset[k][t - low + 1] - offset[k][0];
            resolve(event[k] + from, to - from, t, limit, row, slot[k], result[k]);
        }
        for (int k = 0; k < logs; k++) {
            int64_t from = offset[k][t - low] - offset[k][0], to = offset[k][t - low + 1] - offset[k][0];
            settle(event[k] + from, to - from, row, slot[k], result[k]);
        }
        for (int64_t i = 0; outcomes && i < rows; i++) {
            outcome o = row[chosen[i]];
            int64_t seen = (int64_t)(o & 0xffffffffffffull) - 1, place = i * width + t - low;
            outcomes[place] = (uint8_t)(o >> 56);
            observers[place] = (uint8_t)(o >> 48);
            latencies[place] = (int32_t)(seen < 0 ? -1 : seen == t ? 0 : seen - t - !(clocked && seen != end));
        }
    }
}
