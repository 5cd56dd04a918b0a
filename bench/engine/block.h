/* SPDX-License-Identifier: MIT */
/*
 * block.h: one block of a group, in the process that measures: every contender once, through Google
 * Benchmark, in the order that the run's seed gives.
 */
#ifndef LA_BLOCK_H
#define LA_BLOCK_H

#include "plan.h"
#include "turn.h"

struct la_block_place {
    size_t group;
    unsigned block;
    enum la_stage stage;
    uint64_t run_seed, process_seed;
};

struct la_block_hooks {
    /* Takes over each turn as it ends; false: stop here. */
    bool (*turn)(void *context, const struct la_turn *turn);
    void *context;
};

/* The number of turns that were measured: all of the group's cells, unless a hook said stop or,
 * with *why set to a line that names the cell, one of them could not be measured. la_clock_init()
 * comes first. */
size_t la_block_run(struct la_plan *plan, const struct la_block_place *place,
                    const struct la_block_hooks *hooks, const char **why);

/* The row of a measurement; latency is the run's own. */
struct la_bench_row la_block_row(const struct la_bench_cell *cell,
                                 const struct la_measurement *from,
                                 const struct la_histogram *latency, unsigned threads);

#endif
