/* SPDX-License-Identifier: MIT */
/*
 * phase: a phase in which 85 % of the operations are allocations, then one in which 85 % are frees,
 * and so on.
 *
 * Question: what does it cost when demand swings further than the depth, and is the hit ratio that
 * is printed the right one?
 * Source: BM_RealisticHitRate of TCMalloc's benchmarks.
 * Plan: phases of 1024 operations, 870 of one kind in random order with 154 of the other, so that
 * every second phase ends where it began. The swing is 716 objects and the default depth 256:
 * with one thread the miss ratio is known, (716 - 256 + 0.43) / 1024 = 0.450 of the allocations and
 * of the frees (phase.h), whatever the strategy. So this is a test of the harness as well. The
 * order is drawn without replacement from the random numbers drawn before: one multiplication an
 * operation. Objects are freed newest first.
 * Latency sample: eight operations.
 */
#include "phase.h"

#include "steps.h"

/* Held before the first phase, for its first operations may be frees. */
enum { HELD_BEFORE = 64 };

static size_t phase_live(const struct la_workload_params *params)
{
    (void)params;
    return HELD_BEFORE + LA_PHASE_STEPS;
}

/* position: steps left in this phase and the next; left: allocations left in this phase; nr: held.
 * With none held the next operation is an allocation, and one less later. */
static LA_INLINE void phase_step(struct la_worker *worker, const struct la_port *port,
                                 enum la_kind kind)
{
    uint32_t steps;

    if (worker->position % LA_PHASE_STEPS == 0) {
        worker->position = worker->position ? worker->position : 2 * LA_PHASE_STEPS;
        worker->left = worker->position > LA_PHASE_STEPS ? LA_PHASE_MANY : LA_PHASE_FEW;
    }
    steps = (worker->position - 1) % LA_PHASE_STEPS + 1;
    worker->position--;
    if ((uint64_t)la_decide(worker) * steps >> 32 < worker->left || worker->nr == 0) {
        worker->left--;
        worker->objects[worker->nr++] = la_take(port, kind);
    } else {
        la_give(port, worker->objects[--worker->nr], kind);
    }
}

LA_STEPS(phase, 1)

static void phase_fill(struct la_worker *worker)
{
    while (worker->nr < HELD_BEFORE)
        worker->objects[worker->nr++] = la_take(&worker->port, worker->kind);
}

static void phase_drain(struct la_worker *worker)
{
    while (worker->nr > 0)
        la_give(&worker->port, worker->objects[--worker->nr], worker->kind);
}

LA_STAMP(phase)

const struct la_workload la_workload_phase = {
    .name = "phase",
    .summary = "mostly allocations, then mostly frees: swings beyond the depth, with a miss ratio "
               "that is known",
    .on_request = true,
    .returns_own = true,
    .live = phase_live,
    .fill = phase_fill,
    .drain = phase_drain,
    LA_STAMPED(phase),
};
