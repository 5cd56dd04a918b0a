/* SPDX-License-Identifier: MIT */
/* large_set.h: the step of replace on a set of objects that exceeds a core's own caches. */
#ifndef LA_WORKLOAD_LARGE_SET_H
#define LA_WORKLOAD_LARGE_SET_H

#include "steps.h"

static inline size_t large_set_size(const struct la_workload_params *params)
{
    return params->large;
}

static LA_INLINE void large_set_step(struct la_worker *worker, const struct la_port *port,
                                     enum la_kind kind)
{
    void **slot = &worker->objects[la_decide(worker) & (worker->params.large - 1)];

    la_give(port, *slot, kind);
    *slot = la_take(port, kind);
}

static inline void large_set_fill(struct la_worker *worker)
{
    for (uint32_t i = 0; i < worker->params.large; i++)
        worker->objects[i] = la_take(&worker->port, worker->kind);
}

static inline void large_set_drain(struct la_worker *worker)
{
    for (uint32_t i = 0; i < worker->params.large; i++)
        la_give(&worker->port, worker->objects[i], worker->kind);
}

#endif
