/* SPDX-License-Identifier: MIT */
/*
 * inject_plan.h: what the delay points of an injected build do: one of them may be singled out and
 * delay hard, in a way of its own; the others delay lightly. Set before any thread runs.
 */
#ifndef LOOKASIDE_STRESS_INJECT_PLAN_H
#define LOOKASIDE_STRESS_INJECT_PLAN_H

#include <stdint.h>

enum stress_mode {
    STRESS_SPIN,    /* for a few to some tens of microseconds */
    STRESS_YIELD,   /* lets other threads of this CPU run */
    STRESS_SLEEP,   /* for some hundreds of microseconds at most */
    STRESS_MIGRATE, /* goes on on another CPU, but for one visit in some */
    STRESS_SIGNAL,  /* a handler runs, and uses the list where the strategy permits it */
    STRESS_MIXED,   /* any of these */
    STRESS_NR_MODES
};

struct stress_plan {
    uint64_t seed;         /* of every thread's choices */
    unsigned point;        /* that is singled out; 0: none */
    enum stress_mode mode; /* how it delays */
    unsigned every;        /* one visit to it in so many is delayed; at least 1 */
};

const char *stress_mode_name(enum stress_mode mode);

/* Also forgets the counts. Processes that are forked after it go by it, and count for all. */
void stress_inject_plan(const struct stress_plan *next);

/* About how often threads came by since the plan, and how often the one singled out delayed them.
 */
uint64_t stress_inject_visits(unsigned point);
uint64_t stress_inject_delays(void);

#endif
