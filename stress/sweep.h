/* SPDX-License-Identifier: MIT */
/*
 * sweep.h: a run of a scenario for each delay point that it reaches, in which that point delays
 * hard: so that each window between two steps is held open for others to look through.
 */
#ifndef LOOKASIDE_STRESS_SWEEP_H
#define LOOKASIDE_STRESS_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inject_plan.h"
#include "points.h"
#include "stress.h"

enum {
    SWEEP_MAX_SCENARIOS = 64,
    SWEEP_DELAYS = 400, /* hard ones that a run should have */
    SWEEP_EVERY_BITS = 6,
    SWEEP_LONGEST_EVERY = 1 << SWEEP_EVERY_BITS,
};

struct sweep {
    const struct lookaside_strategy *strategy;
    const struct stress_scenario *scenarios[SWEEP_MAX_SCENARIOS];
    size_t nr_scenarios;
    enum stress_mode modes[STRESS_NR_MODES];
    size_t nr_modes;
    struct stress_options options; /* of each run; its seed is the first */
    unsigned nr_seeds;
    unsigned every;    /* 0: by how often a point is visited, and the seed */
    bool once;         /* one scenario for each point, mode and seed, in turn; else all */
    const char *again; /* what a command that repeats a run begins with */
};

struct sweep_tally {
    uint64_t visits[STRESS_POINT_LIMIT]; /* of all runs */
    uint64_t delays;                     /* hard ones */
    unsigned runs, failed;
};

/* What one run is: the sweep's strategy with one scenario and one plan. */
struct sweep_run {
    const struct stress_scenario *scenario;
    struct stress_plan plan;
};

/* One run; prints a failure and the one command that repeats it. 0 or -errno: could not be run. */
int sweep_one(const struct sweep *sweep, const struct sweep_run *run, struct sweep_tally *tally);

/* The whole of it: each scenario without a point singled out, which shows what it reaches, then
 * point by point. Ends early when interrupted. */
int sweep_all(const struct sweep *sweep, struct sweep_tally *tally);

#endif
