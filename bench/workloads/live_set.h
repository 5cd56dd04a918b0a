/* SPDX-License-Identifier: MIT */
/* live_set.h: a thread's set of held objects, which replace and exchange have in common. */
#ifndef LA_WORKLOAD_LIVE_SET_H
#define LA_WORKLOAD_LIVE_SET_H

#include "workload.h"

static inline size_t live_set_size(const struct la_workload_params *params)
{
    return params->live;
}

static inline void live_set_fill(struct la_worker *worker)
{
    for (uint32_t i = 0; i < worker->params.live; i++)
        worker->objects[i] = la_take(&worker->port, worker->kind);
}

static inline void live_set_drain(struct la_worker *worker)
{
    for (uint32_t i = 0; i < worker->params.live; i++)
        la_give(&worker->port, worker->objects[i], worker->kind);
}

#endif
