/* SPDX-License-Identifier: MIT */
/*
 * handoff.c: half of the threads allocate, the other half free what they are handed: entries run
 * one way through the list, which is what shards of the limit find hardest.
 */
#include <sched.h>

#include "scenario.h"

/* Release: the consumer sees the slot, and what the producer did to the entry, before the tail. */
static bool ring_put(struct stress_ring *ring, void *entry)
{
    unsigned tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

    /* Acquire: the consumer is done with the slot. */
    if (tail - atomic_load_explicit(&ring->head, memory_order_acquire) == RING_SLOTS)
        return false;
    ring->slots[tail % RING_SLOTS] = entry;
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return true;
}

static void *ring_get(struct stress_ring *ring)
{
    unsigned head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    void *entry;

    /* Acquire and release: the mirror of ring_put. */
    if (atomic_load_explicit(&ring->tail, memory_order_acquire) == head)
        return NULL;
    entry = ring->slots[head % RING_SLOTS];
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return entry;
}

static void produce(struct stress_worker *worker)
{
    while (stress_going(worker)) {
        if (worker->nr_out == 0 && !stress_alloc(worker)) {
            sched_yield();
        } else if (ring_put(&worker->ring, worker->out[0])) {
            worker->nr_out = 0;
        } else {
            sched_yield();
        }
    }
    stress_free_all(worker);
    /* Release: whoever sees it closed sees the last tail. */
    atomic_store_explicit(&worker->ring.closed, true, memory_order_release);
}

static void consume(struct stress_worker *worker)
{
    struct stress_worker *producer = worker - 1;
    bool closed;

    do {
        void *entry;

        /* Acquire, and read before the ring: empty after closed is empty for good. */
        closed = atomic_load_explicit(&producer->ring.closed, memory_order_acquire);
        while ((entry = ring_get(&producer->ring))) {
            oracle_pass(worker->run->oracle, entry, producer->index, worker->index);
            worker->out[worker->nr_out++] = entry;
            worker->handed++;
            stress_free_any(worker);
        }
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
