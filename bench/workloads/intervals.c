/* SPDX-License-Identifier: MIT */
/*
 * intervals: frees about half of a random stretch of the held objects, and fills it up again.
 *
 * Question: what do small bursts of frees cost whose objects are old and come from all over a
 * live set?
 * Source: the benchmark that goes with K.-P. Vo, "Vmalloc: A General and Efficient Memory
 * Allocator", Software: Practice and Experience 26(3), 1996, known as phong.
 * Plan: every thread holds 1024 objects. A step draws a stretch of 64 of them, frees each with
 * probability one half, and then allocates as many. About 32 objects come back at once, so caches
 * serve all of it; beyond replace it is a burst, beyond burst its objects are cold and scattered.
 * The original's reallocations have no meaning for objects of one size.
 * Latency sample: four frees of neighbours and four allocations.
 */
#include "live_set.h"

enum { STRETCH = 64, SAMPLED = LA_SAMPLE_OPERATIONS / 2 };

/* The stretch's objects for which a bit is set; NULL takes their places. */
static LA_INLINE void give_some(void **stretch, unsigned nr, uint64_t bits,
                                const struct la_port *port, enum la_kind kind)
{
    for (unsigned i = 0; i < nr; i++) {
        if (bits >> i & 1) {
            la_give(port, stretch[i], kind);
            stretch[i] = NULL;
        }
    }
}

static LA_INLINE void fill_up(void **stretch, unsigned nr, const struct la_port *port,
                              enum la_kind kind)
{
    for (unsigned i = 0; i < nr; i++) {
        if (!stretch[i])
            stretch[i] = la_take(port, kind);
    }
}

static LA_INLINE void **stretch_of(struct la_worker *worker, unsigned nr)
{
    return &worker->objects[la_decide(worker) % (worker->params.live - nr + 1)];
}

static LA_INLINE uint64_t intervals_run(struct la_worker *worker, enum la_kind kind)
{
    const struct la_port port = worker->port;
    uint64_t operations = 0;

    while (operations < LA_BATCH_OPERATIONS) {
        void **stretch = stretch_of(worker, STRETCH);
        const uint64_t bits = (uint64_t)la_decide(worker) << 32 | la_decide(worker);

        give_some(stretch, STRETCH, bits, &port, kind);
        fill_up(stretch, STRETCH, &port, kind);
        operations += 2 * (uint64_t)__builtin_popcountll(bits);
    }
    return operations;
}

static LA_INLINE uint64_t intervals_sample(struct la_worker *worker, uint64_t *ticks,
                                           enum la_kind kind)
{
    const struct la_port port = worker->port;
    void **stretch = stretch_of(worker, SAMPLED);
    const uint64_t begin = la_ticks_begin();

    give_some(stretch, SAMPLED, UINT64_MAX, &port, kind);
    fill_up(stretch, SAMPLED, &port, kind);
    *ticks = la_ticks_end() - begin;
    return LA_SAMPLE_OPERATIONS;
}

LA_STAMP(intervals)

const struct la_workload la_workload_intervals = {
    .name = "intervals",
    .summary = "half of a random stretch of the held objects goes, and as many come",
    .on_request = true,
    .returns_own = true,
    .live = live_set_size,
    .fill = live_set_fill,
    .drain = live_set_drain,
    LA_STAMPED(intervals),
};
