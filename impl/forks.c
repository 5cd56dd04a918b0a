/* SPDX-License-Identifier: MIT */
/* forks.c: see forks.h. */
#include "forks.h"

#include <stdatomic.h>

static struct {
    _Atomic(pthread_mutex_t *) lock;
    void (*in_child)(void);
} ranks[LA_FORK_RANKS];

/* Of the forking thread: a bit for each lock that it took. Locks may be registered meanwhile; and
 * these functions twice, in a child whose fork came while its parent's set_up() ran. */
static _Thread_local unsigned taken;

static void before_fork(void)
{
    for (int rank = 0; rank < LA_FORK_RANKS; rank++) {
        /* Acquire: pairs with la_fork_takes(), for in_child. */
        pthread_mutex_t *lock = atomic_load_explicit(&ranks[rank].lock, memory_order_acquire);

        if (lock && !(taken & 1U << rank)) {
            pthread_mutex_lock(lock);
            taken |= 1U << rank;
        }
    }
}

static void give_back(int rank)
{
    /* Relaxed: this thread has read it before. */
    pthread_mutex_unlock(atomic_load_explicit(&ranks[rank].lock, memory_order_relaxed));
}

static void in_parent(void)
{
    for (int rank = LA_FORK_RANKS - 1; rank >= 0; rank--) {
        if (taken & 1U << rank)
            give_back(rank);
    }
    taken = 0;
}

static void in_child(void)
{
    for (int rank = LA_FORK_RANKS - 1; rank >= 0; rank--) {
        if ((taken & 1U << rank) && ranks[rank].in_child)
            ranks[rank].in_child();
    }
    in_parent();
}

static void set_up(void)
{
    /* Without memory for it all else holds. */
    (void)pthread_atfork(before_fork, in_parent, in_child);
}

void la_fork_takes(enum la_fork_rank rank, pthread_mutex_t *lock, void (*child)(void))
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, set_up);
    ranks[rank].in_child = child;
    atomic_store_explicit(&ranks[rank].lock, lock, memory_order_release);
}
