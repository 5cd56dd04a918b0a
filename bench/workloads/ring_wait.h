/* SPDX-License-Identifier: MIT */
/*
 * ring_wait.h: waiting for a ring's other side. It spins, and now and then gives the CPU away, for
 * threads may share one; and it ends with the window, when the other side may have stopped.
 */
#ifndef LA_WORKLOAD_RING_WAIT_H
#define LA_WORKLOAD_RING_WAIT_H

#include <sched.h>
#include <stdlib.h>

#include "ring.h"
#include "workload.h"

enum { RING_SPINS_BEFORE_YIELD = 4096 };

/* Waits until ready says so; false if the window is over. */
static LA_INLINE bool ring_wait(struct la_worker *worker, struct ring *ring,
                                bool (*ready)(struct ring *))
{
    unsigned spins = 0;

    while (LA_UNLIKELY(!ready(ring))) {
        /* Relaxed: nothing is read on its strength. */
        if (atomic_load_explicit(worker->stop, memory_order_relaxed))
            return false;
        la_cpu_relax();
        if (++spins % RING_SPINS_BEFORE_YIELD == 0)
            sched_yield();
    }
    return true;
}

/* Rings for nr_threads, a pair of threads each, with their slots behind them; NULL: no memory.
 * free() ends them. */
static inline struct ring *ring_pairs(uint32_t places, unsigned nr_threads)
{
    size_t nr_rings = (nr_threads + 1) / 2;
    size_t rings_bytes = nr_rings * sizeof(struct ring);
    size_t slots_bytes = places * sizeof(void *);
    size_t bytes = rings_bytes + nr_rings * slots_bytes;
    struct ring *rings =
        aligned_alloc(LA_NO_SHARING, (bytes + LA_NO_SHARING - 1) / LA_NO_SHARING * LA_NO_SHARING);

    if (!rings)
        return NULL;
    for (size_t i = 0; i < nr_rings; i++) {
        char *slots = (char *)rings + rings_bytes + i * slots_bytes;

        rings[i] = (struct ring){.places = places, .slots = (void **)(void *)slots};
    }
    return rings;
}

#endif
