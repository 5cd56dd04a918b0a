/* SPDX-License-Identifier: MIT */
/*
 * survivors: allocates a set, frees part of it newest first, part oldest first, and keeps a quarter
 * until the next set is there.
 *
 * Question: what do sets cost in which the order of the frees is mixed and some objects outlive
 * their neighbours, so that no contender gets back what it gave in one piece?
 * Source: sh6bench (MicroQuill), as mimalloc-bench describes it.
 * Plan: a set is 512 objects, twice the default depth. When it is there the 128 survivors of the
 * set before are freed, then the newest 192 newest first, then the oldest 192 oldest first; the 128
 * in the middle survive. With one thread and a depth of 256 half of the allocations hit.
 * Latency sample: eight operations of one kind, anywhere in a set.
 */
#include <string.h>

#include "steps.h"

enum { SET = 512, KEPT = SET / 4, HALF = (SET - KEPT) / 2 };

/* The set, behind it the survivors of the set before. */
static size_t survivors_live(const struct la_workload_params *params)
{
    (void)params;
    return SET + KEPT;
}

/* The place of the nth object that is freed in a cycle. */
static LA_INLINE uint32_t place_of(uint32_t nth)
{
    if (nth < KEPT)
        return SET + nth;
    return nth < KEPT + HALF ? SET - 1 - (nth - KEPT) : nth - KEPT - HALF;
}

/* position: operations of the cycle so far. */
static LA_INLINE void set_step(struct la_worker *worker, const struct la_port *port,
                               enum la_kind kind)
{
    if (worker->position < SET)
        worker->objects[worker->position] = la_take(port, kind);
    else
        la_give(port, worker->objects[place_of(worker->position - SET)], kind);
    if (++worker->position == 2 * SET) {
        memcpy(worker->objects + SET, worker->objects + HALF, KEPT * sizeof *worker->objects);
        worker->position = 0;
    }
}

LA_STEPS(set, 1)

static void set_fill(struct la_worker *worker)
{
    for (uint32_t i = SET; i < SET + KEPT; i++)
        worker->objects[i] = la_take(&worker->port, worker->kind);
}

/* Goes on to the end of the cycle, if it is in its frees, and then gives back what is left. */
static void set_drain(struct la_worker *worker)
{
    const uint32_t taken = worker->position < SET ? worker->position : 0;

    while (worker->position >= SET)
        set_step(worker, &worker->port, worker->kind);
    for (uint32_t i = 0; i < taken; i++)
        la_give(&worker->port, worker->objects[i], worker->kind);
    for (uint32_t i = SET; i < SET + KEPT; i++)
        la_give(&worker->port, worker->objects[i], worker->kind);
    worker->position = 0;
}

LA_STAMP(set)

const struct la_workload la_workload_survivors = {
    .name = "survivors",
    .summary = "sets freed partly newest first, partly oldest first, a quarter one set later",
    .on_request = true,
    .returns_own = true,
    .live = survivors_live,
    .fill = set_fill,
    .drain = set_drain,
    LA_STAMPED(set),
};
