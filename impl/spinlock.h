/* SPDX-License-Identifier: MIT */
/*
 * spinlock.h: a test-and-test-and-set lock for sections of a few stores.
 *
 * A waiter stays away for a while (backoff.h), then reads until the lock looks free, yields the CPU
 * after a bounded number of turns, and sleeps after a bounded number of those: the holder may have
 * been preempted, or be blocked in the kernel. No queue: in user space a FIFO lock stands still
 * whenever its next waiter is not running (Ouyang and Lange, 2013, "Preemptable Ticket Spinlocks";
 * measured in strategies/spinlock.c). No routine of the user's and no allocation may run inside.
 */
#ifndef LOOKASIDE_SPINLOCK_H
#define LOOKASIDE_SPINLOCK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "backoff.h"
#include "inject.h"
#include "platform.h"

struct la_spinlock {
    _Atomic unsigned char held;
};

static inline bool la_spin_try_lock(struct la_spinlock *lock)
{
    /* Acquire: pairs with the release in unlock, so the section sees the previous one's writes. */
    return !atomic_load_explicit(&lock->held, memory_order_relaxed) &&
           !atomic_exchange_explicit(&lock->held, 1, memory_order_acquire);
}

/* Out of line: what an uncontended lock() costs its caller is the exchange. */
void la_spin_wait(struct la_spinlock *lock);

/* Returns whether the lock was taken, for those who count that. */
static inline bool la_spin_lock(struct la_spinlock *lock)
{
    /* Exchange first: an uncontended lock is one atomic operation. Acquire as in try_lock. */
    bool waits = LA_UNLIKELY(atomic_exchange_explicit(&lock->held, 1, memory_order_acquire));

    if (waits)
        la_spin_wait(lock);
    LA_INJECT(201);
    return waits;
}

static inline void la_spin_unlock(struct la_spinlock *lock)
{
    LA_INJECT(202);
    atomic_store_explicit(&lock->held, 0, memory_order_release);
    LA_INJECT(205);
}

#endif
