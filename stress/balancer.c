/* SPDX-License-Identifier: MIT */
/*
 * balancer.c: the background thread ticks as fast as it can while all churn, and is started and
 * stopped all the time, by several at once. It runs only while one that started it does not look at
 * stress_going(): nobody ticks when the lists have to be quiet.
 */
#include "scenario.h"

enum { MOST = 40, DEPTH = 200, LISTS = 2, STEPS = 400, PERIOD_NS = 20000, STARTERS_OF = 2 };

static void tick_meanwhile(struct stress_worker *worker)
{
    (void)lookaside_balancer_start(1 + stress_below(worker, PERIOD_NS)); /* it may run already */
    for (uint32_t i = stress_below(worker, STEPS); i > 0; i--)
        stress_churn_step(worker, MOST);
    lookaside_balancer_stop();
}

static void balancer(struct stress_worker *worker)
{
    if (worker->index % STARTERS_OF != 0) {
        stress_churn_on(worker, MOST);
        return;
    }
    while (stress_going(worker)) {
        tick_meanwhile(worker);
        if (lookaside_set_depth(&stress_any_list(worker)->list, stress_below(worker, DEPTH + 1)))
            oracle_fault(worker->run->oracle, "set_depth failed");
    }
    stress_free_all(worker);
}

const struct stress_scenario stress_balancer = {
    .name = "balancer",
    .summary = "the background thread comes and goes, and ticks while all churn",
    .depth = DEPTH,
    .bytes = 64,
    .nr_blocks = 4096,
    .nr_lists = LISTS,
    .adaptive = true,
    .min_threads = 2,
    .work = balancer,
};
