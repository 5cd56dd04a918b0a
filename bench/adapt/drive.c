/* SPDX-License-Identifier: MIT */
/* drive.c: see drive.h. */
#include "drive.h"

#include <errno.h>

#include "list.h"

static const uint64_t tick_ns = 1000000000;

/* Allocates nr entries, then frees them, newest first. False without memory; nothing is lost. */
static bool burst(struct lookaside *list, uint32_t nr)
{
    void *entries[LA_PROFILE_HIGH];
    uint32_t taken = 0;

    while (taken < nr && (entries[taken] = lookaside_alloc(list)))
        taken++;
    for (uint32_t i = taken; i > 0; i--)
        lookaside_free(list, entries[i - 1]);
    return taken == nr;
}

static bool run_tick(struct lookaside *list, uint32_t demand, struct la_adapt_row *row)
{
    struct lookaside_stats before, after;

    lookaside_get_stats(list, &before);
    for (int i = 0; i < LA_ADAPT_BURSTS; i++) {
        if (!burst(list, demand))
            return false;
    }
    lookaside_get_stats(list, &after);
    *row = (struct la_adapt_row){
        .demand = demand,
        .depth = before.depth,
        .held = after.held,
        .allocates = after.total_allocates - before.total_allocates,
        .misses = after.allocate_misses - before.allocate_misses,
    };
    return true;
}

int la_adapt_drive(const struct la_adapt_case *what, struct la_adapt_row *rows)
{
    const struct lookaside_config config = {
        .size = LA_ADAPT_SIZE_BYTES, .strategy = what->strategy, .depth.policy = what->policy};
    struct lookaside list;
    int status = lookaside_init(&list, &config);

    if (status)
        return status;
    for (uint32_t tick = 0; tick < what->nr_ticks && !status; tick++) {
        const uint32_t demand = what->profile->demand(tick, what->nr_ticks);

        if (!run_tick(&list, demand, &rows[tick]))
            status = -ENOMEM;
        /* This list alone: other lists of the process are none of this run's business. */
        la_list_tick(&list, (tick + 1) * tick_ns);
    }
    lookaside_fini(&list);
    return status;
}
