/* SPDX-License-Identifier: MIT */
/*
 * arrivals.h: when each operation of a thread is due, planned before any of them runs.
 *
 * Allocations arrive by a process that knows nothing of how long they take; each object is due to
 * be freed a hold time after its allocation was due, not after it was served. So a contender that
 * is slow cannot slow down what is asked of it (coordinated omission).
 *
 * Of several threads, a share of the objects may be due to be freed by the next one: evenly spread,
 * so that what one thread's cache loses the other's gains.
 */
#ifndef LA_OPENLOOP_ARRIVALS_H
#define LA_OPENLOOP_ARRIVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum la_arrival_process { LA_ARRIVALS_POISSON, LA_ARRIVALS_PERIODIC, LA_NR_ARRIVALS };

/* Of the time for which an object is held: all alike; exponential; Pareto's of shape 1.5, where
 * few objects are held very long. */
enum la_hold_shape { LA_HOLD_FIXED, LA_HOLD_EXPONENTIAL, LA_HOLD_PARETO, LA_NR_HOLDS };

/* Their names, by index; NULL past the last. */
const char *la_arrivals_name(size_t index);
const char *la_hold_name(size_t index);

struct la_demand {
    enum la_arrival_process process;
    double allocations_per_s; /* of one thread; above 0 */
    enum la_hold_shape shape;
    double hold_ns; /* mean */
    double duration_ns;
    double ticks_per_ns;
    uint64_t seed;
};

struct la_planned {
    uint64_t at;   /* ticks after the start */
    uint32_t slot; /* where the object is kept: free while nobody holds one there */
    uint16_t frees;
    uint16_t shared; /* the slot is one of those that all threads share */
};

struct la_schedule {
    struct la_planned *operations; /* in the order in which they are due */
    size_t nr_operations;
    size_t nr_slots; /* the most objects held at once, were every operation served at once */
    size_t room;     /* the caller's from here: memory that is used again */
};

/*
 * The same for nr threads, each with a demand of its own, where a share of every thread's objects
 * is freed by the next one. *nr_shared_slots: how many slots that takes; each is vacant for a while
 * before it is used again, as its threads need not be equally late.
 */
bool la_schedules_plan(struct la_schedule *schedules, const struct la_demand *demands, unsigned nr,
                       double remote_share, size_t *nr_shared_slots);

/* Plans duration_ns of operations; frees that are due later are left out. The same demand gives the
 * same schedule. A schedule that is zeroed or was planned before. False without memory. */
bool la_schedule_plan(struct la_schedule *schedule, const struct la_demand *demand);
void la_schedule_fini(struct la_schedule *schedule);

#endif
