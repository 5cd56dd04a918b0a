/* SPDX-License-Identifier: MIT */
/*
 * depth_storm.c: the limit jumps up and down, by hand and by ticks, while all churn.
 * What is claimed of a limit that is gone must come back, or the list loses capacity for good.
 */
#include "scenario.h"

enum { MOST = 40, DEPTH = 300, STORMS_OF = 2, TICKS_OF = 3, STEPS = 60 };

static void storm(struct stress_worker *worker)
{
    struct stress_run *run = worker->run;

    while (stress_going(worker)) {
        if (stress_below(worker, TICKS_OF) == 0)
            lookaside_balance();
        else if (lookaside_set_depth(&run->lists->list, stress_below(worker, DEPTH + 1)))
            oracle_fault(run->oracle, "set_depth failed");
        stress_churn_some(worker, MOST, stress_below(worker, STEPS));
    }
    stress_free_all(worker);
}

static void depth_storm(struct stress_worker *worker)
{
    if (worker->index % STORMS_OF == 0)
        storm(worker);
    else
        stress_churn_on(worker, MOST);
}

const struct stress_scenario stress_depth_storm = {
    .name = "depth-storm",
    .summary = "the depth jumps and ticks run while all churn",
    .depth = DEPTH,
    .bytes = 64,
    .nr_blocks = 4096,
    .adaptive = true,
    .min_threads = 2,
    .work = depth_storm,
};
