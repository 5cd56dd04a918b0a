/* SPDX-License-Identifier: MIT */
/*
 * burst: n allocations, then n frees, the newest object first.
 *
 * Question: what do caches cost that have to give out and take back more than one object at a
 * time?
 * Plan: n = 64, a quarter of the default depth: one thread, and two, stay within it, so a list
 * that keeps what it may misses only while it warms up; a smaller depth or more threads make it
 * miss, and alloc_hit and free_hit say how often. The order is the one that stacks like best.
 * Latency sample: eight allocations in a row or eight frees in a row, at every place of the burst
 * in turn.
 */
#include "burst.h"

static LA_INLINE uint64_t lifo_run(struct la_worker *worker, enum la_kind kind)
{
    return burst_repeat(worker, BURST_LIFO, kind);
}

static LA_INLINE uint64_t lifo_sample(struct la_worker *worker, uint64_t *ticks, enum la_kind kind)
{
    return burst_time(worker, ticks, BURST_LIFO, kind);
}

LA_STAMP(lifo)

const struct la_workload la_workload_burst = {
    .name = "burst",
    .summary = "a burst of allocations, then their frees, newest first",
    .returns_own = true,
    .live = burst_live,
    LA_STAMPED(lifo),
};
