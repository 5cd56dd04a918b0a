/* SPDX-License-Identifier: MIT */
/*
 * move.c: the threads' CPUs change under their feet: each is moved by itself and by another one
 * all the time, and now and then the first takes CPUs away from everybody and gives them back. What
 * is kept per CPU changes hands in the middle of every step.
 */
#include "scenario.h"

enum { MOST = 30, STEPS = 24, SHRINK_ONE_IN = 8 };

/* Leaves all workers one CPU of those allowed, for as long as a few steps take. */
static void shrink(struct stress_worker *worker)
{
    struct stress_run *run = worker->run;
    uint32_t chosen = stress_below(worker, (uint32_t)CPU_COUNT(&run->allowed));
    cpu_set_t one;
    int cpu = 0;

    for (;; cpu++) {
        if (CPU_ISSET(cpu, &run->allowed) && chosen-- == 0)
            break;
    }
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    for (unsigned i = 0; i < run->nr_workers; i++)
        (void)pthread_setaffinity_np(run->workers[i].thread, sizeof one, &one);
    stress_churn_some(worker, MOST, STEPS);
    for (unsigned i = 0; i < run->nr_workers; i++)
        (void)pthread_setaffinity_np(run->workers[i].thread, sizeof run->allowed, &run->allowed);
}

static void move(struct stress_worker *worker)
{
    while (stress_going(worker)) {
        if (worker->index == 0 && stress_below(worker, SHRINK_ONE_IN) == 0)
            shrink(worker);
        else
            stress_migrate(worker);
        stress_churn_some(worker, MOST, stress_below(worker, STEPS));
    }
    stress_free_all(worker);
}

const struct stress_scenario stress_move = {
    .name = "move",
    .summary = "threads move to other CPUs all the time, or all to one",
    .depth = 48,
    .bytes = 64,
    .nr_blocks = 8192,
    .min_threads = 1,
    .work = move,
};
