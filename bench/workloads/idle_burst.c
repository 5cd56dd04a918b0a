/* SPDX-License-Identifier: MIT */
/*
 * idle-burst: nothing for several ticks, then 128 allocations and their frees.
 *
 * Question: what is a cache worth that was left alone, once ticks have trimmed it and the CPU has
 * done other things, and how much did it hold meanwhile?
 * Plan: lists are ticked every millisecond, whether their depth adapts or not, as the balancer does
 * every second. Threads sleep until the next multiple of 5 ms, all to the same moment, and do one
 * burst of half the default depth. Sleep is not measured; the window is long enough for 50 bursts.
 * Two threads find a limit that serves both. With adaptive depth the limit falls by ten in each
 * idle tick.
 * Latency sample: eight allocations or eight frees in a row, at every place of the burst in turn.
 */
#include "pause.h"

#include "burst.h"

enum { BURST = 128, PERIOD_NS = 5 * 1000 * 1000, TICK_NS = 1000 * 1000, BURSTS = 50 };

static size_t idle_live(const struct la_workload_params *params)
{
    (void)params;
    return BURST;
}

/* For burst.h, which takes the length from the parameters. */
static void idle_fill(struct la_worker *worker)
{
    worker->params.burst = BURST;
}

static LA_INLINE uint64_t idle_run(struct la_worker *worker, enum la_kind kind)
{
    la_pause_until(worker, PERIOD_NS);
    return burst_repeat(worker, BURST_LIFO, kind);
}

/* A burst of its own, right after the first one would find everything warm. */
static LA_INLINE uint64_t idle_sample(struct la_worker *worker, uint64_t *ticks, enum la_kind kind)
{
    la_pause_until(worker, PERIOD_NS);
    return burst_time(worker, ticks, BURST_LIFO, kind);
}

LA_STAMP(idle)

const struct la_workload la_workload_idle_burst = {
    .name = "idle-burst",
    .summary = "idle for several ticks of the balancer, then a burst",
    .on_request = true,
    .returns_own = true,
    .tick_ns = TICK_NS,
    .window_ns = (uint64_t)BURSTS * PERIOD_NS,
    .live = idle_live,
    .fill = idle_fill,
    LA_STAMPED(idle),
};
