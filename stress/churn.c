/* SPDX-License-Identifier: MIT */
/*
 * churn.c: every thread allocates and frees at random, one by one and in bulk, and wanders between
 * CPUs. How much a thread has in hand swings, and the depth is small against it, so the list runs
 * both full and empty.
 */
#include "scenario.h"

enum { MOST = 90, STAY = 512 };

static void churn(struct stress_worker *worker)
{
    unsigned most = MOST;

    while (stress_going(worker)) {
        if (stress_below(worker, STAY) == 0) {
            stress_migrate(worker);
            most = 1 + stress_below(worker, MOST);
        }
        stress_churn_step(worker, most);
    }
    stress_free_all(worker);
}

const struct stress_scenario stress_churn = {
    .name = "churn",
    .summary = "all threads allocate and free at random",
    .depth = 40,
    .bytes = 64,
    .nr_blocks = 8192,
    .min_threads = 1,
    .work = churn,
};
