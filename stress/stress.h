/* SPDX-License-Identifier: MIT */
/*
 * stress.h: many threads, one list, one oracle, for a while. A scenario says what the threads do;
 * the run checks, whatever they did:
 *
 *  - at every moment: no block has two owners, none is freed twice, none is written to by anybody
 *    but its owner, and the list never says it holds more than depth + threads - 1 entries;
 *  - once the threads are joined: every counter equals what the threads counted themselves, and
 *    the entries the list says it holds are the ones that nobody else has;
 *  - after a tick: no more than depth are held; after that a lone thread fills the list to exactly
 *    its depth, so no part of the limit leaked;
 *  - after a flush nothing is held, and after fini every block is back in the arena.
 */
#ifndef LOOKASIDE_STRESS_H
#define LOOKASIDE_STRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct lookaside_strategy;
struct stress_scenario;

enum { STRESS_MAX_THREADS = 64 };

struct stress_options {
    double seconds;            /* how long the threads run, */
    uint64_t operations;       /* and some seconds more if they have not done so many by then */
    uint64_t seed;             /* of every choice that the threads make */
    unsigned threads;          /* 0 = twice the CPUs this process may use, at least 4 */
    bool (*interrupted)(void); /* ends the run early, to be checked as usual; NULL = never */
    unsigned grace_s;          /* so long after its seconds a run apart has hung; 0 = minutes */
};

struct stress_report {
    uint64_t operations; /* allocations and frees */
    uint64_t hits;       /* allocations that the list served */
    uint64_t released;   /* entries that flushes, trims, ticks and smaller depths released */
    uint64_t handed;     /* entries freed by another thread than their allocator */
    uint64_t failures;   /* what the oracle and the checks found; 0 is a pass */
    unsigned threads;
    char first_failure[200];
};

/* Scenarios by index (NULL past the last) and by name (NULL if unknown). */
const struct stress_scenario *stress_scenario_at(size_t index);
const struct stress_scenario *stress_scenario_find(const char *name);
const char *stress_scenario_name(const struct stress_scenario *scenario);
const char *stress_scenario_summary(const struct stress_scenario *scenario);

/* A run ends early at the first finding, and leaves the failed list behind as it is.
 * 0 with *report filled in, whose failures say how it went; -EINVAL (too many threads), -ENOTSUP
 * (the strategy cannot run here), -ENOMEM, or pthread_create's. */
int stress_run(const struct stress_scenario *scenario, const struct lookaside_strategy *strategy,
               const struct stress_options *options, struct stress_report *report);

/* The same in a process of its own: a crash or a hang there is a failure in the report. */
int stress_run_apart(const struct stress_scenario *scenario,
                     const struct lookaside_strategy *strategy,
                     const struct stress_options *options, struct stress_report *report);

/* After such a process is gone: what scenarios left behind of it. */
void stress_clean_after(pid_t pid);

#endif
