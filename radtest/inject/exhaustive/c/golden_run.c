/* The run of the machine without an upset. */
#include "groups.h"
#include "memory_writes.h"

/* Run the golden machine over `count` cycles; `state` holds that of cycle 0 and takes those that follow. */
void radtest_golden(struct machine *m, int64_t count, uint8_t *state, const uint8_t *input, uint8_t *shown,
                    uint64_t *port)
{
    const design *d = &m->d;
    struct cycle c;
    m->golden_run = 1;
    m->golden_bits = m->block_bits;
    m->next_bits = m->block_bits + d->flip_flops;
    m->input_bits = m->block_inputs;
    memset(m->next_bits, 0, (size_t)d->flip_flops * 8);
    for (int64_t t = 0; t < count; t++) {
        uint8_t *now = state + t * d->state_bytes;
        uint8_t *then = state + (t + 1) * d->state_bytes;
        expand(now, m->golden_bits, d->flip_flops);
        expand(input + t * d->input_bytes, m->input_bits, d->inputs);
        m->golden_port = port + t * d->port_words;
        m->in_use = spread(~0ull);
        evaluate(m, &m->fresh, &c);
        for (int i = 0; i < d->flip_flops; i++)
            if (d->struck_place[i] >= 0 && !d->later[i]) {
                now[i >> 3] &= (uint8_t)~(1 << (i & 7));
                now[i >> 3] |= (uint8_t)((m->effective[d->struck_place[i]][0] & 1) << (i & 7));
            }
        memset(then, 0, (size_t)d->state_bytes);
        for (int i = 0; i < d->flip_flops; i++)
            then[i >> 3] |= (uint8_t)((m->fresh.next[i][0] & 1) << (i & 7));
        memset(shown + t * d->shown_bytes, 0, (size_t)d->shown_bytes);
        for (int i = 0; i < d->observed; i++)
            shown[t * d->shown_bytes + (i >> 3)] |= (uint8_t)((m->shown[i][0] & 1) << (i & 7));
        golden_writes(m, m->golden_port);
        m->undo_count = 0;
    }
    m->golden_run = 0;
    memset(m->fresh.next, 0, (size_t)d->flip_flops * sizeof(vec));
}
