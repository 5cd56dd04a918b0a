/* SPDX-License-Identifier: MIT */
/* spinlock_wait.c: waiting for a lock, and the count of waits. See spinlock.h and waits.h. */
#include "spinlock.h"

_Thread_local struct la_waits la_waits __attribute__((tls_model("initial-exec")));

void la_spin_wait(struct la_spinlock *lock)
{
    struct la_backoff backoff = {0};

    do {
        la_backoff_wait(&backoff);
    } while (!la_spin_try_lock(lock));
}
