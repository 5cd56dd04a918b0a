/* SPDX-License-Identifier: MIT */
/*
 * migrate: bursts of threads that change CPUs all the time.
 *
 * Question: what becomes of objects that are cached where a thread was, and what does it cost to
 * start anew on another CPU?
 * Source: stress-ng's re-pinning stressors.
 * Plan: burst, 64 objects. After every 16384 operations of its own a thread waits for the others
 * and all change places together, by a random number of places, so that every CPU has one thread
 * before and after. A thread alone goes round all CPUs that this process may use. Waiting and
 * moving are not measured, what they leave behind is. The threads are where they went on purpose:
 * each is looked for there in the end. Latency sample: as burst.
 */
#include <sched.h>
#include <stdlib.h>

#include "burst.h"

enum { OPERATIONS_BETWEEN = 1 << 14, SPINS_BEFORE_YIELD = 256 };

/* Threads that have come to the next change, and changes so far; in one word, so that one that
 * leaves because the window is over takes itself off only while the change has not happened. */
struct meeting {
    _Atomic uint64_t word; /* changes << 32 | come */
};

static void *migrate_share(const struct la_workload_params *params, unsigned nr_threads)
{
    (void)params;
    (void)nr_threads;
    return calloc(1, sizeof(struct meeting));
}

static uint64_t round_of(uint64_t word)
{
    return word >> 32;
}

/* False: the last one has come, and the change takes place. Relaxed, as everywhere here: nothing
 * but the numbers themselves is passed on. */
static bool leave(struct meeting *meeting, uint64_t round, unsigned all)
{
    uint64_t word = atomic_load_explicit(&meeting->word, memory_order_relaxed);

    while (round_of(word) == round && (uint32_t)word < all) {
        if (atomic_compare_exchange_weak_explicit(&meeting->word, &word, word - 1,
                                                  memory_order_relaxed, memory_order_relaxed))
            return true;
    }
    return false;
}

/* Waits for all; *round: how often they have met. False: the window is over. */
static bool meet(struct la_worker *worker, uint64_t *round)
{
    struct meeting *meeting = worker->shared;
    const uint64_t before = atomic_fetch_add_explicit(&meeting->word, 1, memory_order_relaxed);
    unsigned spins = 0;

    *round = round_of(before) + 1;
    if ((uint32_t)before + 1 == worker->nr_threads) {
        atomic_store_explicit(&meeting->word, *round << 32, memory_order_relaxed);
        return true;
    }
    while (round_of(atomic_load_explicit(&meeting->word, memory_order_relaxed)) < *round) {
        if (atomic_load_explicit(worker->stop, memory_order_relaxed) &&
            leave(meeting, *round - 1, worker->nr_threads))
            return false;
        la_cpu_relax();
        if (++spins % SPINS_BEFORE_YIELD == 0)
            sched_yield();
    }
    return true;
}

/* The same number for all, of 1 to places - 1 more than before: never the same place twice. */
static unsigned places_on(uint64_t round, unsigned nr_places)
{
    const uint64_t mixed = round * UINT64_C(0x9e3779b97f4a7c15);

    return (unsigned)((mixed >> 32) % (nr_places - 1)) + 1;
}

static void change_places(struct la_worker *worker)
{
    const uint64_t begin = la_ticks();
    uint64_t round;

    if (worker->nr_places > 1 && meet(worker, &round))
        worker->move(worker,
                     (worker->place + places_on(round, worker->nr_places)) % worker->nr_places);
    worker->paused += la_ticks() - begin;
}

static LA_INLINE uint64_t migrate_run(struct la_worker *worker, enum la_kind kind)
{
    const uint64_t operations = burst_repeat(worker, BURST_LIFO, kind);

    worker->position += (uint32_t)operations;
    if (worker->position >= OPERATIONS_BETWEEN) {
        worker->position = 0;
        change_places(worker);
    }
    return operations;
}

static LA_INLINE uint64_t migrate_sample(struct la_worker *worker, uint64_t *ticks,
                                         enum la_kind kind)
{
    return burst_time(worker, ticks, BURST_LIFO, kind);
}

LA_STAMP(migrate)

const struct la_workload la_workload_migrate = {
    .name = "migrate",
    .summary = "bursts of threads that change CPUs every 16384 operations",
    .on_request = true,
    .returns_own = true,
    .moves = true,
    .live = burst_live,
    .share = migrate_share,
    LA_STAMPED(migrate),
};
