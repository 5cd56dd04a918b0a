/* SPDX-License-Identifier: MIT */
/*
 * exchange: like replace, but one time in four the new object is swapped against one in a table
 * that all threads share: a mixture as servers have it.
 *
 * Question: what does it cost when part of the objects are freed by another thread than the one
 * that allocated them, without any order between the two?
 * Plan: every thread holds 1024 objects, the table 1024 more, all allocated before the warm-up.
 * Slots and places are read from 65536 random numbers drawn before; the swap is one atomic
 * exchange, paid by the floor as well. With t threads about (t - 1) / t of the swapped objects
 * are freed by a stranger, so with two threads one free in eight. With one thread it is replace
 * plus the exchange.
 * Latency sample: four steps.
 */
#include <stdlib.h>

#include "live_set.h"

/* Bits of a decision: slot, place, and whether to swap. */
enum { PLACE_SHIFT = 16, SWAP_SHIFT = 30 };

static void *exchange_share(const struct la_workload_params *params, unsigned nr_threads)
{
    (void)nr_threads;
    return calloc(params->table, sizeof(_Atomic(void *)));
}

/* Release: the next owner sees what was written to the object; acquire: we see the last one's. */
static LA_INLINE void *exchange_swap(struct la_worker *worker, uint32_t decision, void *object)
{
    _Atomic(void *) *table = worker->shared;
    uint32_t place = decision >> PLACE_SHIFT & (worker->params.table - 1);

    return atomic_exchange_explicit(&table[place], object, memory_order_acq_rel);
}

static LA_INLINE void exchange_repeat(struct la_worker *worker, unsigned steps, enum la_kind kind)
{
    struct la_port port = worker->port;
    uint32_t mask = worker->params.live - 1;

    for (unsigned i = 0; i < steps; i++) {
        uint32_t decision = la_decide(worker);
        void **slot = &worker->objects[decision & mask];
        void *object;

        la_give(&port, *slot, kind);
        object = la_take(&port, kind);
        *slot = decision >> SWAP_SHIFT ? object : exchange_swap(worker, decision, object);
    }
}

static LA_INLINE uint64_t exchange_run(struct la_worker *worker, enum la_kind kind)
{
    exchange_repeat(worker, LA_BATCH_OPERATIONS / 2, kind);
    return LA_BATCH_OPERATIONS;
}

static LA_INLINE uint64_t exchange_sample(struct la_worker *worker, uint64_t *ticks,
                                          enum la_kind kind)
{
    uint64_t begin = la_ticks_begin();

    exchange_repeat(worker, LA_SAMPLE_OPERATIONS / 2, kind);
    *ticks = la_ticks_end() - begin;
    return LA_SAMPLE_OPERATIONS;
}

/* Every thread fills and drains its share of the table. Acquire: see exchange_swap(). */
static void exchange_fill(struct la_worker *worker)
{
    _Atomic(void *) *table = worker->shared;

    live_set_fill(worker);
    for (uint32_t i = worker->thread; i < worker->params.table; i += worker->nr_threads)
        atomic_store_explicit(&table[i], la_take(&worker->port, worker->kind),
                              memory_order_release);
}

static void exchange_drain(struct la_worker *worker)
{
    _Atomic(void *) *table = worker->shared;

    live_set_drain(worker);
    for (uint32_t i = worker->thread; i < worker->params.table; i += worker->nr_threads)
        la_give(&worker->port, atomic_load_explicit(&table[i], memory_order_acquire), worker->kind);
}

LA_STAMP(exchange)

const struct la_workload la_workload_exchange = {
    .name = "exchange",
    .summary = "replace, with objects swapped through a table that all threads share",
    .live = live_set_size,
    .share = exchange_share,
    .fill = exchange_fill,
    .drain = exchange_drain,
    LA_STAMPED(exchange),
};
