/* SPDX-License-Identifier: MIT */
/*
 * handoff.c: half of the threads allocate, the other half free what they are handed: entries run
 * one way through the list, which is what shards of the limit find hardest.
 */
#include <sched.h>

#include "scenario.h"

static void produce(struct stress_worker *worker)
{
    while (stress_going(worker)) {
        if (worker->nr_out == 0 && !stress_alloc(worker)) {
            sched_yield();
        } else if (stress_ring_put(&worker->ring, worker->out[0])) {
            worker->nr_out = 0;
        } else {
            sched_yield();
        }
    }
    stress_free_all(worker);
    /* Release: whoever sees it closed sees the last tail. */
    atomic_store_explicit(&worker->ring.closed, true, memory_order_release);
}

static void free_received(struct stress_worker *worker, struct stress_worker *producer)
{
    struct stress_entry entry;

    for (unsigned nr = 0; nr < RING_SLOTS && stress_ring_get(&producer->ring, &entry); nr++) {
        stress_receive(worker, entry, producer->index);
        stress_free_all(worker);
    }
}

static void consume(struct stress_worker *worker)
{
    struct stress_worker *producer = worker - 1;
    bool closed;

    do {
        (void)stress_going(worker);
        /* Acquire, and read before the ring: empty after closed is empty for good. */
        closed = atomic_load_explicit(&producer->ring.closed, memory_order_acquire);
        free_received(worker, producer);
        sched_yield();
    } while (!closed);
}

/* The last of an odd number has nobody to hand to. */
static void alone(struct stress_worker *worker)
{
    stress_churn_on(worker, RING_SLOTS);
}

static void handoff(struct stress_worker *worker)
{
    if (worker->index % 2 == 1)
        consume(worker);
    else if (worker->index + 1 < worker->run->nr_workers)
        produce(worker);
    else
        alone(worker);
}

const struct stress_scenario stress_handoff = {
    .name = "handoff",
    .summary = "half of the threads allocate, the other half free",
    .depth = 100,
    .bytes = 64,
    .nr_blocks = 8192,
    .min_threads = 2,
    .work = handoff,
};
