/* The way of machines through the cycles. */
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
#include "upset_lanes.h"
#include "upsets.h"

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
