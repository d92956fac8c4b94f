/* What becomes of machines, cycle by cycle. */
#pragma once

#include "machine.h"

static void note(struct machine *m, uint32_t subject, uint32_t kind, uint32_t what)
{
    step *now = &m->step[m->now - m->block_first];
    if (now->count + 2 > now->room) {
        now->room = now->room ? 2 * now->room : 1 << 14;
        now->event = more(now->event, now->room * sizeof *now->event);
    }
    now->event[now->count++] = subject;
    now->event[now->count++] = kind << 28 | what;
}

static uint32_t told(int outcome, int observer)
{
    return (uint32_t)outcome << 8 | (uint32_t)observer;
}

static int write_step(struct machine *m, step *one)
{
    int failed = fwrite(one->event, sizeof *one->event, one->count, m->log) != one->count;
    m->offset += one->count;
    one->count = 0;
    return failed;
}
