/* SPDX-License-Identifier: MIT */
/*
 * park.h: a place where all workers of a run stand still for a moment, so that somebody can look
 * at lists that are quiet. Whoever wants it quiet begins, all others come to park_here() by and by,
 * and go on after the end.
 *
 * Signals stay pending while a thread is parked: a handler that used a list would not be quiet.
 */
#ifndef LOOKASIDE_PARK_H
#define LOOKASIDE_PARK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct stress_park {
    pthread_mutex_t looking; /* whoever looks has it */
    pthread_mutex_t lock;    /* of the rest */
    pthread_cond_t quiet; /* whoever looks waits for it, alone: those who come wake nobody else */
    pthread_cond_t over;  /* the parked ones wait for it */
    unsigned active, parked; /* threads that may come here, and those that did */
    unsigned others;         /* active ones that need not come */
    _Atomic bool wanted;
};

void park_init(struct stress_park *park);
void park_destroy(struct stress_park *park);

/* One thread more, or one fewer, that has to come. */
void park_join(struct stress_park *park);
void park_leave(struct stress_park *park);

/* Waits while it is wanted quiet. */
void park_here(struct stress_park *park);

static inline bool park_wanted(const struct stress_park *park)
{
    /* Relaxed: the lock orders what matters. */
    return atomic_load_explicit(&park->wanted, memory_order_relaxed);
}

/* For somebody who has looking: waits until all but others (0, or 1 for a thread that is itself
 * active) are parked. */
void park_quiet_begin(struct stress_park *park, unsigned others);
void park_quiet_end(struct stress_park *park);

#endif
