/* SPDX-License-Identifier: MIT */
/*
 * churn.h: what the unit tests of strategies share: a list without the list around it, and a run
 * of many threads over one strategy with an oracle for every entry.
 *
 * The oracle: an entry carries a word that says whether the list or a thread has it, exchanged on
 * every pop and push, so that an entry given twice, or one that was never there, shows at once;
 * what threads counted must be what the statistics say once they are joined; and whatever was
 * allocated must be released at the end, each entry once.
 */
#ifndef LOOKASIDE_CHURN_H
#define LOOKASIDE_CHURN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strategy.h"

/* A list of this strategy alone: state and limit, no routines. Fails the test if init does. */
void bare_init(struct lookaside *list, const struct lookaside_strategy *strategy, uint32_t limit);
void bare_fini(struct lookaside *list);

/* Runs work in another thread and joins it. */
void elsewhere(void (*work)(void *), void *context);

struct churn {
    const struct lookaside_strategy *strategy;
    uint32_t limit;
    unsigned nr_threads;
    unsigned nr_steps;   /* per thread */
    unsigned nr_at_once; /* entries that a thread has at most, at most CHURN_AT_ONCE */
    bool unmaps;         /* entries are pages, unmapped as soon as they are released */
    bool drains;         /* one more thread drains all the time, with pauses of drain_pause_ns */
    unsigned drain_pause_ns;
    bool one_way; /* even threads only pop, odd ones only push, what the even ones popped */
};
enum { CHURN_AT_ONCE = 64 };

/* Memcheck takes so many times as long: under it there are so many times fewer steps. */
enum { CHURN_MEMCHECK = 200 };

/* Runs it and asserts all of the above. */
void churn_run(const struct churn *plan);

/* Four threads, and the one that drains. */
void churn_drained(const struct lookaside_strategy *strategy, uint32_t limit, unsigned nr_steps,
                   unsigned nr_at_once);

/* Few entries, soon released by whoever is refused or drains: who still reads one crashes. */
void churn_unmapped(const struct lookaside_strategy *strategy, unsigned nr_threads,
                    unsigned nr_steps);

#endif
