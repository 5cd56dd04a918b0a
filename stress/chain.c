/* SPDX-License-Identifier: MIT */
/*
 * chain.c: entries of several lists go from thread to thread in a circle: each thread keeps a part
 * of what comes, frees a part, and passes on the rest with some of its own. Every thread frees what
 * others allocated, and the ways between lists and threads mix.
 */
#include "scenario.h"

enum { MOST = 32, PASS_ONE_IN = 2, LISTS = 3 };

static struct stress_worker *before(const struct stress_worker *worker)
{
    struct stress_run *run = worker->run;

    return &run->workers[(worker->index + run->nr_workers - 1) % run->nr_workers];
}

static void receive_some(struct stress_worker *worker)
{
    struct stress_worker *from = before(worker);
    struct stress_entry entry;

    while (worker->nr_out < 2 * MOST && stress_ring_get(&from->ring, &entry))
        stress_receive(worker, entry, from->index);
}

static void pass_some(struct stress_worker *worker)
{
    while (worker->nr_out > 0 && stress_below(worker, PASS_ONE_IN) > 0 &&
           stress_ring_put(&worker->ring, worker->out[worker->nr_out - 1]))
        worker->nr_out--;
}

/* Everybody says when nothing more comes; who sees it from the one before takes the rest. */
static void end_chain(struct stress_worker *worker)
{
    struct stress_worker *from = before(worker);

    /* Release: whoever sees it closed sees the last tail. */
    atomic_store_explicit(&worker->ring.closed, true, memory_order_release);
    while (!atomic_load_explicit(&from->ring.closed, memory_order_acquire))
        sched_yield();
    stress_free_all(worker);
    receive_some(worker);
    stress_free_all(worker);
    receive_some(worker);
    stress_free_all(worker);
}

static void chain(struct stress_worker *worker)
{
    while (stress_going(worker)) {
        receive_some(worker);
        stress_churn_some(worker, MOST, MOST);
        pass_some(worker);
    }
    end_chain(worker);
}

const struct stress_scenario stress_chain = {
    .name = "chain",
    .summary = "entries of three lists are passed on in a circle of threads",
    .depth = 60,
    .bytes = 64,
    .nr_blocks = 16384,
    .nr_lists = LISTS,
    .min_threads = 2,
    .work = chain,
};
