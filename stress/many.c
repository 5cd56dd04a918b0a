/* SPDX-License-Identifier: MIT */
/*
 * many.c: so many lists that what a thread knows of them does not fit into its first table, used by
 * threads that come and go, while more lists are made and ended.
 */
#include "scenario.h"

enum { MOST = 60, DEPTH = 8, LISTS = 150, STEPS = 600, LISTS_AND_THREADS_IN = 2 };

static void live_and_end(struct stress_worker *worker)
{
    struct stress_list *own = stress_own_list(worker);

    if (stress_list_begin(own, DEPTH)) {
        oracle_fault(worker->run->oracle, "a list could not be made");
        return;
    }
    for (uint32_t i = stress_below(worker, MOST); i > 0; i--)
        (void)stress_alloc_from(worker, own);
    stress_churn_some(worker, MOST, MOST);
    stress_free_all(worker);
    stress_list_end(own);
}

static void *live_and_exit(void *pointer)
{
    struct stress_worker *worker = pointer;

    stress_be(worker);
    stress_churn_some(worker, MOST, stress_below(worker, STEPS));
    return NULL;
}

static void many(struct stress_worker *worker)
{
    pthread_t thread;

    while (stress_going(worker)) {
        if (stress_below(worker, LISTS_AND_THREADS_IN) == 0)
            live_and_end(worker);
        else if (pthread_create(&thread, NULL, live_and_exit, worker) == 0)
            pthread_join(thread, NULL);
        stress_churn_some(worker, MOST, STEPS);
    }
    stress_free_all(worker);
}

const struct stress_scenario stress_many = {
    .name = "many",
    .summary = "150 lists, and some that come and go, as threads do",
    .depth = DEPTH,
    .bytes = 64,
    .nr_blocks = 8192,
    .nr_lists = LISTS,
    .own_lists = true,
    .min_threads = 1,
    .work = many,
};
