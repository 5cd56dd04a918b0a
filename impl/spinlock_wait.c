/* SPDX-License-Identifier: MIT */
/* spinlock_wait.c: waiting for a lock. See spinlock.h. */
#include "spinlock.h"

void la_spin_wait(struct la_spinlock *lock)
{
    struct la_backoff backoff = {0};

    do {
        la_backoff_wait(&backoff);
    } while (!la_spin_try_lock(lock));
}
