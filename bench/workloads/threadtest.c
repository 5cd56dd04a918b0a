/* SPDX-License-Identifier: MIT */
/*
 * threadtest: each thread allocates its share of 30000 objects, then frees all of them, in the same
 * order.
 *
 * Question: what do drains and refills cost that go far beyond any cache, and do threads that share
 * nothing disturb each other there?
 * Source: threadtest of E. Berger, K. McKinley, R. Blumofe, P. Wilson, "Hoard: A Scalable Memory
 * Allocator for Multithreaded Applications", ASPLOS 2000.
 * Plan: 30000 / threads objects a thread, without other work in between. A list that may hold d
 * entries serves the first d of a round and keeps the first d that come back: with one thread the
 * hit ratio of both is d / 30000, so this is the cost of misses, and burst is that of hits.
 * Latency sample: eight operations of one kind, anywhere in a round.
 */
#include "steps.h"

enum { OBJECTS = 30000 };

static uint32_t share_of(const struct la_worker *worker)
{
    return OBJECTS / worker->nr_threads;
}

static size_t threadtest_live(const struct la_workload_params *params)
{
    (void)params;
    return OBJECTS;
}

/* position: operations of the round so far; left: objects in a round. */
static LA_INLINE void round_step(struct la_worker *worker, const struct la_port *port,
                                 enum la_kind kind)
{
    const uint32_t position = worker->position;

    if (position < worker->left)
        worker->objects[position] = la_take(port, kind);
    else
        la_give(port, worker->objects[position - worker->left], kind);
    worker->position = position + 1 == 2 * worker->left ? 0 : position + 1;
}

LA_STEPS(round, 1)

static void round_fill(struct la_worker *worker)
{
    worker->left = share_of(worker);
}

static void round_drain(struct la_worker *worker)
{
    const uint32_t position = worker->position, all = worker->left;
    const uint32_t from = position > all ? position - all : 0;

    for (uint32_t i = from; i < (position < all ? position : all); i++)
        la_give(&worker->port, worker->objects[i], worker->kind);
    worker->position = 0;
}

LA_STAMP(round)

const struct la_workload la_workload_threadtest = {
    .name = "threadtest",
    .summary = "30000 objects, shared out to the threads: all allocated, then all freed",
    .on_request = true,
    .returns_own = true,
    .live = threadtest_live,
    .fill = round_fill,
    .drain = round_drain,
    LA_STAMPED(round),
};
