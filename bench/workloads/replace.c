/* SPDX-License-Identifier: MIT */
/*
 * replace: frees a random one of the objects that the thread holds, and allocates another.
 *
 * Question: what does steady reuse cost when the objects that come back are old and cold?
 * Plan: every thread holds 1024 objects, which it allocated before the warm-up. Which one goes is
 * read from 65536 random numbers drawn before, more than a branch predictor learns. The object
 * that was freed is usually the one that is handed out next, so lists hardly ever miss; what is
 * paid beyond pair is the cache miss on the object, by the floor as well.
 * Latency sample: four replacements.
 */
#include "live_set.h"

static LA_INLINE void replace_repeat(struct la_worker *worker, unsigned steps, enum la_kind kind)
{
    struct la_port port = worker->port;
    uint32_t mask = worker->params.live - 1;

    for (unsigned i = 0; i < steps; i++) {
        void **slot = &worker->objects[la_decide(worker) & mask];

        la_give(&port, *slot, kind);
        *slot = la_take(&port, kind);
    }
}

static LA_INLINE uint64_t replace_run(struct la_worker *worker, enum la_kind kind)
{
    replace_repeat(worker, LA_BATCH_OPERATIONS / 2, kind);
    return LA_BATCH_OPERATIONS;
}

static LA_INLINE uint64_t replace_sample(struct la_worker *worker, uint64_t *ticks,
                                         enum la_kind kind)
{
    uint64_t begin = la_ticks_begin();

    replace_repeat(worker, LA_SAMPLE_OPERATIONS / 2, kind);
    *ticks = la_ticks_end() - begin;
    return LA_SAMPLE_OPERATIONS;
}

LA_STAMP(replace)

const struct la_workload la_workload_replace = {
    .name = "replace",
    .summary = "a random one of the held objects goes, another comes",
    .returns_own = true,
    .live = live_set_size,
    .fill = live_set_fill,
    .drain = live_set_drain,
    LA_STAMPED(replace),
};
