/* SPDX-License-Identifier: MIT */
/*
 * bound.c: as race, by callers with a strategy's fast path compiled in: mostly the list's own
 * strategy's, now and then another's, which must leave the list alone, or none.
 */
#include <string.h>

#include "race.h"

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

static const struct stress_caller *own_caller(const struct stress_run *run)
{
    size_t i = 0;

    while (callers[i] && strcmp(callers[i]->strategy, lookaside_strategy_name(run->strategy)) != 0)
        i++;
    return callers[i];
}

static const struct stress_caller *choose(struct stress_worker *worker)
{
    const uint32_t nr = sizeof callers / sizeof *callers;

    return stress_below(worker, OTHERS_OF) == 0 ? callers[stress_below(worker, nr)]
                                                : own_caller(worker->run);
}

static void bound(struct stress_worker *worker)
{
    while (stress_going(worker)) {
        worker->caller = choose(worker);
        stress_race_some(worker);
    }
    stress_free_all(worker);
}

const struct stress_scenario stress_bound = {
    STRESS_RACE,
    .name = "bound",
    .summary = "all of race by callers with a strategy's fast path compiled in",
    .work = bound,
};
