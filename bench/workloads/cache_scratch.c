/* SPDX-License-Identifier: MIT */
/*
 * cache-scratch: threads free a neighbour of each other's object in the beginning, and then
 * allocate, write and free on their own.
 *
 * Question: does a contender hand out again, for long, objects that share a line with what another
 * CPU writes to? (passive false sharing)
 * Source: cache-scratch of Hoard's benchmarks (E. Berger et al., ASPLOS 2000).
 * Plan: objects of 16 bytes. Thread 0 allocates one for each thread, one after the other, and gives
 * them away; each thread frees its gift. Then pairs of an allocation and a free with 64 writes to
 * the object in between. Caches of threads keep serving the gift; so does a shared list, in turns.
 * A contender that never lets two threads have a line comes out near the floor, which has a line of
 * its own for each thread: the padded control.
 * Latency sample: four pairs with their writes.
 */
#include "cache_lines.h"

#include <sched.h>
#include <stdlib.h>

#include "steps.h"

static size_t scratch_live(const struct la_workload_params *params)
{
    (void)params;
    return 1;
}

static void *scratch_share(const struct la_workload_params *params, unsigned nr_threads)
{
    (void)params;
    return calloc(nr_threads, sizeof(_Atomic(void *)));
}

/* Release and acquire: the gift comes with what was written to it. */
static void scratch_fill(struct la_worker *worker)
{
    _Atomic(void *) *gifts = worker->shared;
    void *gift;

    for (unsigned i = 0; worker->thread == 0 && i < worker->nr_threads; i++)
        atomic_store_explicit(&gifts[i], la_take(&worker->port, worker->kind),
                              memory_order_release);
    while (!(gift = atomic_load_explicit(&gifts[worker->thread], memory_order_acquire)))
        sched_yield();
    la_give(&worker->port, gift, worker->kind);
}

static LA_INLINE void scratch_step(struct la_worker *worker, const struct la_port *port,
                                   enum la_kind kind)
{
    void *object = la_take(port, kind);

    (void)worker;
    lines_write(object, LINES_WRITES);
    la_give(port, object, kind);
}

LA_STEPS(scratch, 2)
LA_STAMP(scratch)

const struct la_workload la_workload_cache_scratch = {
    .name = "cache-scratch",
    .summary = "passive false sharing: neighbours of 16 bytes, given away, freed, and written to",
    .on_request = true,
    .threads_min = 2,
    .threads_why = "alone there is nobody to share a line with",
    .size = LINES_OBJECT_BYTES,
    .live = scratch_live,
    .share = scratch_share,
    .fill = scratch_fill,
    LA_STAMPED(scratch),
};
