/* SPDX-License-Identifier: MIT */
/*
 * thread_exit.c: short-lived threads that leave entries behind in whatever belongs to a thread.
 * Each worker keeps starting one; some say that they go idle before they end, some stay a moment.
 */
#include <sched.h>

#include "scenario.h"

enum { MOST = 20, STEPS = 200, SAY_ONE_IN = 3 };

static void *short_life(void *pointer)
{
    struct stress_worker *worker = pointer;

    stress_be(worker);
    stress_migrate(worker);
    stress_churn_some(worker, MOST, stress_below(worker, STEPS));
    stress_free_all(worker);
    if (stress_below(worker, SAY_ONE_IN) == 0)
        lookaside_thread_exit(&worker->run->lists->list);
    return NULL;
}

static void thread_exit(struct stress_worker *worker)
{
    pthread_t thread;

    while (stress_going(worker)) {
        /* Without another thread the worker does the work itself. */
        if (pthread_create(&thread, NULL, short_life, worker) == 0)
            pthread_join(thread, NULL);
        else
            short_life(worker);
    }
}

const struct stress_scenario stress_thread_exit = {
    .name = "thread-exit",
    .summary = "short-lived threads come, use the list and go",
    .depth = 50,
    .bytes = 64,
    .nr_blocks = 4096,
    .min_threads = 1,
    .work = thread_exit,
};
