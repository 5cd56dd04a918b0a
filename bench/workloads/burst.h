/* SPDX-License-Identifier: MIT */
/*
 * burst.h: what the two burst workloads share: the loops over a burst. They differ in the order
 * of the frees, a constant to the stamped loops.
 */
#ifndef LA_WORKLOAD_BURST_H
#define LA_WORKLOAD_BURST_H

#include "workload.h"

enum burst_order { BURST_LIFO, BURST_FIFO };

static LA_INLINE void burst_take(struct la_worker *worker, const struct la_port *port,
                                 uint32_t from, uint32_t to, enum la_kind kind)
{
    void **objects = worker->objects;

    for (uint32_t i = from; i < to; i++)
        objects[i] = la_take(port, kind);
}

static LA_INLINE void burst_give(struct la_worker *worker, const struct la_port *port,
                                 uint32_t from, uint32_t to, enum burst_order order,
                                 enum la_kind kind)
{
    void **objects = worker->objects;
    uint32_t last = worker->params.burst - 1;

    for (uint32_t i = from; i < to; i++)
        la_give(port, objects[order == BURST_FIFO ? i : last - i], kind);
}

/* Whole bursts, as many as make a batch. */
static LA_INLINE uint64_t burst_repeat(struct la_worker *worker, enum burst_order order,
                                       enum la_kind kind)
{
    struct la_port port = worker->port;
    uint32_t burst = worker->params.burst;
    uint64_t operations = 0;

    do {
        burst_take(worker, &port, 0, burst, kind);
        burst_give(worker, &port, 0, burst, order, kind);
        operations += 2 * (uint64_t)burst;
    } while (operations < LA_BATCH_OPERATIONS);
    return operations;
}

/* One burst, of which one stretch is timed: the next one with every sample, the allocations first
 * and then the frees, so that in the end all places of a burst are sampled alike. */
static LA_INLINE uint64_t burst_time(struct la_worker *worker, uint64_t *ticks,
                                     enum burst_order order, enum la_kind kind)
{
    struct la_port port = worker->port;
    uint32_t burst = worker->params.burst;
    uint32_t from = worker->sample++ * LA_SAMPLE_OPERATIONS % (2 * burst);
    uint32_t to = from % burst + LA_SAMPLE_OPERATIONS;
    uint64_t begin;

    if (from < burst) {
        burst_take(worker, &port, 0, from, kind);
        begin = la_ticks_begin();
        burst_take(worker, &port, from, to, kind);
        *ticks = la_ticks_end() - begin;
        burst_take(worker, &port, to, burst, kind);
        burst_give(worker, &port, 0, burst, order, kind);
    } else {
        from -= burst;
        burst_take(worker, &port, 0, burst, kind);
        burst_give(worker, &port, 0, from, order, kind);
        begin = la_ticks_begin();
        burst_give(worker, &port, from, to, order, kind);
        *ticks = la_ticks_end() - begin;
        burst_give(worker, &port, to, burst, order, kind);
    }
    return 2 * (uint64_t)burst;
}

static inline size_t burst_live(const struct la_workload_params *params)
{
    return params->burst;
}

#endif
