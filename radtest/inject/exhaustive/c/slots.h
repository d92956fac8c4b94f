/* Names of machines in the log. */
#pragma once

#include "machine.h"

static uint32_t new_slot(struct machine *m)
{
    if (m->free_count)
        return m->free_slot[--m->free_count];
    if (m->slots == m->slots_room) {
        uint32_t room = m->slots_room ? 2 * m->slots_room : 4096;
        m->lane_of = more(m->lane_of, room * sizeof *m->lane_of);
        m->asleep = more(m->asleep, room * sizeof *m->asleep);
        memset(m->asleep + m->slots_room, 0, (room - m->slots_room) * sizeof *m->asleep);
        m->wakes_at = more(m->wakes_at, room * sizeof *m->wakes_at);
        m->next_asleep = more(m->next_asleep, room * sizeof *m->next_asleep);
        m->slots_room = room;
    }
    return m->slots++;
}

/* Not to be used again in this block: cycles of a block are not gone through in their order, and the log of a cycle
   must not give a slot two meanings. */
static void free_slot(struct machine *m, uint32_t slot)
{
    if (m->freed_count == m->freed_room) {
        m->freed_room = m->freed_room ? 2 * m->freed_room : 4096;
        m->freed_slot = more(m->freed_slot, m->freed_room * sizeof *m->freed_slot);
    }
    m->freed_slot[m->freed_count++] = slot;
}

static void reuse_slots(struct machine *m)
{
    if (m->free_count + m->freed_count > m->free_room) {
        m->free_room = 2 * (m->free_count + m->freed_count);
        m->free_slot = more(m->free_slot, m->free_room * sizeof *m->free_slot);
    }
    for (uint32_t i = 0; i < m->freed_count; i++)
        m->free_slot[m->free_count++] = m->freed_slot[i];
    m->freed_count = 0;
}
