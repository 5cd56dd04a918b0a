/* SPDX-License-Identifier: MIT */
/* park.c: see park.h. */
#include "park.h"

#include <signal.h>

void park_init(struct stress_park *park)
{
    pthread_mutex_init(&park->looking, NULL);
    pthread_mutex_init(&park->lock, NULL);
    pthread_cond_init(&park->changed, NULL);
}

void park_destroy(struct stress_park *park)
{
    pthread_cond_destroy(&park->changed);
    pthread_mutex_destroy(&park->lock);
    pthread_mutex_destroy(&park->looking);
}

void park_join(struct stress_park *park)
{
    pthread_mutex_lock(&park->lock);
    park->active++;
    pthread_mutex_unlock(&park->lock);
}

/* Signals stay off: this thread comes here no more. */
void park_leave(struct stress_park *park)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    pthread_mutex_lock(&park->lock);
    park->active--;
    pthread_cond_broadcast(&park->changed);
    pthread_mutex_unlock(&park->lock);
}

void park_here(struct stress_park *park)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pthread_mutex_lock(&park->lock);
    park->parked++;
    pthread_cond_broadcast(&park->changed);
    while (park_wanted(park))
        pthread_cond_wait(&park->changed, &park->lock);
    park->parked--;
    pthread_mutex_unlock(&park->lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void park_quiet_begin(struct stress_park *park, unsigned others)
{
    pthread_mutex_lock(&park->lock);
    atomic_store_explicit(&park->wanted, true, memory_order_relaxed);
    while (park->parked + others < park->active)
        pthread_cond_wait(&park->changed, &park->lock);
    pthread_mutex_unlock(&park->lock);
}

void park_quiet_end(struct stress_park *park)
{
    pthread_mutex_lock(&park->lock);
    atomic_store_explicit(&park->wanted, false, memory_order_relaxed);
    pthread_cond_broadcast(&park->changed);
    pthread_mutex_unlock(&park->lock);
}
