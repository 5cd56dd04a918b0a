/* SPDX-License-Identifier: MIT */
/*
 * spinlock.h: a test-and-test-and-set lock for sections of a few stores.
 *
 * A waiter stays away for a while (backoff.h), then reads until the lock looks free, yields the CPU
 * after a bounded number of turns, and sleeps after a bounded number of those: the holder may have
 * been preempted, or be blocked in the kernel. No queue: in user space a FIFO lock stands still
 * whenever its next waiter is not running (Ouyang and Lange, 2013, "Preemptable Ticket Spinlocks";
 * measured in strategies/spinlock.c). No routine of the user's and no allocation may run inside.
 *
 * Nor does a waiter wait for ever. A thread that takes the lock again as soon as it gave it back
 * may never let another one see it free: an owner of a cache, say, that waits for the depot inside
 * it. So one of those that have waited long, the first to ask, starves: it says so in the lock, and
 * whoever gives the lock back next grants it to that one, a direct hand-off. Nobody else takes a
 * lock that is granted.
 */
#ifndef LOOKASIDE_SPINLOCK_H
#define LOOKASIDE_SPINLOCK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "backoff.h"
#include "inject.h"
#include "platform.h"

enum { LA_SPIN_FREE, LA_SPIN_TAKEN, LA_SPIN_GRANTED };

struct la_spinlock {
    _Atomic unsigned char held;
    _Atomic unsigned char starves; /* 1: a waiter is to be granted the lock */
};

/* What a try found in held, which says TAKEN since: whether the lock was free. One that is granted
 * stays so. Release: on behalf of who granted it, so that its writes are seen. */
static inline bool la_spin_got(struct la_spinlock *lock, unsigned char found)
{
    if (LA_UNLIKELY(found == LA_SPIN_GRANTED)) {
        LA_INJECT(210);
        atomic_store_explicit(&lock->held, LA_SPIN_GRANTED, memory_order_release);
    }
    return found == LA_SPIN_FREE;
}

static inline bool la_spin_try_lock(struct la_spinlock *lock)
{
    /* Acquire: pairs with the release in unlock, so the section sees the previous one's writes. */
    return !atomic_load_explicit(&lock->held, memory_order_relaxed) &&
           la_spin_got(lock,
                       atomic_exchange_explicit(&lock->held, LA_SPIN_TAKEN, memory_order_acquire));
}

/* After a try that found the lock taken or granted. Out of line: what an uncontended lock() costs
 * its caller is the exchange. */
void la_spin_wait(struct la_spinlock *lock, unsigned char found);

/* Returns whether the lock was taken, for those who count that. */
static inline bool la_spin_lock(struct la_spinlock *lock)
{
    /* Exchange first: an uncontended lock is one atomic operation. Acquire as in try_lock. */
    unsigned char found =
        atomic_exchange_explicit(&lock->held, LA_SPIN_TAKEN, memory_order_acquire);

    if (LA_UNLIKELY(found != LA_SPIN_FREE))
        la_spin_wait(lock, found);
    LA_INJECT(201);
    return found != LA_SPIN_FREE;
}

static inline void la_spin_unlock(struct la_spinlock *lock)
{
    unsigned char starves;

    LA_INJECT(202);
    /* Relaxed: who says so later finds the lock free, or the next one to give it back. */
    starves = atomic_load_explicit(&lock->starves, memory_order_relaxed);
    LA_INJECT(211);
    atomic_store_explicit(&lock->held, (unsigned char)(starves * LA_SPIN_GRANTED),
                          memory_order_release);
    LA_INJECT(205);
}

#endif
