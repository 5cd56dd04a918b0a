/* SPDX-License-Identifier: MIT */
/*
 * larson: replaces random ones of the objects that a thread holds, and now and then the thread: it
 * ends, and a new one goes on with its objects.
 *
 * Question: what becomes of a thread's cached objects when it dies, and what does it cost to free
 * objects that were allocated by threads that are no more?
 * Source: P.-A. Larson, M. Krishnan, "Memory Allocation for Long-Running Server Applications",
 * ISMM 1998, and the benchmark larson that is handed down with it.
 * Plan: every thread holds 4096 objects; after 65536 operations, about two milliseconds, a
 * successor inherits them. It begins when its predecessor is gone, on the same CPU, so that as many
 * threads run as the cell says. Starting and ending threads is part of the time, the floor's as
 * well. Objects are freed by a later generation in the first place; what the dead thread cached
 * is served to its successor, or is lost until somebody brings it home. Also: the step of replace
 * on four times as many objects. Latency sample: four replacements.
 */
#include "steps.h"

enum { SLOTS = 4096, OPERATIONS_OF_A_LIFE = 1 << 16 };

static size_t larson_live(const struct la_workload_params *params)
{
    (void)params;
    return SLOTS;
}

static LA_INLINE void life_step(struct la_worker *worker, const struct la_port *port,
                                enum la_kind kind)
{
    void **slot = &worker->objects[la_decide(worker) % SLOTS];

    la_give(port, *slot, kind);
    *slot = la_take(port, kind);
}

LA_STEPS(life, 2)

static LA_INLINE uint64_t larson_run(struct la_worker *worker, enum la_kind kind)
{
    const uint64_t operations = life_run(worker, kind);

    worker->position += (uint32_t)operations;
    if (worker->position >= OPERATIONS_OF_A_LIFE) {
        worker->position = 0;
        worker->retires = true;
    }
    return operations;
}

static LA_INLINE uint64_t larson_sample(struct la_worker *worker, uint64_t *ticks,
                                        enum la_kind kind)
{
    return life_sample(worker, ticks, kind);
}

static void larson_fill(struct la_worker *worker)
{
    for (uint32_t i = 0; i < SLOTS; i++)
        worker->objects[i] = la_take(&worker->port, worker->kind);
}

static void larson_drain(struct la_worker *worker)
{
    for (uint32_t i = 0; i < SLOTS; i++)
        la_give(&worker->port, worker->objects[i], worker->kind);
}

LA_STAMP(larson)

const struct la_workload la_workload_larson = {
    .name = "larson",
    .summary = "replace by threads that die and leave their objects to successors",
    .on_request = true,
    .live = larson_live,
    .fill = larson_fill,
    .drain = larson_drain,
    LA_STAMPED(larson),
};
