/* Bits of many machines as numbers, one for each lane. */
#pragma once

#include "machine.h"

static inline uint64_t gather(const vec *bits, int count, int lane)
{
    uint64_t value = 0;
    for (int i = 0; i < count; i++)
        value |= (uint64_t)has(&bits[i], lane) << i;
    return value;
}

/* Exchange rows and columns in blocks of `size` by `size` bits, for each of the words that make up a vector. */
static void turn(vec *x, int size)
{
    uint64_t mask = size == 64 ? 0x00000000ffffffffull : size == 32 ? 0x0000ffff0000ffffull : 0x0f0f0f0f0f0f0f0full;
    for (int j = size / 2; j; j >>= 1, mask ^= mask << j)
        for (int k = 0; k < size; k = (k + j + 1) & ~j) {
            vec t = (x[k] >> j ^ x[k + j]) & spread(mask);
            x[k] ^= t << j;
            x[k + j] ^= t;
        }
}

/* Numbers of up to 64 bits, one for each lane: byte by byte in eight vectors each, as blocks of 8 by 8 bits turned. */
static void to_numbers(const vec *bits, int count, vec *number)
{
    for (int first = 0; first < count; first += 8) {
        for (int i = 0; i < 8; i++)
            number[first + i] = first + i < count ? bits[first + i] : spread(0);
        turn(number + first, 8);
    }
}

static inline uint8_t *byte_of(vec *number, int first, int lane)
{
    return (uint8_t *)&number[first + (lane & 7)] + (lane >> 3);
}

static inline uint64_t get_number(const vec *number, int count, int lane)
{
    uint64_t value = 0;
    for (int first = 0; first < count; first += 8)
        value |= (uint64_t)*byte_of((vec *)number, first, lane) << first;
    return value;
}

static inline void put_number(vec *number, int count, int lane, uint64_t value)
{
    for (int first = 0; first < count; first += 8)
        *byte_of(number, first, lane) = (uint8_t)(value >> first);
}

static inline int chunk_bits(const memory_shape *s, int chunk)
{
    return s->width - 64 * chunk < 64 ? s->width - 64 * chunk : 64;
}

static inline uint32_t place_of_word(const memory_shape *s, uint64_t word)
{
    return (uint32_t)(s->first_chunk + (int64_t)word * s->chunks);
}

static int list_lanes(vec mask, uint16_t *lane)
{
    int count = 0;
    for (int word = 0; word < LANE_WORDS; word++)
        for (uint64_t rest = mask[word]; rest; rest &= rest - 1)
            lane[count++] = (uint16_t)(word * 64 + __builtin_ctzll(rest));
    return count;
}

static int count_lanes(vec v)
{
    int count = 0;
    for (int w = 0; w < LANE_WORDS; w++)
        count += __builtin_popcountll(v[w]);
    return count;
}
