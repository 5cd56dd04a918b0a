/* SPDX-License-Identifier: MIT */
/*
 * backoff.h: how long a thread stays away from a line that it lost to another one (Anderson, 1990,
 * "The Performance of Spin Lock Alternatives for Shared-Memory Multiprocessors").
 *
 * The first wait is longer than it takes a line to change hands, so the winner does several
 * operations while it has the line, and the loser pays one transfer for several of its own. Waits
 * double, up to a cap. Whoever waits for a thread, not for a line, yields the CPU at a bounded
 * number of turns: that thread may have been preempted. And it sleeps after a bounded number of
 * yields (la_backoff_rest): the thread may be blocked in the kernel, as a membarrier is for as long
 * as a CPU takes to go offline or to come, or may be one that a yield never favours, of a lower
 * real-time priority and of the same CPU. Sleeps double, up to a cap.
 *
 * Two threads that do nothing but pop and push, on two CPUs of a virtual machine (a turn is 11 ns,
 * a transfer about 100), ns per pair under one lock: waits of one turn 200 to 214; 4 to 64 turns
 * 95 to 108; 8 to 64 54 to 65; 16 to 64 52; 64 only 44; 8 to 256 47. With 60 ns of work of their
 * own between operations: 284, 268, 262, 261, 222 and 269. With 190 ns all are the same within
 * their spread, and 64 serves one thread a fifth less than the other. 16 to 64 is the choice that
 * is behind in none of them.
 */
#ifndef LOOKASIDE_BACKOFF_H
#define LOOKASIDE_BACKOFF_H

#include "platform.h"
#include "slow.h"

enum {
    LA_BACKOFF_FIRST = 16,
    LA_BACKOFF_CAP = 64,
    LA_YIELDS_BETWEEN_SLEEPS = 4,
    LA_FIRST_SLEEP_NS = 20000,
    LA_LONGEST_SLEEP_NS = 1000000,
};

/* Where threads are interleaved one by one (stress/sched) both are as few as can be. */
#ifndef LA_YIELDS_BEFORE_SLEEP
#define LA_TURNS_BEFORE_YIELD 128
#define LA_YIELDS_BEFORE_SLEEP 32 /* some 50 us, longer than what anybody does with a lock */
#endif

struct la_backoff {
    unsigned turns;    /* of the next wait; 0: none was made */
    unsigned spent;    /* turns since the last yield */
    unsigned yields;   /* counted towards the next sleep */
    unsigned sleep_ns; /* the last sleep; 0: none yet */
};

static inline void la_backoff_turns(struct la_backoff *backoff)
{
    unsigned turns = backoff->turns ? backoff->turns : LA_BACKOFF_FIRST;

    for (unsigned i = 0; i < turns; i++)
        la_cpu_relax();
    backoff->spent += turns;
    backoff->turns = turns < LA_BACKOFF_CAP ? turns * 2 : turns;
}

/* Waits, each time longer. For one that lost a compare-and-swap: nobody holds anything. */
static inline void la_backoff_pause(struct la_backoff *backoff)
{
    la_slow_note(LA_SLOW_LINE);
    la_backoff_turns(backoff);
}

/* Lets other threads run: yields, and sleeps once that has not helped for a while. Out of line, and
 * nothing that a handler must not do. */
void la_backoff_rest(struct la_backoff *backoff);

/* The same for one that waits for another thread: rests now and then. */
static inline void la_backoff_wait(struct la_backoff *backoff)
{
    la_slow_note(LA_SLOW_LOCK);
    la_backoff_turns(backoff);
    if (backoff->spent >= LA_TURNS_BEFORE_YIELD) {
        la_backoff_rest(backoff);
        backoff->turns = 0;
        backoff->spent = 0;
    }
}

#endif
