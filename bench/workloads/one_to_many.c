/* SPDX-License-Identifier: MIT */
/*
 * one-to-many: one thread allocates, all others free.
 *
 * Question: what does it cost when objects go out to many threads, as a dispatcher's do, and each
 * of their caches gets some of them that nobody there allocates from? Source: xmalloc-test (C.
 * Lever, D. Boreham), with one producer. Plan: a ring of 256 places from thread 0 to each other
 * one. It puts one object into each in turn and passes over those that are full. Every free is of
 * another thread's object. With two threads it is handoff. Latency sample: eight allocations in a
 * row, or eight frees in a row; waiting is not in it.
 */
#include "ring_roles.h"

static void *spread_share(const struct la_workload_params *params, unsigned nr_threads)
{
    return ring_pairs(params->ring, 2 * nr_threads);
}

/* Of thread t, from 1 on. */
static struct ring *ring_to(const struct la_worker *worker)
{
    return (struct ring *)worker->shared + worker->thread - 1;
}

static LA_INLINE struct ring *find_room(struct la_worker *worker)
{
    return ring_in_turn(worker, worker->shared, worker->nr_threads - 1, ring_has_room);
}

static LA_INLINE struct ring *find_item(struct la_worker *worker)
{
    struct ring *ring = ring_to(worker);

    return ring_wait(worker, ring, ring_has_item) ? ring : NULL;
}

static LA_INLINE uint64_t spread_run(struct la_worker *worker, enum la_kind kind)
{
    return worker->thread == 0 ? ring_produce(worker, find_room, kind)
                               : ring_consume(worker, find_item, kind);
}

static LA_INLINE uint64_t spread_sample(struct la_worker *worker, uint64_t *ticks,
                                        enum la_kind kind)
{
    return worker->thread == 0 ? ring_sample_produce(worker, find_room, ticks, kind)
                               : ring_sample_consume(worker, find_item, ticks, kind);
}

static void spread_drain(struct la_worker *worker)
{
    if (worker->thread > 0)
        ring_empty(worker, ring_to(worker));
}

LA_STAMP(spread)

const struct la_workload la_workload_one_to_many = {
    .name = "one-to-many",
    .summary = "one thread allocates, all others free",
    .on_request = true,
    .threads_min = 3,
    .threads_why = "with two threads it is handoff",
    .live = ring_roles_live,
    .share = spread_share,
    .drain = spread_drain,
    LA_STAMPED(spread),
};
