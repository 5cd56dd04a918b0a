/* SPDX-License-Identifier: MIT */
/*
 * flush_storm.c: half of the threads keep flushing and trimming while all churn. A flush that
 * forgets what a stalled pop has seen (an ABA fault), or takes an entry that was taken already,
 * shows as two owners.
 */
#include "scenario.h"

enum { MOST = 24, DEPTH = 48, TRIM_ONE_IN = 4, FLUSHERS_OF = 2, STEPS = 40 };

static void flusher(struct stress_worker *worker)
{
    while (stress_going(worker)) {
        if (stress_below(worker, TRIM_ONE_IN) == 0)
            stress_trim(worker, worker->run->lists, stress_below(worker, DEPTH));
        else
            stress_flush(worker, worker->run->lists);
        stress_churn_some(worker, MOST, stress_below(worker, STEPS));
    }
    stress_free_all(worker);
}

static void flush_storm(struct stress_worker *worker)
{
    if (worker->index % FLUSHERS_OF == 0)
        flusher(worker);
    else
        stress_churn_on(worker, MOST);
}

const struct stress_scenario stress_flush_storm = {
    .name = "flush-storm",
    .summary = "half of the threads keep flushing and trimming",
    .depth = DEPTH,
    .bytes = 64,
    .nr_blocks = 4096,
    .min_threads = 2,
    .work = flush_storm,
};
