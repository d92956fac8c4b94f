/* The lanes of all groups. */
#pragma once

#include "groups.h"
#include "knowing.h"
#include "overlays.h"
#include "slots.h"

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
