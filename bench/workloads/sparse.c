/* SPDX-License-Identifier: MIT */
/*
 * sparse: one allocation and one free among much other work.
 *
 * Question: is there anything to gain where a program hardly allocates?
 * Plan: pair, and between two of them a chain of multiplications that takes about a microsecond,
 * each needing the one before. Whatever serves the objects, the time is the chain's: the honest
 * answer is that nothing is worth a dependency here, and who reads results must come to it.
 * Latency sample: four pairs without the work.
 */
#include "workload.h"

enum { MULTIPLICATIONS = 1000 };

static size_t sparse_live(const struct la_workload_params *params)
{
    (void)params;
    return 1;
}

/* The object's word takes part, so that the chain can be neither moved nor dropped. */
static LA_INLINE void work_on(void *object)
{
    uint64_t value =
        (uint64_t)atomic_load_explicit((la_touched_word *)object, memory_order_relaxed);

    for (int i = 0; i < MULTIPLICATIONS; i++)
        value = value * UINT64_C(6364136223846793005) + 1;
    atomic_store_explicit((la_touched_word *)object, (uintptr_t)value, memory_order_relaxed);
}

static LA_INLINE uint64_t sparse_run(struct la_worker *worker, enum la_kind kind)
{
    struct la_port port = worker->port;

    for (int i = 0; i < LA_BATCH_OPERATIONS / 2; i++) {
        void *object = la_take(&port, kind);

        work_on(object);
        la_give(&port, object, kind);
    }
    return LA_BATCH_OPERATIONS;
}

static LA_INLINE uint64_t sparse_sample(struct la_worker *worker, uint64_t *ticks,
                                        enum la_kind kind)
{
    struct la_port port = worker->port;
    uint64_t begin = la_ticks_begin();

    for (int i = 0; i < LA_SAMPLE_OPERATIONS / 2; i++)
        la_give(&port, la_take(&port, kind), kind);
    *ticks = la_ticks_end() - begin;
    return LA_SAMPLE_OPERATIONS;
}

LA_STAMP(sparse)

const struct la_workload la_workload_sparse = {
    .name = "sparse",
    .summary = "one allocation, one free, and a microsecond of other work",
    .on_request = true,
    .returns_own = true,
    .live = sparse_live,
    LA_STAMPED(sparse),
};
