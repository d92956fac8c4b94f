/* What is known of machines of which only memory is wrong. */
#pragma once

#include "log.h"
#include "overlays.h"
#include "slots.h"

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
