/* SPDX-License-Identifier: MIT */
/*
 * spinlock.h: a test-and-test-and-set lock for sections of a few stores.
 *
 * Waiters read until the lock looks free (no write traffic on the line), a bounded number of
 * times, then yield the CPU: the holder may have been preempted. No queue: in user space a FIFO
 * lock stands still whenever its next waiter is not running (Ouyang and Lange, 2013, "Preemptable
 * Ticket Spinlocks"). No routine of the user's and no allocation may run inside.
 */
#ifndef LOOKASIDE_SPINLOCK_H
#define LOOKASIDE_SPINLOCK_H

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "inject.h"
#include "platform.h"

struct la_spinlock {
    _Atomic unsigned char held;
};

enum { LA_SPINS_BEFORE_YIELD = 128 };

static inline bool la_spin_try_lock(struct la_spinlock *lock)
{
    /* Acquire: pairs with the release in unlock, so the section sees the previous one's writes. */
    return !atomic_load_explicit(&lock->held, memory_order_relaxed) &&
           !atomic_exchange_explicit(&lock->held, 1, memory_order_acquire);
}

static inline void la_spin_lock(struct la_spinlock *lock)
{
    unsigned spins = 0;

    /* Exchange first: an uncontended lock is one atomic operation. Acquire as in try_lock. */
    while (LA_UNLIKELY(atomic_exchange_explicit(&lock->held, 1, memory_order_acquire))) {
        while (atomic_load_explicit(&lock->held, memory_order_relaxed)) {
            if (++spins < LA_SPINS_BEFORE_YIELD) {
                la_cpu_relax();
            } else {
                sched_yield();
                spins = 0;
            }
        }
    }
    LA_INJECT(201);
}

static inline void la_spin_unlock(struct la_spinlock *lock)
{
    LA_INJECT(202);
    atomic_store_explicit(&lock->held, 0, memory_order_release);
}

#endif
