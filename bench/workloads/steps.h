/* SPDX-License-Identifier: MIT */
/*
 * steps.h: the two loops of a workload that is one step, again and again: <name>_step(worker, port,
 * kind) does a fixed number of operations and keeps in the worker how far it is.
 */
#ifndef LA_WORKLOAD_STEPS_H
#define LA_WORKLOAD_STEPS_H

#include "workload.h"

/* Makes <name>_run and <name>_sample of <name>_step; for LA_STAMP(). */
#define LA_STEPS(name, operations)                                                     \
    static LA_INLINE uint64_t name##_run(struct la_worker *worker, enum la_kind kind)  \
    {                                                                                  \
        const struct la_port port = worker->port;                                      \
                                                                                       \
        for (unsigned i = 0; i < LA_BATCH_OPERATIONS / (operations); i++)              \
            name##_step(worker, &port, kind);                                          \
        return LA_BATCH_OPERATIONS;                                                    \
    }                                                                                  \
    static LA_INLINE uint64_t name##_sample(struct la_worker *worker, uint64_t *ticks, \
                                            enum la_kind kind)                         \
    {                                                                                  \
        const struct la_port port = worker->port;                                      \
        const uint64_t begin = la_ticks_begin();                                       \
                                                                                       \
        for (unsigned i = 0; i < LA_SAMPLE_OPERATIONS / (operations); i++)             \
            name##_step(worker, &port, kind);                                          \
        *ticks = la_ticks_end() - begin;                                               \
        return LA_SAMPLE_OPERATIONS;                                                   \
    }

#endif
