/* SPDX-License-Identifier: MIT */
/*
 * ring_roles.h: threads that put what they allocate into rings, and threads that free what comes
 * out. Which ring that is, a function says: NULL if the window is over before one is ready.
 */
#ifndef LA_WORKLOAD_RING_ROLES_H
#define LA_WORKLOAD_RING_ROLES_H

#include "ring_wait.h"

typedef struct ring *ring_finder(struct la_worker *worker);

static inline size_t ring_roles_live(const struct la_workload_params *params)
{
    return params->ring + LA_SAMPLE_OPERATIONS;
}

/* The next one in turn that is ready; worker->position says whose turn it is. */
static LA_INLINE struct ring *ring_in_turn(struct la_worker *worker, struct ring *rings,
                                           unsigned nr_rings, bool (*ready)(struct ring *))
{
    for (unsigned spins = 1;; spins++) {
        for (unsigned i = 0; i < nr_rings; i++) {
            struct ring *ring = &rings[worker->position];

            worker->position = worker->position + 1 == nr_rings ? 0 : worker->position + 1;
            if (LA_LIKELY(ready(ring)))
                return ring;
        }
        /* Relaxed: nothing is read on its strength. */
        if (atomic_load_explicit(worker->stop, memory_order_relaxed))
            return NULL;
        la_cpu_relax();
        if (spins % RING_SPINS_BEFORE_YIELD == 0)
            sched_yield();
    }
}

/* Batches. */
static LA_INLINE uint64_t ring_produce(struct la_worker *worker, ring_finder *find,
                                       enum la_kind kind)
{
    const struct la_port port = worker->port;
    uint64_t done = 0;
    struct ring *ring;

    for (; done < LA_BATCH_OPERATIONS && (ring = find(worker)); done++)
        ring_put(ring, la_take(&port, kind));
    return done;
}

static LA_INLINE uint64_t ring_consume(struct la_worker *worker, ring_finder *find,
                                       enum la_kind kind)
{
    const struct la_port port = worker->port;
    uint64_t done = 0;
    struct ring *ring;

    for (; done < LA_BATCH_OPERATIONS && (ring = find(worker)); done++)
        la_give(&port, ring_get(ring), kind);
    return done;
}

/* Puts them in; those for which the window is over first are given back. Returns how many. */
static LA_INLINE uint64_t ring_put_all(struct la_worker *worker, ring_finder *find,
                                       void *const *objects, unsigned nr, enum la_kind kind)
{
    uint64_t given = 0;

    for (unsigned i = 0; i < nr; i++) {
        struct ring *ring = find(worker);

        if (ring) {
            ring_put(ring, objects[i]);
        } else {
            la_give(&worker->port, objects[i], kind);
            given++;
        }
    }
    return given;
}

/* How many objects came before the window was over. */
static LA_INLINE unsigned ring_get_all(struct la_worker *worker, ring_finder *find, void **objects,
                                       unsigned nr)
{
    struct ring *ring;
    unsigned got = 0;

    while (got < nr && (ring = find(worker)))
        objects[got++] = ring_get(ring);
    return got;
}

/* Samples; waiting is not in them. */
static LA_INLINE uint64_t ring_sample_produce(struct la_worker *worker, ring_finder *find,
                                              uint64_t *ticks, enum la_kind kind)
{
    const struct la_port port = worker->port;
    void *objects[LA_SAMPLE_OPERATIONS];
    const uint64_t begin = la_ticks_begin();

    for (int i = 0; i < LA_SAMPLE_OPERATIONS; i++)
        objects[i] = la_take(&port, kind);
    *ticks = la_ticks_end() - begin;
    return LA_SAMPLE_OPERATIONS + ring_put_all(worker, find, objects, LA_SAMPLE_OPERATIONS, kind);
}

static LA_INLINE uint64_t ring_sample_consume(struct la_worker *worker, ring_finder *find,
                                              uint64_t *ticks, enum la_kind kind)
{
    const struct la_port port = worker->port;
    void *objects[LA_SAMPLE_OPERATIONS];
    const unsigned nr = ring_get_all(worker, find, objects, LA_SAMPLE_OPERATIONS);
    const uint64_t begin = la_ticks_begin();

    for (unsigned i = 0; i < nr; i++)
        la_give(&port, objects[i], kind);
    if (nr == LA_SAMPLE_OPERATIONS)
        *ticks = la_ticks_end() - begin;
    return nr;
}

/* What the window left in a ring is given back by its consumer. */
static inline void ring_empty(struct la_worker *worker, struct ring *ring)
{
    while (ring_has_item(ring))
        la_give(&worker->port, ring_get(ring), worker->kind);
}

#endif
