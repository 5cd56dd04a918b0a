/* SPDX-License-Identifier: MIT */
/*
 * mstress: threads of different speed hold more and more objects, swap some through a table that
 * all share, and free half of what they hold when it is full.
 *
 * Question: which contender suits a server: busy threads beside slow ones, old objects among
 * young ones, some of them a stranger's, and a demand that swings?
 * Source: mstress of mimalloc-bench (D. Leijen).
 * Plan: a step allocates; two times in three it frees a random older object, so that what is held
 * grows by one in three steps; one time in four a random object is swapped against one in the
 * table, 1024 places. At 1024 objects half of them are freed, the newest: a swing of 512, twice the
 * default depth, where exchange has none. Thread t is t % 8 + 1 times as fast as thread 0, as
 * the original's do that much more work: it waits after each batch for a multiple of the time
 * which that took. Waiting is not in the time per operation; shares of threads show it.
 * The sweep is one free a step, so that a batch is as long as any other. Latency sample: four times
 * an allocation and the free of a random object.
 */
#include <stdlib.h>

#include "workload.h"

enum { HELD_MOST = 1024, HELD_LEAST = 512, PLACES = 1024, SPEEDS = 8 };

/* Bits of a decision: slot, place, whether to free, whether to swap. */
enum { PLACE_SHIFT = 10, FREE_SHIFT = 20, SWAP_SHIFT = 30 };

/* Of 1024. */
enum { FREES = 683 };

static size_t mstress_live(const struct la_workload_params *params)
{
    (void)params;
    return HELD_MOST + 1;
}

static void *mstress_share(const struct la_workload_params *params, unsigned nr_threads)
{
    (void)params;
    (void)nr_threads;
    return calloc(PLACES, sizeof(_Atomic(void *)));
}

static LA_INLINE uint32_t slot_of(const struct la_worker *worker, uint32_t decision)
{
    return decision % (1 << PLACE_SHIFT) * worker->nr >> PLACE_SHIFT;
}

/* One object less: the last one takes its slot. */
static LA_INLINE void give_one(struct la_worker *worker, const struct la_port *port, uint32_t slot,
                               enum la_kind kind)
{
    void *object = worker->objects[slot];

    worker->objects[slot] = worker->objects[--worker->nr];
    la_give(port, object, kind);
}

/* Release: the next owner sees what was written to the object; acquire: we see the last one's. */
static LA_INLINE void swap_one(struct la_worker *worker, uint32_t slot, uint32_t place)
{
    _Atomic(void *) *table = worker->shared;

    worker->objects[slot] = atomic_exchange_explicit(&table[place % PLACES], worker->objects[slot],
                                                     memory_order_acq_rel);
}

/* Returns its operations. left: frees to come until half is gone. */
static LA_INLINE uint64_t step(struct la_worker *worker, const struct la_port *port,
                               enum la_kind kind)
{
    const uint32_t decision = la_decide(worker);
    uint64_t operations = 1;

    if (worker->left > 0) {
        worker->left--;
        la_give(port, worker->objects[--worker->nr], kind);
        return operations;
    }
    worker->objects[worker->nr++] = la_take(port, kind);
    if ((decision >> FREE_SHIFT) % 1024 < FREES) {
        give_one(worker, port, slot_of(worker, decision), kind);
        operations++;
    }
    if (decision >> SWAP_SHIFT == 0)
        swap_one(worker, slot_of(worker, decision), decision >> PLACE_SHIFT);
    if (worker->nr == HELD_MOST)
        worker->left = HELD_MOST - HELD_LEAST;
    return operations;
}

/* So that the speed is that share of the fastest one's. */
static void fall_behind(struct la_worker *worker, uint64_t batch_ticks)
{
    const unsigned speed = worker->thread % SPEEDS + 1;
    const unsigned fastest = worker->nr_threads < SPEEDS ? worker->nr_threads : SPEEDS;
    const uint64_t begin = la_ticks(), wait = batch_ticks * (fastest - speed) / speed;

    if (!wait)
        return;
    /* Relaxed: nothing is read on its strength. */
    while (la_ticks() - begin < wait && !atomic_load_explicit(worker->stop, memory_order_relaxed))
        la_cpu_relax();
    worker->paused += la_ticks() - begin;
}

static LA_INLINE uint64_t mstress_run(struct la_worker *worker, enum la_kind kind)
{
    const struct la_port port = worker->port;
    const uint64_t begin = la_ticks();
    uint64_t operations = 0;

    while (operations < LA_BATCH_OPERATIONS)
        operations += step(worker, &port, kind);
    fall_behind(worker, la_ticks() - begin);
    return operations;
}

static LA_INLINE uint64_t mstress_sample(struct la_worker *worker, uint64_t *ticks,
                                         enum la_kind kind)
{
    const struct la_port port = worker->port;
    const uint64_t begin = la_ticks_begin();

    for (int i = 0; i < LA_SAMPLE_OPERATIONS / 2; i++) {
        worker->objects[worker->nr++] = la_take(&port, kind);
        give_one(worker, &port, slot_of(worker, la_decide(worker)), kind);
    }
    *ticks = la_ticks_end() - begin;
    return LA_SAMPLE_OPERATIONS;
}

/* Every thread fills and drains its share of the table. Acquire: see swap_one(). */
static void mstress_fill(struct la_worker *worker)
{
    _Atomic(void *) *table = worker->shared;

    while (worker->nr < HELD_LEAST)
        worker->objects[worker->nr++] = la_take(&worker->port, worker->kind);
    for (uint32_t i = worker->thread; i < PLACES; i += worker->nr_threads)
        atomic_store_explicit(&table[i], la_take(&worker->port, worker->kind),
                              memory_order_release);
}

static void mstress_drain(struct la_worker *worker)
{
    _Atomic(void *) *table = worker->shared;

    while (worker->nr > 0)
        la_give(&worker->port, worker->objects[--worker->nr], worker->kind);
    worker->left = 0;
    for (uint32_t i = worker->thread; i < PLACES; i += worker->nr_threads)
        la_give(&worker->port, atomic_load_explicit(&table[i], memory_order_acquire), worker->kind);
}

LA_STAMP(mstress)

const struct la_workload la_workload_mstress = {
    .name = "mstress",
    .summary = "threads of different speed that hold, swap and free objects in swings",
    .on_request = true,
    .live = mstress_live,
    .share = mstress_share,
    .fill = mstress_fill,
    .drain = mstress_drain,
    LA_STAMPED(mstress),
};
