/* The upsets of a cycle: of flip-flops, memories, clusters, nets and stuck bits. */
#pragma once

#include "lane_numbers.h"
#include "overlays.h"
#include "upset_lanes.h"

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
