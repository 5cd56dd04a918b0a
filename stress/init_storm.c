/* SPDX-License-Identifier: MIT */
/*
 * init_storm.c: every thread keeps making a list of its own, uses it, and ends it with entries in
 * it, while all use one that stays, ticks walk over all lists, and statistics are read of whatever
 * lives. The storage of a list is used again at once, so what points into an old one is found.
 */
#include "scenario.h"

enum { MOST = 20, DEPTH = 32, STEPS = 100, TICK_ONE_IN = 4 };

static bool read_stats(struct lookaside *list, void *context)
{
    struct lookaside_stats stats;

    (void)context;
    lookaside_get_stats(list, &stats);
    return true;
}

static void use(struct stress_worker *worker, struct stress_list *own)
{
    for (uint32_t steps = stress_below(worker, STEPS); steps > 0; steps--) {
        if (stress_below(worker, 2) == 0)
            (void)stress_alloc_from(worker, own);
        else
            stress_churn_step(worker, MOST);
    }
}

static void live_and_end(struct stress_worker *worker)
{
    struct stress_list *own = stress_own_list(worker);
    int error = stress_list_begin(own, 1 + stress_below(worker, DEPTH));

    if (error) {
        oracle_fault(worker->run->oracle, "a list could not be made: %d", error);
        return;
    }
    use(worker, own);
    if (stress_below(worker, TICK_ONE_IN) == 0)
        lookaside_balance();
    else
        lookaside_for_each(read_stats, NULL);
    stress_free_all(worker);
    stress_list_end(own);
}

static void init_storm(struct stress_worker *worker)
{
    while (stress_going(worker))
        live_and_end(worker);
    stress_free_all(worker);
}

const struct stress_scenario stress_init_storm = {
    .name = "init-storm",
    .summary = "lists come and go while others are used, ticked and read",
    .depth = DEPTH,
    .bytes = 64,
    .nr_blocks = 8192,
    .own_lists = true,
    .min_threads = 1,
    .work = init_storm,
};
