/* SPDX-License-Identifier: MIT */
/*
 * burst-fifo: n allocations, then n frees, the oldest object first.
 *
 * Question: what does it cost when objects come back in the order in which they went out, as from
 * a queue, instead of in a stack's order?
 * Plan: as burst, n = 64, only the order of the frees differs. Caches that are stacks hand out
 * each burst in the opposite order of the one before, so addresses run forwards and backwards;
 * allocators that merge or index neighbours see a different order as well. Compare with burst of
 * the same depth and threads.
 * Latency sample: as burst.
 */
#include "burst.h"

static LA_INLINE uint64_t fifo_run(struct la_worker *worker, enum la_kind kind)
{
    return burst_repeat(worker, BURST_FIFO, kind);
}

static LA_INLINE uint64_t fifo_sample(struct la_worker *worker, uint64_t *ticks, enum la_kind kind)
{
    return burst_time(worker, ticks, BURST_FIFO, kind);
}

LA_STAMP(fifo)

const struct la_workload la_workload_burst_fifo = {
    .name = "burst-fifo",
    .summary = "a burst of allocations, then their frees, oldest first",
    .returns_own = true,
    .live = burst_live,
    LA_STAMPED(fifo),
};
