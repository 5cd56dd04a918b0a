/* SPDX-License-Identifier: MIT */
/* spinlock_wait.c: waiting for a thread or its lock, and the thread's word of what was slow. See
 * backoff.h, spinlock.h and slow.h. */
#include <sched.h>

#include "spinlock.h"

_Thread_local uint32_t la_slow;

void la_backoff_rest(struct la_backoff *backoff)
{
    unsigned next = backoff->sleep_ns ? 2 * backoff->sleep_ns : LA_FIRST_SLEEP_NS;

    if (backoff->yields++ < LA_YIELDS_BEFORE_SLEEP) {
        sched_yield();
        return;
    }
    backoff->yields = LA_YIELDS_BEFORE_SLEEP - LA_YIELDS_BETWEEN_SLEEPS;
    backoff->sleep_ns = next < LA_LONGEST_SLEEP_NS ? next : LA_LONGEST_SLEEP_NS;
    la_sleep_ns(backoff->sleep_ns);
}

void la_spin_wait(struct la_spinlock *lock)
{
    struct la_backoff backoff = {0};

    do {
        la_backoff_wait(&backoff);
    } while (!la_spin_try_lock(lock));
}
