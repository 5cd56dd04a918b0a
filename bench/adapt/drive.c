/* SPDX-License-Identifier: MIT */
/* drive.c: see drive.h. */
#include "drive.h"

#include <errno.h>

#include "list.h"

static const uint64_t tick_ns = 1000000000;

/* A list and the entries that are out. */
struct driven {
    struct lookaside list;
    uint32_t nr_out;
    void *out[LA_ADAPT_MAX_BURST];
};

/* False without memory; nothing is lost. */
static bool take(struct driven *driven, uint32_t nr)
{
    while (driven->nr_out < nr && (driven->out[driven->nr_out] = lookaside_alloc(&driven->list)))
        driven->nr_out++;
    return driven->nr_out >= nr;
}

/* Newest first. */
static void give_back(struct driven *driven)
{
    while (driven->nr_out > 0)
        lookaside_free(&driven->list, driven->out[--driven->nr_out]);
}

static bool run_bursts(struct driven *driven, const uint32_t *bursts)
{
    for (int i = 0; i < LA_ADAPT_BURSTS; i++) {
        const bool taken = take(driven, bursts[i]);

        give_back(driven);
        if (!taken)
            return false;
    }
    return true;
}

/* Between two rows there are no allocations: what the last tick took out of the next burst counts
 * as this tick's. */
static bool run_tick(struct driven *driven, const uint32_t *bursts, struct lookaside_stats *last,
                     struct la_adapt_row *row)
{
    struct lookaside_stats now;
    bool done;

    lookaside_get_stats(&driven->list, &now);
    row->depth = now.depth;
    done = run_bursts(driven, bursts);
    lookaside_get_stats(&driven->list, &now);
    row->held = now.held;
    row->allocates = now.total_allocates - last->total_allocates;
    row->misses = now.allocate_misses - last->allocate_misses;
    *last = now;
    return done;
}

static int run_all(struct driven *driven, const struct la_adapt_case *what,
                   const struct la_demand *demand, struct la_adapt_row *rows)
{
    struct lookaside_stats last = {0};

    for (uint32_t tick = 0; tick < what->nr_ticks; tick++) {
        rows[tick].demand = la_profile_demand(what->profile, tick, what->nr_ticks);
        if (!run_tick(driven, demand->bursts + (size_t)tick * LA_ADAPT_BURSTS, &last,
                      &rows[tick]) ||
            !take(driven, demand->out[tick]))
            return -ENOMEM;
        /* This list alone: other lists of the process are none of this run's business. */
        la_list_release(&driven->list, la_list_tick(&driven->list, (tick + 1) * tick_ns));
        la_list_refresh(&driven->list);
    }
    return 0;
}

int la_adapt_drive(const struct la_adapt_case *what, const struct la_demand *demand,
                   struct la_adapt_row *rows)
{
    const struct lookaside_config config = {
        .size = LA_ADAPT_SIZE_BYTES,
        .strategy = what->strategy,
        .depth = {.max = LA_ADAPT_CEILING, .policy = what->policy}};
    struct driven driven = {.nr_out = 0};
    int status = lookaside_init(&driven.list, &config);

    if (status)
        return status;
    status = run_all(&driven, what, demand, rows);
    give_back(&driven);
    lookaside_fini(&driven.list);
    return status;
}
