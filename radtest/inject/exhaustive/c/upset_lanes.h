/* Machines that upsets of this cycle make, and what becomes of them at its end. */
#pragma once

#include "groups.h"
#include "knowing.h"
#include "lane_numbers.h"
#include "log.h"
#include "meeting.h"
#include "memory_writes.h"
#include "overlays.h"
#include "pool.h"
#include "showing.h"
#include "slots.h"

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
