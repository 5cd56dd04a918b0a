/* SPDX-License-Identifier: MIT */
/*
 * unmap.c: the allocate routine maps an entry and the free routine makes it inaccessible. With a
 * depth of three nearly every free is refused, and now and then everything is flushed: a read of
 * an entry that is gone faults for real.
 */
#include "scenario.h"

enum { MOST = 6, FLUSH_ONE_IN = 64 };

static void unmap(struct stress_worker *worker)
{
    while (stress_going(worker)) {
        if (stress_below(worker, FLUSH_ONE_IN) == 0)
            stress_flush(worker, worker->run->lists);
        stress_churn_step(worker, MOST);
    }
    stress_free_all(worker);
}

const struct stress_scenario stress_unmap = {
    .name = "unmap",
    .summary = "entries are mapped when allocated and unmapped when freed",
    .depth = 3,
    .bytes = 64,
    .nr_blocks = 1024,
    .unmap = true,
    .min_threads = 1,
    .work = unmap,
};
