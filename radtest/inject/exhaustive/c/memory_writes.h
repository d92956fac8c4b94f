/* What machines write to their memories. */
#pragma once

#include "lane_numbers.h"
#include "overlays.h"

/* Which lanes write something else than the golden machine. */
static vec odd_writers(struct machine *m, int port)
{
    const port_shape *p = &m->d.write[port];
    const memory_shape *s = &m->d.memory[p->memory];
    const vec *enable = m->write_enable[port], *address = m->write_address[port], *data = m->write_data[port];
    uint64_t golden_enable = m->port[p->enable_at];
    vec odd = spread(0), writes = spread(0);
    for (int i = 0; i < p->enables; i++) {
        odd |= enable[i] ^ spread(-(golden_enable >> i & 1));
        writes |= enable[i];
    }
    if (any(writes)) {
        vec other = spread(0);
        for (int i = 0; i < p->address_bits; i++)
            other |= address[i] ^ spread(-(m->port[p->address_at] >> i & 1));
        for (int i = 0; i < s->width; i++)
            other |= data[i] ^ spread(-(m->port[p->data_at + i / 64] >> (i % 64) & 1));
        odd |= other & writes;
    }
    return odd & m->in_use;
}

static void put_word(struct machine *m, int port, uint64_t enables, const uint64_t *data, uint64_t *word)
{
    const port_shape *p = &m->d.write[port];
    int chunks = m->d.memory[p->memory].chunks;
    for (int i = 0; i < p->enables; i++) {
        if (!(enables >> i & 1))
            continue;
        const uint64_t *mask = m->d.enable_mask + p->enable_first + i * chunks;
        for (int c = 0; c < chunks; c++)
            word[c] = (word[c] & ~mask[c]) | (data[c] & mask[c]);
    }
}

static void note_overlay(struct machine *m, int memory, int lane)
{
    const memory_shape *s = &m->d.memory[memory];
    const overlay *o = &m->g->lane_overlay[lane];
    m->g->lane_where[lane] = o->where;
    uint32_t first = (uint32_t)s->first_chunk, last = first + (uint32_t)(s->words * s->chunks);
    for (int i = 0; i < o->count; i++)
        if (overlay_place(o, i) >= first && overlay_place(o, i) < last) {
            set(&m->g->has_overlay[memory], lane);
            return;
        }
    clear(&m->g->has_overlay[memory], lane);
}

/* The same for the word that the golden machine writes, by a lane that writes the same to it. */
static void write_as_golden(struct machine *m, int memory, int port, int lane)
{
    const port_shape *p = &m->d.write[port];
    const memory_shape *s = &m->d.memory[memory];
    overlay *o = &m->g->lane_overlay[lane];
    uint64_t word = m->port[p->address_at] - (uint64_t)s->first_index, enables = m->port[p->enable_at];
    if (!enables || word >= (uint64_t)s->words)
        return;
    int found = 0;
    for (int c = 0; c < s->chunks; c++) {
        uint32_t place = place_of_word(s, word) + (uint32_t)c;
        int i = overlay_find(o, place);
        if (i < 0)
            continue;
        uint64_t wrong = overlay_wrong(o, i);
        for (int e = 0; e < p->enables; e++)
            if (enables >> e & 1)
                wrong &= ~m->d.enable_mask[p->enable_first + e * s->chunks + c];
        overlay_put(o, place, wrong);
        found = 1;
    }
    if (found)
        note_overlay(m, memory, lane);
}

/* Bring the overlay of one lane to the next cycle. */
static void write_lane(struct machine *m, int memory, int first_port, int lane)
{
    const memory_shape *s = &m->d.memory[memory];
    overlay *o = &m->g->lane_overlay[lane];
    uint64_t word[2 * s->writes], own_data[s->chunks], golden[s->chunks], own[s->chunks];
    uint64_t own_enable[s->writes], own_address[s->writes];
    int words = 0;
    for (int w = 0; w < s->writes; w++) {
        const port_shape *p = &m->d.write[first_port + w];
        own_enable[w] = get_number(m->lane_enable[first_port + w], p->enables, lane);
        own_address[w] = 0;
        if (own_enable[w])
            word[words++] = own_address[w] =
                get_number(m->lane_address[first_port + w], p->address_bits, lane) - (uint64_t)s->first_index;
        if (m->port[p->enable_at])
            word[words++] = m->port[p->address_at] - (uint64_t)s->first_index;
    }
    for (int i = 0; i < words; i++) {
        int seen = word[i] >= (uint64_t)s->words;
        for (int j = 0; j < i; j++)
            seen |= word[j] == word[i];
        if (seen)
            continue;
        uint32_t place = place_of_word(s, word[i]);
        for (int c = 0; c < s->chunks; c++) {
            golden[c] = m->d.content[place + (uint32_t)c];
            own[c] = golden[c] ^ overlay_at(o, place + (uint32_t)c);
        }
        for (int w = 0; w < s->writes; w++) {
            const port_shape *p = &m->d.write[first_port + w];
            if (own_enable[w] && own_address[w] == word[i]) {
                for (int c = 0; c < s->chunks; c++)
                    own_data[c] = get_number(m->lane_data[first_port + w] + 64 * c, chunk_bits(s, c), lane);
                put_word(m, first_port + w, own_enable[w], own_data, own);
            }
            if (m->port[p->address_at] - (uint64_t)s->first_index == word[i])
                put_word(m, first_port + w, m->port[p->enable_at], m->port + p->data_at, golden);
        }
        for (int c = 0; c < s->chunks; c++)
            overlay_put(o, place + (uint32_t)c, golden[c] ^ own[c]);
    }
    note_overlay(m, memory, lane);
}

static inline uint64_t enabled_bits(const struct machine *m, const port_shape *p, uint64_t enables)
{
    uint64_t bits = 0;
    for (int e = 0; e < p->enables; e++)
        bits |= m->d.enable_mask[p->enable_first + e] & -(enables >> e & 1);
    return bits;
}

/* The same where there is one port, and no word has more than 64 bits. */
static inline void write_lane_once(struct machine *m, int memory, int port, int lane)
{
    const port_shape *p = &m->d.write[port];
    const memory_shape *s = &m->d.memory[memory];
    overlay *o = &m->g->lane_overlay[lane];
    uint64_t golden_bits = enabled_bits(m, p, m->port[p->enable_at]), golden_data = m->port[p->data_at];
    uint64_t golden_word = golden_bits ? m->port[p->address_at] - (uint64_t)s->first_index : UINT64_MAX;
    uint64_t own_bits = enabled_bits(m, p, get_number(m->lane_enable[port], p->enables, lane));
    uint64_t own_word = UINT64_MAX;
    if (own_bits)
        own_word = get_number(m->lane_address[port], p->address_bits, lane) - (uint64_t)s->first_index;
    if (own_word < (uint64_t)s->words) {
        uint32_t place = place_of_word(s, own_word);
        int i = overlay_find(o, place);
        uint64_t golden = m->d.content[place], own = golden ^ (i < 0 ? 0 : overlay_wrong(o, i));
        own = (own & ~own_bits) | (get_number(m->lane_data[port], s->width, lane) & own_bits);
        if (golden_word == own_word)
            golden = (golden & ~golden_bits) | (golden_data & golden_bits);
        overlay_update(o, i, place, own ^ golden);
    }
    if (golden_word != own_word && golden_word < (uint64_t)s->words) {
        uint32_t place = place_of_word(s, golden_word);
        int i = overlay_find(o, place);
        uint64_t golden = m->d.content[place], own = golden ^ (i < 0 ? 0 : overlay_wrong(o, i));
        golden = (golden & ~golden_bits) | (golden_data & golden_bits);
        overlay_update(o, i, place, own ^ golden);
    }
    note_overlay(m, memory, lane);
}

/* Note which lanes write to what they have read in this cycle. */
static void outdate(struct machine *m, int port)
{
    const port_shape *p = &m->d.write[port];
    vec writes = spread(0);
    for (int i = 0; i < p->enables; i++)
        writes |= m->write_enable[port][i];
    if (!any(writes))
        return;
    for (int r = 0; r < m->d.reads; r++) {
        if (m->d.read[r].memory != p->memory)
            continue;
        vec same = writes;
        int bits = p->address_bits < m->d.read[r].address_bits ? p->address_bits : m->d.read[r].address_bits;
        for (int i = 0; i < bits; i++)
            same &= ~(m->write_address[port][i] ^ m->g->before[r].address[i]);
        m->g->before[r].stale |= same;
    }
}

static void write_memories(struct machine *m)
{
    int port = 0;
    for (int memory = 0; memory < m->d.memories; port += m->d.memory[memory++].writes) {
        const memory_shape *s = &m->d.memory[memory];
        vec odd = spread(0);
        for (int w = port; w < port + s->writes; w++) {
            odd |= odd_writers(m, w);
            if (m->g->before)
                outdate(m, w);
        }
        vec wrong = m->g->has_overlay[memory] & ~odd & m->in_use;
        for (int w = port; w < port + s->writes && any(wrong); w++)
            if (m->port[m->d.write[w].enable_at])
                FOR_EACH_LANE(lane, wrong) write_as_golden(m, memory, w, lane);
        if (!any(odd))
            continue;
        int few = count_lanes(odd) < 8;
        for (int w = port; w < port + s->writes; w++) {
            const port_shape *p = &m->d.write[w];
            if (few) {
                FOR_EACH_LANE(lane, odd)
                {
                    put_number(m->lane_enable[w], p->enables, lane, gather(m->write_enable[w], p->enables, lane));
                    if (!get_number(m->lane_enable[w], p->enables, lane))
                        continue;
                    put_number(m->lane_address[w], p->address_bits, lane,
                               gather(m->write_address[w], p->address_bits, lane));
                    for (int c = 0; c < s->chunks; c++)
                        put_number(m->lane_data[w] + 64 * c, chunk_bits(s, c), lane,
                                   gather(m->write_data[w] + 64 * c, chunk_bits(s, c), lane));
                }
                continue;
            }
            vec writes = spread(0);
            for (int i = 0; i < p->enables; i++)
                writes |= m->write_enable[w][i];
            if (!any(writes & odd)) {
                memset(m->lane_enable[w], 0, 64 * sizeof(vec));
                continue;
            }
            to_numbers(m->write_enable[w], p->enables, m->lane_enable[w]);
            to_numbers(m->write_address[w], p->address_bits, m->lane_address[w]);
            for (int c = 0; c < s->chunks; c++)
                to_numbers(m->write_data[w] + 64 * c, chunk_bits(s, c), m->lane_data[w] + 64 * c);
        }
        uint16_t lane[LANES];
        int count = list_lanes(odd, lane);
        for (int i = 0; i < count; i++) {
            __builtin_prefetch(&m->g->lane_overlay[lane[i + 4 < count ? i + 4 : i]]);
            if (s->writes == 1 && s->chunks == 1)
                write_lane_once(m, memory, port, lane[i]);
            else
                write_lane(m, memory, port, lane[i]);
        }
    }
}

/* Bring the memories of the golden machine to the coming cycle. */
static void golden_writes(struct machine *m, const uint64_t *record)
{
    for (int w = 0; w < m->d.writes; w++) {
        const port_shape *p = &m->d.write[w];
        const memory_shape *s = &m->d.memory[p->memory];
        uint64_t address = record[p->address_at] - (uint64_t)s->first_index;
        if (!record[p->enable_at] || address >= (uint64_t)s->words)
            continue;
        uint32_t place = place_of_word(s, address);
        if (m->undo_count + s->chunks > m->undo_room) {
            m->undo_room = 2 * (m->undo_count + s->chunks);
            m->undo = more(m->undo, (size_t)m->undo_room * sizeof *m->undo);
        }
        for (uint32_t c = 0; c < (uint32_t)s->chunks; c++)
            m->undo[m->undo_count++] = (overwritten){place + c, m->d.content[place + c]};
        put_word(m, w, record[p->enable_at], record + p->data_at, m->d.content + place);
    }
}

/* Bring them back to the first cycle of the block. */
static void undo_writes(struct machine *m)
{
    while (m->undo_count) {
        overwritten last = m->undo[--m->undo_count];
        m->d.content[last.place] = last.value;
    }
}
