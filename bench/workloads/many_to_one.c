/* SPDX-License-Identifier: MIT */
/*
 * many-to-one: all threads but one allocate, that one frees.
 *
 * Question: what does it cost when the frees of many threads come together in one place, as a
 * reaper's or a logger's do, and its cache overflows while theirs run dry?
 * Source: xmalloc-test (C. Lever, D. Boreham), with one consumer; snmalloc's lotsofthreads.
 * Plan: a ring of 256 places from each thread to thread 0, which takes one object out of each in
 * turn and passes over those that are empty. Every free is of another thread's object. With two
 * threads it is handoff the other way round.
 * Latency sample: eight allocations in a row, or eight frees in a row; waiting is not in it.
 */
#include "ring_roles.h"

static void *gather_share(const struct la_workload_params *params, unsigned nr_threads)
{
    return ring_pairs(params->ring, 2 * nr_threads);
}

static LA_INLINE struct ring *find_room(struct la_worker *worker)
{
    struct ring *ring = (struct ring *)worker->shared + worker->thread - 1;

    return ring_wait(worker, ring, ring_has_room) ? ring : NULL;
}

static LA_INLINE struct ring *find_item(struct la_worker *worker)
{
    return ring_in_turn(worker, worker->shared, worker->nr_threads - 1, ring_has_item);
}

static LA_INLINE uint64_t gather_run(struct la_worker *worker, enum la_kind kind)
{
    return worker->thread == 0 ? ring_consume(worker, find_item, kind)
                               : ring_produce(worker, find_room, kind);
}

static LA_INLINE uint64_t gather_sample(struct la_worker *worker, uint64_t *ticks,
                                        enum la_kind kind)
{
    return worker->thread == 0 ? ring_sample_consume(worker, find_item, ticks, kind)
                               : ring_sample_produce(worker, find_room, ticks, kind);
}

static void gather_drain(struct la_worker *worker)
{
    for (unsigned i = 1; worker->thread == 0 && i < worker->nr_threads; i++)
        ring_empty(worker, (struct ring *)worker->shared + i - 1);
}

LA_STAMP(gather)

const struct la_workload la_workload_many_to_one = {
    .name = "many-to-one",
    .summary = "all threads but one allocate, that one frees",
    .on_request = true,
    .threads_min = 3,
    .threads_why = "with two threads it is handoff",
    .live = ring_roles_live,
    .share = gather_share,
    .drain = gather_drain,
    LA_STAMPED(gather),
};
