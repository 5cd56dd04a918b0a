/* SPDX-License-Identifier: MIT */
/*
 * batches: 25 allocations, then their frees; the same with 100, with 400, with 1600, and again.
 *
 * Question: what does a cache cost on either side of its size, when it cannot get used to one?
 * Source: bench-malloc-simple of the GNU C Library.
 * Plan: half of a batch is freed oldest first, the other half newest first, as in the original.
 * With one thread a list that may hold d entries has min(b, d) hits in a batch of b: with the
 * default depth 637 of 2125, 0.300. Latency sample: eight operations of one kind, anywhere in the
 * cycle.
 */
#include "steps.h"

enum { BATCHES = 4, LARGEST = 1600 };

static const uint32_t sizes[BATCHES] = {25, 100, 400, LARGEST};

static size_t batches_live(const struct la_workload_params *params)
{
    (void)params;
    return LARGEST;
}

/* left: objects of this batch; position: operations of it so far; nr: batches so far. */
static LA_INLINE void batch_step(struct la_worker *worker, const struct la_port *port,
                                 enum la_kind kind)
{
    const uint32_t all = worker->left, position = worker->position++, nth = position - all;

    if (position < all)
        worker->objects[position] = la_take(port, kind);
    else
        la_give(port, worker->objects[nth < all / 2 ? nth : all - 1 - (nth - all / 2)], kind);
    if (worker->position == 2 * all) {
        worker->position = 0;
        worker->left = sizes[++worker->nr % BATCHES];
    }
}

LA_STEPS(batch, 1)

static void batch_fill(struct la_worker *worker)
{
    worker->left = sizes[0];
}

/* Goes on to the end of the batch, if it is in its frees. */
static void batch_drain(struct la_worker *worker)
{
    while (worker->position >= worker->left)
        batch_step(worker, &worker->port, worker->kind);
    while (worker->position > 0)
        la_give(&worker->port, worker->objects[--worker->position], worker->kind);
}

LA_STAMP(batch)

const struct la_workload la_workload_batches = {
    .name = "batches",
    .summary = "batches of 25, 100, 400 and 1600, freed half oldest first, half newest first",
    .on_request = true,
    .returns_own = true,
    .live = batches_live,
    .fill = batch_fill,
    .drain = batch_drain,
    LA_STAMPED(batch),
};
