/* Follows every upset of a workload: all flip-flops and memory bits, one by one, at every cycle.
 *
 * Beside single bits it follows clusters, several bits that are upset at the same time, where it is given any; or bits
 * that are held at a level from a cycle on, which are no part of what is wrong in a machine: it has the future of the
 * same bit held one cycle later as soon as nothing else is wrong, and is as another one only if both hold the same bit.
 *
 * Machines live in lanes, LANES of them in a group; a lane holds in which bits its machine differs from the golden one,
 * whose course is known. A machine is followed only as long as nothing simpler is known of its future:
 *   - it is as the golden one again;
 *   - one single bit is wrong, so that it has the future of the upset of that bit one cycle later;
 *   - only memory is wrong, so that it has the future of the golden one until that memory is touched;
 *   - it is as another one that is being followed;
 *   - it has shown what decides its outcome, or what nothing outranks that it can still show.
 * What became of each is written to a log, one step for each cycle; read backwards, the log gives the outcome of each
 * upset (radtest_resolve), in memory that does not grow with the length of the workload.
 */
#include "following.h"
#include "groups.h"
#include "log.h"
#include "slots.h"

typedef int (*watcher)(int64_t cycle, int64_t followed);

struct machine *radtest_machine(const design *d)
{
    struct machine *m = need(1, sizeof *m);
    m->d = *d;
    m->net = need((size_t)(radtest_pulsed_nets > radtest_logic_nets ? radtest_pulsed_nets : radtest_logic_nets) + 1,
                  sizeof(vec));
    m->pulse = need((size_t)d->pulses + 1, sizeof(vec));
    m->possible_net = need((size_t)radtest_possible_nets + 1, sizeof(vec));
    m->unknown = need((size_t)d->flip_flops + 1, sizeof(vec));
    m->next_one = need((size_t)d->flip_flops + 1, sizeof(vec));
    m->next_zero = need((size_t)d->flip_flops + 1, sizeof(vec));
    m->shown_one = need((size_t)d->observed + 1, sizeof(vec));
    m->shown_zero = need((size_t)d->observed + 1, sizeof(vec));
    m->shown = need((size_t)d->observed + 1, sizeof(vec));
    m->struck = need((size_t)d->struck + 1, sizeof(vec));
    m->held = need((size_t)d->enables + 1, sizeof(vec));
    m->effective = need((size_t)d->struck + 1, sizeof(vec));
    m->write_enable = need((size_t)d->writes + 1, sizeof(vec *));
    m->write_address = need((size_t)d->writes + 1, sizeof(vec *));
    m->write_data = need((size_t)d->writes + 1, sizeof(vec *));
    m->lane_enable = need((size_t)d->writes + 1, sizeof(vec *));
    m->lane_address = need((size_t)d->writes + 1, sizeof(vec *));
    m->lane_data = need((size_t)d->writes + 1, sizeof(vec *));
    for (int w = 0; w < d->writes; w++) {
        m->lane_enable[w] = need(64, sizeof(vec));
        m->lane_address[w] = need(64, sizeof(vec));
        m->lane_data[w] = need(64 * (size_t)d->memory[d->write[w].memory].chunks, sizeof(vec));
        m->write_enable[w] = need((size_t)d->write[w].enables, sizeof(vec));
        m->write_address[w] = need((size_t)d->write[w].address_bits, sizeof(vec));
        m->write_data[w] = need((size_t)d->memory[d->write[w].memory].width, sizeof(vec));
    }
    m->block_bits = need((size_t)(BLOCK + 1) * ((size_t)d->flip_flops + 1), 8);
    m->block_inputs = need((size_t)BLOCK * ((size_t)d->inputs + 1), 8);
    m->fresh = *new_group(d);
    m->fresh.before = NULL;
    m->fresh.held = m->row_of;
    m->cluster_met = need((size_t)d->clusters + 1, sizeof *m->cluster_met);
    m->hash = need(64, sizeof(vec));
    m->hash_order = need((size_t)d->flip_flops + 1, sizeof *m->hash_order);
    for (int i = 0; i < d->flip_flops; i++)
        m->hash_order[i] = i;
    /* Neighbours in the netlist are wrong together; the hash must not see them side by side. */
    for (int i = d->flip_flops - 1; i > 0; i--) {
        int j = (int)(mix((uint64_t)i + 12345) % (uint64_t)(i + 1));
        int32_t other = m->hash_order[j];
        m->hash_order[j] = m->hash_order[i];
        m->hash_order[i] = other;
    }
    start_meeting(&m->all, 1 << 16);
    start_meeting(&m->fresh_only, 1 << 10);
    m->sleeper_mask = (1 << 12) - 1;
    m->sleeper = need(m->sleeper_mask + 1, 4);
    return m;
}

/* Follow the upsets of this part of the rows over the whole workload. Returns 0, or 1 if the log cannot be written, or
   2 if the watcher wants to stop. */
int radtest_sweep(struct machine *m, const int32_t *flip_flop, int32_t flip_flops, int part, int parts, const char *log,
                   int64_t *step_offset, watcher tell)
{
    const design *d = &m->d;
    int64_t steps = d->limit - d->first + 1;
    m->log = fopen(log, "wb");
    if (!m->log)
        return 1;
    m->first_asleep = more(NULL, (size_t)(d->limit + 2) * sizeof *m->first_asleep);
    for (int64_t t = 0; t <= d->limit + 1; t++)
        m->first_asleep[t] = -1;
    for (int64_t first = d->first, last; first <= d->limit; first = last) {
        last = (first / BLOCK + 1) * BLOCK <= d->limit ? (first / BLOCK + 1) * BLOCK : d->limit + 1;
        if (first > d->end && !m->followed) {
            for (int64_t t = first; t <= d->limit; t++)
                step_offset[t - d->first] = (int64_t)m->offset;
            break;
        }
        m->block_first = first;
        m->all.count = 0;
        for (int64_t t = first; t <= last; t++)
            expand(d->state + t * d->state_bytes, m->block_bits + (t - first) * d->flip_flops, d->flip_flops);
        for (int64_t t = first; t < last; t++)
            expand(d->input + t * d->input_bytes, m->block_inputs + (t - first) * d->inputs, d->inputs);
        compact(m);
        for (int32_t i = 0; i < m->pool_count; i++)
            if (any(m->pool[i]->live))
                follow_for_a_block(m, m->pool[i], i, first, last);
        for (int64_t t = first; t < last; t++) {
            go_to(m, t);
            follow_the_young(m, flip_flop, flip_flops, part, parts);
        }
        while (m->young_count)
            m->pool[m->young[--m->young_count]]->young = 0;
        reuse_slots(m);
        if (m->followed > m->most_followed)
            m->most_followed = m->followed;
        for (int64_t t = first; t < last; t++) {
            step_offset[t - d->first] = (int64_t)m->offset;
            if (write_step(m, &m->step[t - first])) {
                fclose(m->log);
                return 1;
            }
        }
        if (tell && first % (8 * BLOCK) < BLOCK && tell(first, m->followed)) {
            fclose(m->log);
            return 2;
        }
    }
    step_offset[steps] = (int64_t)m->offset;
    return fclose(m->log) != 0;
}

int64_t radtest_evaluations(const struct machine *m) { return m->evaluations; }
int64_t radtest_most_followed(const struct machine *m) { return m->most_followed; }
uint32_t radtest_slots(const struct machine *m) { return m->slots; }
