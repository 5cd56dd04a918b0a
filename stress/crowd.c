/* SPDX-License-Identifier: MIT */
/*
 * crowd.c: eight threads for each CPU, so that most are preempted wherever they are and stay away
 * for long: what one of them holds up, or has seen before it went, shows.
 */
#include "scenario.h"

enum { MOST = 12, PER_CPU = 8, LISTS = 2, SAY_ONE_IN = 256 };

static void crowd(struct stress_worker *worker)
{
    while (stress_going(worker)) {
        if (stress_below(worker, SAY_ONE_IN) == 0)
            sched_yield();
        stress_churn_step(worker, MOST);
    }
    stress_free_all(worker);
}

const struct stress_scenario stress_crowd = {
    .name = "crowd",
    .summary = "eight threads for each CPU",
    .depth = 64,
    .bytes = 64,
    .nr_blocks = 16384,
    .nr_lists = LISTS,
    .crowd = PER_CPU,
    .min_threads = 2,
    .work = crowd,
};
