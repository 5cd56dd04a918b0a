/* SPDX-License-Identifier: MIT */
/*
 * deep.c: a list deeper than what is kept near a CPU or a thread, and hands that empty and fill it:
 * entries move between the parts of the list all the time, hundreds at once.
 */
#include "scenario.h"

enum { MOST = 900, DEPTH = 1500, STAY = 2048, TRIM_ONE_IN = 4 };

static void disturb(struct stress_worker *worker)
{
    stress_migrate(worker);
    if (stress_below(worker, TRIM_ONE_IN) == 0)
        stress_trim(worker, worker->run->lists, stress_below(worker, DEPTH));
    if (stress_below(worker, TRIM_ONE_IN) == 0)
        lookaside_balance();
}

static void deep(struct stress_worker *worker)
{
    unsigned most = MOST;

    while (stress_going(worker)) {
        if (stress_below(worker, STAY) == 0) {
            disturb(worker);
            most = 1 + stress_below(worker, MOST);
        }
        stress_churn_step(worker, most);
    }
    stress_free_all(worker);
}

const struct stress_scenario stress_deep = {
    .name = "deep",
    .summary = "a deep list, emptied and filled by hundreds",
    .depth = DEPTH,
    .bytes = 64,
    .nr_blocks = 65536,
    .min_threads = 1,
    .work = deep,
};
