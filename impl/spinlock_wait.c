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
    backoff->yields = LA_YIELDS_BEFORE_SLEEP > LA_YIELDS_BETWEEN_SLEEPS
                          ? LA_YIELDS_BEFORE_SLEEP - LA_YIELDS_BETWEEN_SLEEPS
                          : 0;
    backoff->sleep_ns = next < LA_LONGEST_SLEEP_NS ? next : LA_LONGEST_SLEEP_NS;
    la_sleep_ns(backoff->sleep_ns);
}

/* Whether the caller is the one that starves from here on. Relaxed: a word to the holder. */
static bool starve(struct la_spinlock *lock)
{
    return !atomic_load_explicit(&lock->starves, memory_order_relaxed) &&
           !atomic_exchange_explicit(&lock->starves, 1, memory_order_relaxed);
}

/* For the one that starves. Fails while somebody who found it granted has not said so again. */
static bool take_granted(struct la_spinlock *lock)
{
    unsigned char granted = LA_SPIN_GRANTED;

    /* Acquire: as in try_lock. */
    return atomic_load_explicit(&lock->held, memory_order_relaxed) == LA_SPIN_GRANTED &&
           atomic_compare_exchange_strong_explicit(&lock->held, &granted, LA_SPIN_TAKEN,
                                                   memory_order_acquire, memory_order_relaxed);
}

void la_spin_wait(struct la_spinlock *lock, unsigned char found)
{
    struct la_backoff backoff = {0};
    bool starves = false;

    (void)la_spin_got(lock, found);
    do {
        la_backoff_wait(&backoff);
        if (backoff.sleep_ns > 0)
            starves = starves || starve(lock);
        LA_INJECT(212);
        /* Its sleeps stay short: a lock that is granted is nobody else's. */
        if (starves)
            backoff.sleep_ns = 0;
    } while (!(starves && take_granted(lock)) && !la_spin_try_lock(lock));
    /* Relaxed, with the lock held: nobody grants it before the caller gives it back. */
    LA_INJECT(213);
    if (starves)
        atomic_store_explicit(&lock->starves, 0, memory_order_relaxed);
}
