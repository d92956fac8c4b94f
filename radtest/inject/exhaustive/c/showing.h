/* What a machine shows, and what that decides. */
#pragma once

#include "log.h"
#include "overlays.h"

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
