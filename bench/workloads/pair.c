/* SPDX-License-Identifier: MIT */
/*
 * pair: one allocation, then one free of the same object, again and again.
 *
 * Question: what does the fast path cost, and does it cost more when other threads use it too?
 * Plan: no thread ever holds more than one object, so after the first round every contender serves
 * from its innermost cache; misses, refills and hand-over do not occur, except where threads share
 * one cache. What differs with the number of threads is contention, nothing else.
 * Latency sample: four pairs.
 */
#include "workload.h"

static size_t pair_live(const struct la_workload_params *params)
{
    (void)params;
    return 1;
}

static LA_INLINE void pair_repeat(const struct la_port *port, unsigned pairs, enum la_kind kind)
{
    for (unsigned i = 0; i < pairs; i++)
        la_give(port, la_take(port, kind), kind);
}

static LA_INLINE uint64_t pair_run(struct la_worker *worker, enum la_kind kind)
{
    struct la_port port = worker->port;

    pair_repeat(&port, LA_BATCH_OPERATIONS / 2, kind);
    return LA_BATCH_OPERATIONS;
}

static LA_INLINE uint64_t pair_sample(struct la_worker *worker, uint64_t *ticks, enum la_kind kind)
{
    struct la_port port = worker->port;
    uint64_t begin = la_ticks_begin();

    pair_repeat(&port, LA_SAMPLE_OPERATIONS / 2, kind);
    *ticks = la_ticks_end() - begin;
    return LA_SAMPLE_OPERATIONS;
}

LA_STAMP(pair)

const struct la_workload la_workload_pair = {
    .name = "pair",
    .summary = "one allocation, one free of the same object",
    .returns_own = true,
    .live = pair_live,
    LA_STAMPED(pair),
};
