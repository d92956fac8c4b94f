/* What machines find at the ports of their memories, as their logic asks for it. */
#include "lane_numbers.h"
#include "overlays.h"

/* What some machines find in the words they ask for, bit by bit of the word. */
static void read_words(const struct machine *m, int memory, int chunk, int count, const uint16_t *lane,
                       const uint32_t *asked, vec *own)
{
    const memory_shape *s = &m->d.memory[memory];
    const uint64_t *where = m->g->lane_where;
    const vec *has_overlay = &m->g->has_overlay[memory];
    uint64_t value[LANES];
    uint16_t hit[LANES];
    int bits = chunk_bits(s, chunk), hits = 0;
    for (int i = 0; i < count; i++) {
        uint64_t inside = asked[i] < (uint32_t)s->words;
        uint32_t place = place_of_word(s, inside ? asked[i] : 0) + (uint32_t)chunk;
        value[i] = m->d.content[place] & -inside;
        hit[hits] = (uint16_t)i;
        hits += (int)(inside & where[lane[i]] >> (place & 63)) & has(has_overlay, lane[i]);
    }
    for (int i = 0; i < hits; i++) {
        uint32_t place = place_of_word(s, asked[hit[i]]) + (uint32_t)chunk;
        value[hit[i]] ^= overlay_at(&m->g->lane_overlay[lane[hit[i]]], place);
    }
    if (bits <= 32) {
        for (int i = 0; i < count; i++)
            ((uint32_t *)&own[lane[i] & 31])[lane[i] >> 5] = (uint32_t)value[i];
        turn(own, 32);
        return;
    }
    for (int first = 0; first < bits; first += 8) {
        for (int i = 0; i < count; i++)
            *byte_of(own, first, lane[i]) = (uint8_t)(value[i] >> first);
        turn(own + first, 8);
    }
}

void radtest_read(struct machine *m, int port, const vec *address, vec *data)
{
    const port_shape *p = &m->d.read[port];
    const memory_shape *s = &m->d.memory[p->memory];
    uint64_t golden_address;
    if (m->golden_run) {
        golden_address = gather(address, p->address_bits, 0);
        m->golden_port[p->address_at] = golden_address;
        golden_address -= (uint64_t)s->first_index;
        for (int c = 0; c < s->chunks; c++)
            m->golden_port[p->data_at + c] =
                golden_address < (uint64_t)s->words ? m->d.content[place_of_word(s, golden_address) + (unsigned)c] : 0;
        for (int i = 0; i < s->width; i++)
            data[i] = spread(-(m->golden_port[p->data_at + i / 64] >> (i % 64) & 1));
        return;
    }
    golden_address = m->port[p->address_at];
    vec astray = spread(0);
    for (int i = 0; i < p->address_bits; i++)
        astray |= address[i] ^ spread(-(golden_address >> i & 1));
    for (int i = 0; i < s->width; i++)
        data[i] = spread(-(m->port[p->data_at + i / 64] >> (i % 64) & 1));
    vec odd = (astray | m->g->has_overlay[p->memory]) & m->in_use, new = odd;
    read_before *before = m->g->before ? &m->g->before[port] : NULL;
    if (before) {
        /* What a machine has read is still there if it asks for the same word and has not written since. */
        vec moved = m->g->joined | before->stale;
        before->stale = spread(0);
        for (int i = 0; i < p->address_bits; i++) {
            moved |= address[i] ^ before->address[i];
            before->address[i] = address[i];
        }
        new = odd & moved;
        vec same = odd & ~moved;
        if (any(same))
            for (int i = 0; i < s->width; i++)
                data[i] = (data[i] & ~same) | (before->data[i] & same);
    }
    if (any(new)) {
        uint16_t lane[LANES];
        uint32_t asked[LANES];
        int count = list_lanes(new, lane);
        vec word[64], own[64];
        to_numbers(address, p->address_bits, word);
        for (int i = 0; i < count; i++)
            asked[i] = (uint32_t)(get_number(word, p->address_bits, lane[i]) - (uint64_t)s->first_index);
        for (int c = 0; c < s->chunks; c++) {
            read_words(m, p->memory, c, count, lane, asked, own);
            for (int i = 0; i < chunk_bits(s, c); i++)
                data[64 * c + i] = (data[64 * c + i] & ~new) | (own[i] & new);
        }
    }
    if (before)
        memcpy(before->data, data, (size_t)s->width * sizeof(vec));
}

void radtest_write(struct machine *m, int port, const vec *enable, const vec *address, const vec *data)
{
    const port_shape *p = &m->d.write[port];
    const memory_shape *s = &m->d.memory[p->memory];
    if (m->golden_run) {
        m->golden_port[p->address_at] = gather(address, p->address_bits, 0);
        m->golden_port[p->enable_at] = gather(enable, p->enables, 0);
        for (int c = 0; c < s->chunks; c++)
            m->golden_port[p->data_at + c] = gather(data + 64 * c, chunk_bits(s, c), 0);
        return;
    }
    /* Kept, since all ports of a memory have to be known before it is written. */
    memcpy(m->write_enable[port], enable, (size_t)p->enables * sizeof(vec));
    memcpy(m->write_address[port], address, (size_t)p->address_bits * sizeof(vec));
    memcpy(m->write_data[port], data, (size_t)s->width * sizeof(vec));
}

void radtest_possible_read(struct machine *m, int port, const vec *address_one, const vec *address_zero, vec *data_one,
                           vec *data_zero)
{
    const port_shape *p = &m->d.read[port];
    int width = m->d.memory[p->memory].width;
    vec unknown = spread(0);
    for (int i = 0; i < p->address_bits; i++)
        unknown |= address_one[i] & address_zero[i];
    read_before *before = m->g->before;
    m->g->before = NULL;
    radtest_read(m, port, address_one, data_one);
    m->g->before = before;
    for (int i = 0; i < width; i++) {
        data_zero[i] = ~data_one[i] | unknown;
        data_one[i] |= unknown;
    }
}
