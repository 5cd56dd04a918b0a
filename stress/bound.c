/* SPDX-License-Identifier: MIT */
/*
 * bound.c: as race, by callers with a strategy's fast path compiled in. Most workers are bound to
 * the list's own strategy; every fourth to whichever comes next, whose fast path must leave the
 * list alone, and the last of them not at all.
 */
#include <string.h>

#include "scenario.h"

enum { OTHERS_OF = 4 };

/* bound_callers.def is made by CMake: a line for each. */
#define STRESS_CALLER(id) extern const struct stress_caller stress_caller_##id;
#include "bound_callers.def"
#undef STRESS_CALLER

static const struct stress_caller *const callers[] = {
#define STRESS_CALLER(id) &stress_caller_##id,
#include "bound_callers.def"
#undef STRESS_CALLER
    NULL,
};

extern const struct stress_scenario stress_race;

static const struct stress_caller *own_caller(const struct stress_run *run)
{
    size_t i = 0;

    while (callers[i] && strcmp(callers[i]->strategy, lookaside_strategy_name(run->strategy)) != 0)
        i++;
    return callers[i];
}

static void bound(struct stress_worker *worker)
{
    const size_t nr = sizeof callers / sizeof *callers;

    worker->caller = worker->index % OTHERS_OF == OTHERS_OF - 1
                         ? callers[worker->index / OTHERS_OF % nr]
                         : own_caller(worker->run);
    stress_race.work(worker);
}

const struct stress_scenario stress_bound = {
    .name = "bound",
    .summary = "all of race by callers with a strategy's fast path compiled in",
    .depth = 120,
    .bytes = 64,
    .nr_blocks = 8192,
    .nr_lists = 3,
    .adaptive = true,
    .min_threads = 2,
    .work = bound,
};
