/* SPDX-License-Identifier: MIT */
/*
 * bulk-free: one thread takes 4096 objects and frees them in one go, again and again; the others
 * do pairs, and theirs are the latencies.
 *
 * Question: what do the other threads feel of a storm of frees, as a scheme of deferred reclamation
 * makes it, when it overflows every cache?
 * Source: D. Kim, T. Brown, A. Singh, "Are Your Epochs Too Epic? Batch Free Can Be Harmful",
 * PPoPP 2024.
 * Plan: thread 0 takes 4096 objects, sixteen times the default depth, and frees them oldest first;
 * then it sleeps until the next multiple of 2 ms, which is not measured. All other threads
 * allocate and free one object, as in pair. Only these are sampled, so p99_ns and p999_ns say what
 * the storm does to bystanders; the time per operation is that of all, the storm included.
 * Latency sample: four pairs, of every thread but 0.
 */
#include "pause.h"

#include "steps.h"

enum { OBJECTS = 4096, PERIOD_NS = 2 * 1000 * 1000 };

static size_t bulk_live(const struct la_workload_params *params)
{
    (void)params;
    return OBJECTS;
}

static LA_INLINE void bystander_step(struct la_worker *worker, const struct la_port *port,
                                     enum la_kind kind)
{
    (void)worker;
    la_give(port, la_take(port, kind), kind);
}

LA_STEPS(bystander, 2)

static LA_INLINE uint64_t storm(struct la_worker *worker, enum la_kind kind)
{
    const struct la_port port = worker->port;

    for (uint32_t i = 0; i < OBJECTS; i++)
        worker->objects[i] = la_take(&port, kind);
    for (uint32_t i = 0; i < OBJECTS; i++)
        la_give(&port, worker->objects[i], kind);
    la_pause_until(worker, PERIOD_NS);
    return 2 * OBJECTS;
}

static LA_INLINE uint64_t bulk_run(struct la_worker *worker, enum la_kind kind)
{
    return worker->thread == 0 ? storm(worker, kind) : bystander_run(worker, kind);
}

static LA_INLINE uint64_t bulk_sample(struct la_worker *worker, uint64_t *ticks, enum la_kind kind)
{
    return worker->thread == 0 ? 0 : bystander_sample(worker, ticks, kind);
}

LA_STAMP(bulk)

const struct la_workload la_workload_bulk_free = {
    .name = "bulk-free",
    .summary = "one thread frees 4096 objects at once; the others do pairs, and are sampled",
    .on_request = true,
    .threads_min = 2,
    .threads_why = "the others' latency is what it shows",
    .returns_own = true,
    .live = bulk_live,
    LA_STAMPED(bulk),
};
