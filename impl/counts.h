/* SPDX-License-Identifier: MIT */
/*
 * counts.h: how often a list's pops and pushes left their fast path, and for what. Not for
 * programs: for those who measure, and for tests.
 *
 * Counted is what pops and pushes do, in bulk too, and what a thread gives up when it ends; not
 * what drains and ticks do. A strategy counts where it pays for a slow path anyway, in lines that
 * this path has to itself: those of the record under whose lock it works, or of the thread's own
 * cache. On a fast path there is nothing to count. Restarts of sections are told to the thread
 * alone (slow.h), for an abort handler does not know its list; so are lost compare-and-swaps, as
 * the loser has no line of the list's.
 */
#ifndef LOOKASIDE_COUNTS_H
#define LOOKASIDE_COUNTS_H

#include <stdint.h>

enum la_count {
    LA_COUNT_EXCHANGES,  /* a thread's loaded and previous magazine changed places */
    LA_COUNT_REFILLS,    /* batches or magazines that came from a depot */
    LA_COUNT_SPILLS,     /* batches or magazines that went to a depot */
    LA_COUNT_DEPOT,      /* visits to a depot, each one hold of its lock */
    LA_COUNT_CREDITS,    /* changes of the list's credits, each one atomic operation */
    LA_COUNT_FETCHES,    /* times that entries or credits of others were within reach */
    LA_COUNT_LOCK_WAITS, /* locks that were taken when they were wanted, by drains too */
    LA_NR_COUNTS
};

/* A bit of what a strategy tells. */
#define LA_TELLS(count) (1U << (count))
#define LA_TELLS_ALL (LA_TELLS(LA_NR_COUNTS) - 1)

static inline const char *la_count_name(enum la_count count)
{
    static const char *const names[LA_NR_COUNTS] = {
        [LA_COUNT_EXCHANGES] = "exchanges",
        [LA_COUNT_REFILLS] = "refills",
        [LA_COUNT_SPILLS] = "spills",
        [LA_COUNT_DEPOT] = "depot visits",
        [LA_COUNT_CREDITS] = "credit changes",
        [LA_COUNT_FETCHES] = "fetches",
        [LA_COUNT_LOCK_WAITS] = "waits for a lock",
    };

    return names[count];
}

#endif
