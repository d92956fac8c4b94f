/* Machines that come to the same state. */
#pragma once

#include "groups.h"
#include "lane_numbers.h"
#include "overlays.h"

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
