/* SPDX-License-Identifier: MIT */
/*
 * explore.h: who goes on at each scheduling point.
 *
 * Exhaustive: all interleavings with at most so many preemptions, depth first, the fewest
 * preemptions first (Musuvathi and Qadeer, 2007, "Iterative Context Bounding for Systematic
 * Testing of Multithreaded Programs"). A switch away from a thread that cannot go on, or that waits
 * in a loop, is free. Switches at which stores come late are bounded likewise, by a number of their
 * own.
 *
 * Seeded: random priorities, and at so many random steps the running thread gets the lowest
 * (Burckhardt, Kothari, Musuvathi, Nagarakatte, 2010, "A Randomized Scheduler with Probabilistic
 * Guarantees of Finding Bugs"), for depths that cannot be exhausted.
 *
 * Replay: the decisions that differ from the first choice, as text: "17B" at step 17 goes on with
 * thread B, "30~2" at the switch of step 30 the last two stores are not seen yet.
 */
#ifndef LOOKASIDE_SCHED_EXPLORE_H
#define LOOKASIDE_SCHED_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Begins an exploration. */
void explore_exhaustively(unsigned preemptions, unsigned delays);
void explore_randomly(uint64_t seed, unsigned preemptions, unsigned delays);
bool explore_replay(const char *text); /* false: not of that form */

/* Before each interleaving but the first: prepares the next; false: that was the last. steps: of
 * the one before. */
bool explore_next(unsigned steps);

/* For the engine: the index of the candidate that goes on. candidates[0] is the first choice. */
bool explore_may_preempt(unsigned step);
unsigned explore_preempt(unsigned step, const unsigned *candidates, unsigned nr);
unsigned explore_switch(unsigned step, const unsigned *candidates, unsigned nr);
/* The last candidate is the thread that waits in a loop: that it goes on counts as a preemption. */
unsigned explore_relax(unsigned step, const unsigned *candidates, unsigned nr);

/* At a switch away from a thread with nr stores that others need not have seen: how many of them,
 * the newest, come late. */
unsigned explore_delay(unsigned step, unsigned nr);
bool explore_has_delays(void);

/* The interleaving of now, for explore_replay(). */
void explore_describe(char *text, size_t bytes);

#endif
