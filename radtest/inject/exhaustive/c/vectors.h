/* Vectors of bits, one for each lane, and memory to keep them in. */
#pragma once

#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
