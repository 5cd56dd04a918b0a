/* SPDX-License-Identifier: MIT */
/*
 * drive.h: one contender, one window of planned arrivals: threads of our own, bound and verified,
 * each with its own plan, started together.
 */
#ifndef LA_OPENLOOP_DRIVE_H
#define LA_OPENLOOP_DRIVE_H

#include "arrivals.h"
#include "contender.h"
#include "lane.h"
#include "placement.h"

/* What the contenders of a block have in common. */
struct la_openloop_setting {
    size_t size;
    uint32_t depth; /* entries */
    const struct la_placement *placement;
    const struct la_schedule *schedules; /* one a thread */
    size_t nr_shared_slots;              /* of all of them together */
    uint64_t warmup_ns, window_ns;       /* the schedules last for both together */
};

/* All threads together; times in ticks. */
struct la_openloop_window {
    struct la_lane_result seen;
    uint64_t operations; /* that were due in the window */
};

/* A lane gives up when it is late by so much of its window: nothing can be said of its tail then
 * but that it is beyond. */
#define LA_OPENLOOP_GRACE 0.5

/* Measures into *window. False with *why set to one line if it could not be done. la_clock_init()
 * comes first; one at a time. */
bool la_openloop_measure(const struct la_contender *contender,
                         const struct la_openloop_setting *setting,
                         struct la_openloop_window *window, const char **why);

/* Adds what from saw. */
void la_lane_result_add(struct la_lane_result *to, const struct la_lane_result *from);

/* All causes in one. */
void la_histogram_of_causes(const struct la_histogram *by_cause, struct la_histogram *all);

#endif
