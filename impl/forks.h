/* SPDX-License-Identifier: MIT */
/*
 * forks.h: locks that no child of fork() gets locked. A program can keep its own threads out of the
 * calls on a list while it forks to go on with the list in the child. It cannot keep quiet what
 * lists share, nor the thread that the library has of its own; so their locks are taken before a
 * fork, and given back on both sides of it.
 *
 * Whoever forks then waits for whoever is inside. So what is done under such a lock comes to an end
 * by itself, and calls no routine, which might wait for what the forking thread holds.
 */
#ifndef LOOKASIDE_FORKS_H
#define LOOKASIDE_FORKS_H

#include <pthread.h>

/* The order in which a fork takes them: no holder of one waits for an earlier one, neither itself
 * nor by way of another lock. */
enum la_fork_rank {
    LA_FORK_WDM,      /* whether lists with Windows names start the balancer */
    LA_FORK_BALANCER, /* the background thread, within a list */
    LA_FORK_SLOTS,    /* threads' slots */
    LA_FORK_LIVE,     /* the set of live lists */
    LA_FORK_RANKS
};

/* Forks take the lock from now on; child(), if there is one, is called in a child under it.
 * Once for each rank. Thread-safety: any thread. */
void la_fork_takes(enum la_fork_rank rank, pthread_mutex_t *lock, void (*child)(void));

#endif
