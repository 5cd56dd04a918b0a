/* SPDX-License-Identifier: MIT */
/*
 * thread-churn: a thread allocates an object, swaps it against one in a table that all threads
 * share, frees that, and ends.
 *
 * Question: what does a thread cost that hardly does anything, and does what it leaves behind add
 * up?
 * Source: mleak of mimalloc-bench.
 * Plan: larson with the shortest life there is. Nearly all of the time goes to starting and ending
 * threads, so look at rss_bytes, at held_max, and at what the floor does not pay: per-thread
 * structures that are made and torn down. A life that is sampled does four rounds more.
 * Latency sample: four rounds of a thread that has done one.
 */
#include <stdlib.h>

#include "workload.h"

enum { PLACES = 256 };

static size_t churn_live(const struct la_workload_params *params)
{
    (void)params;
    return PLACES; /* of which it holds its share of the table */
}

static void *churn_share(const struct la_workload_params *params, unsigned nr_threads)
{
    (void)params;
    (void)nr_threads;
    return calloc(PLACES, sizeof(_Atomic(void *)));
}

/* Release: the next owner sees what was written to the object; acquire: we see the last one's. */
static LA_INLINE void visit(struct la_worker *worker, const struct la_port *port, enum la_kind kind)
{
    _Atomic(void *) *table = worker->shared;
    void *object = la_take(port, kind);

    object =
        atomic_exchange_explicit(&table[la_decide(worker) % PLACES], object, memory_order_acq_rel);
    la_give(port, object, kind);
}

static LA_INLINE uint64_t churn_run(struct la_worker *worker, enum la_kind kind)
{
    const struct la_port port = worker->port;

    visit(worker, &port, kind);
    worker->retires = true;
    return 2;
}

static LA_INLINE uint64_t churn_sample(struct la_worker *worker, uint64_t *ticks, enum la_kind kind)
{
    const struct la_port port = worker->port;
    const uint64_t begin = la_ticks_begin();

    for (int i = 0; i < LA_SAMPLE_OPERATIONS / 2; i++)
        visit(worker, &port, kind);
    *ticks = la_ticks_end() - begin;
    return LA_SAMPLE_OPERATIONS;
}

/* Every thread fills and drains its share of the table. */
static void churn_fill(struct la_worker *worker)
{
    _Atomic(void *) *table = worker->shared;

    for (uint32_t i = worker->thread; i < PLACES; i += worker->nr_threads)
        atomic_store_explicit(&table[i], la_take(&worker->port, worker->kind),
                              memory_order_release);
}

static void churn_drain(struct la_worker *worker)
{
    _Atomic(void *) *table = worker->shared;

    for (uint32_t i = worker->thread; i < PLACES; i += worker->nr_threads)
        la_give(&worker->port, atomic_load_explicit(&table[i], memory_order_acquire), worker->kind);
}

LA_STAMP(churn)

const struct la_workload la_workload_thread_churn = {
    .name = "thread-churn",
    .summary = "threads that allocate one object, free another one, and end",
    .on_request = true,
    .live = churn_live,
    .share = churn_share,
    .fill = churn_fill,
    .drain = churn_drain,
    LA_STAMPED(churn),
};
