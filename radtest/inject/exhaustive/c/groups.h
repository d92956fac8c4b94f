/* Groups of machines, and what their logic makes of them in a cycle. */
#pragma once

#include "machine.h"

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
