/* Reads the logs of all processes backwards: from what becomes of machines to the outcome of each upset. */
#include "machine.h"

/* An outcome: rank, observer, and the cycle in which it was seen, plus one. */
typedef uint64_t outcome;

static outcome earlier(outcome seen, outcome later)
{
    return seen >> 56 >= later >> 56 ? seen : later;
}

/* What one cycle of a log, whose coming cycle is known, makes of each event. */
static void resolve(const uint32_t *event, int64_t count, int64_t cycle, int64_t limit, const outcome *row, const outcome *slot,
                    outcome *result)
{
    for (int64_t i = count - 2; i >= 0; i -= 2) {
        uint32_t kind = event[i + 1] >> 28, what = event[i + 1] & 0x0fffffff;
        outcome said = (outcome)(what >> 8) << 56 | (outcome)(what & 255) << 48;
        switch (kind) {
        case GOLDEN:
            result[i / 2] = (outcome)MASKED << 56 | (outcome)NOBODY << 48;
            break;
        case ALIAS:
            result[i / 2] = row[what];
            break;
        case SLOT:
            result[i / 2] = slot[what];
            break;
        case ENDLESS:
            result[i / 2] = said | (outcome)(limit + 1);
            break;
        case UNSEEN:
            result[i / 2] = said;
            break;
        default:
            result[i / 2] = said | (outcome)(cycle + 1);
        }
    }
}

/* Give each subject its new value, beginning with its last event. */
static void settle(const uint32_t *event, int64_t count, outcome *row, outcome *slot, const outcome *result)
{
    for (int64_t i = count - 2; i >= 0; i -= 2) {
        uint32_t subject = event[i], kind = event[i + 1] >> 28;
        outcome *of = subject & IS_SLOT ? &slot[subject & ~IS_SLOT] : &row[subject];
        *of = kind == SEES ? earlier(result[i / 2], *of) : result[i / 2];
    }
}

/* Read some cycles of the logs backwards, the last one first.
 *
 * `event[k]` holds what log k says from cycle `low` on, cycle t from `offset[k][t - low]` on (counted from the start of
 * the log). `row` and `slot[k]` hold what becomes of each row and slot from cycle `high` on, and take what becomes of
 * them from cycle `low` on. The outcomes of the `rows` rows in `chosen` are put into columns [0, high - low) of tables
 * of `width` columns; their latency is counted in whole cycles from the upset, which falls after the
 * falling edge, and is -1 where there was nothing to see. */
void radtest_resolve(int32_t logs, const uint32_t *const *event, const int64_t *const *offset, int64_t low, int64_t high,
                     int64_t limit, outcome *row, outcome *const *slot, outcome *const *result, const int32_t *chosen, int64_t rows,
                     int64_t width, uint8_t *outcomes, uint8_t *observers, int32_t *latencies, int32_t clocked, int64_t end)
{
    for (int64_t t = high - 1; t >= low; t--) {
        for (int k = 0; k < logs; k++) {
            int64_t from = offset[k][t - low] - offset[k][0], to = offset[k][t - low + 1] - offset[k][0];
            resolve(event[k] + from, to - from, t, limit, row, slot[k], result[k]);
        }
        for (int k = 0; k < logs; k++) {
            int64_t from = offset[k][t - low] - offset[k][0], to = offset[k][t - low + 1] - offset[k][0];
            settle(event[k] + from, to - from, row, slot[k], result[k]);
        }
        for (int64_t i = 0; outcomes && i < rows; i++) {
            outcome o = row[chosen[i]];
            int64_t seen = (int64_t)(o & 0xffffffffffffull) - 1, place = i * width + t - low;
            outcomes[place] = (uint8_t)(o >> 56);
            observers[place] = (uint8_t)(o >> 48);
            latencies[place] = (int32_t)(seen < 0 ? -1 : seen == t ? 0 : seen - t - !(clocked && seen != end));
        }
    }
}
