/* SPDX-License-Identifier: MIT */
/*
 * workload_crew.h: threads that run a workload by hand, without the engine: fill, a number of
 * batches and samples, drain. What they allocate and free goes through the oracle, directly or
 * behind a list.
 */
#ifndef LA_TEST_WORKLOAD_CREW_H
#define LA_TEST_WORKLOAD_CREW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "oracle.h"
#include "workload.h"

enum { CREW_MOST = 4, CREW_OBJECT_BYTES = 64 };

struct crew {
    const struct la_workload *workload;
    struct lookaside list;
    struct la_worker workers[CREW_MOST];
    unsigned nr_threads;
    enum la_kind kind;
    unsigned nr_batches, nr_samples;
    void *shared;
    uint32_t *decisions;
    _Atomic bool stop;
    _Atomic uint64_t operations, nr_retired, nr_moved, nr_timed;
    pthread_barrier_t barrier;
    struct oracle filled, ran;            /* what the oracle saw until then */
    struct lookaside_stats before, after; /* of the list, around the batches */
};

extern struct crew crew;

/* The sizes of the workloads, small where they are large. */
extern const struct la_workload_params crew_params;

/* Fewer make no sense. */
unsigned crew_least(const struct la_workload *workload);

/* A list, in front of the oracle: of the oracle's strategy if strategy is NULL. depth 0: as it is
 * without being told. */
void crew_init(const struct la_workload *workload, unsigned nr_threads, enum la_kind kind,
               const struct lookaside_strategy *strategy, uint32_t depth);

/* Fill, batches, drain, on as many threads; then the list is flushed. */
void crew_run(void);

void crew_fini(void);

#endif
