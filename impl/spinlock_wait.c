/* SPDX-License-Identifier: MIT */
/* spinlock_wait.c: waiting for a lock, and the thread's word of what was slow. See spinlock.h and
 * slow.h. */
#include "spinlock.h"

_Thread_local uint32_t la_slow;

void la_spin_wait(struct la_spinlock *lock)
{
    struct la_backoff backoff = {0};

    do {
        la_backoff_wait(&backoff);
    } while (!la_spin_try_lock(lock));
}
