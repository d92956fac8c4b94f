/* Memory that is wrong in one lane. */
#pragma once

#include "machine.h"

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
