/* SPDX-License-Identifier: MIT */
/* park.c: see park.h. */
#include "park.h"

#include <signal.h>

void park_init(struct stress_park *park)
{
    pthread_mutex_init(&park->looking, NULL);
    pthread_mutex_init(&park->lock, NULL);
    pthread_cond_init(&park->quiet, NULL);
    pthread_cond_init(&park->over, NULL);
}

void park_destroy(struct stress_park *park)
{
    pthread_cond_destroy(&park->over);
    pthread_cond_destroy(&park->quiet);
    pthread_mutex_destroy(&park->lock);
    pthread_mutex_destroy(&park->looking);
}

void park_join(struct stress_park *park)
{
    pthread_mutex_lock(&park->lock);
    park->active++;
    pthread_mutex_unlock(&park->lock);
}

/* Under the lock. */
static bool is_quiet(const struct stress_park *park)
{
    return park->parked + park->others >= park->active;
}

/* Signals stay off: this thread comes here no more. */
void park_leave(struct stress_park *park)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    pthread_mutex_lock(&park->lock);
    park->active--;
    if (is_quiet(park))
        pthread_cond_signal(&park->quiet);
    pthread_mutex_unlock(&park->lock);
}

void park_here(struct stress_park *park)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pthread_mutex_lock(&park->lock);
    park->parked++;
    if (is_quiet(park))
        pthread_cond_signal(&park->quiet);
    while (park_wanted(park))
        pthread_cond_wait(&park->over, &park->lock);
    park->parked--;
    pthread_mutex_unlock(&park->lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void park_quiet_begin(struct stress_park *park, unsigned others)
{
    pthread_mutex_lock(&park->lock);
    atomic_store_explicit(&park->wanted, true, memory_order_relaxed);
    park->others = others;
    while (!is_quiet(park))
        pthread_cond_wait(&park->quiet, &park->lock);
    pthread_mutex_unlock(&park->lock);
}

void park_quiet_end(struct stress_park *park)
{
    pthread_mutex_lock(&park->lock);
    atomic_store_explicit(&park->wanted, false, memory_order_relaxed);
    pthread_cond_broadcast(&park->over);
    pthread_mutex_unlock(&park->lock);
}
