/* SPDX-License-Identifier: MIT */
/* resident.c: see resident.h. */
#include "resident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void *reside(void *argument)
{
    struct resident *resident = argument;

    resident->work(resident->context);
    pthread_mutex_lock(&resident->lock);
    resident->done = true;
    pthread_cond_broadcast(&resident->changed);
    while (!resident->ends)
        pthread_cond_wait(&resident->changed, &resident->lock);
    pthread_mutex_unlock(&resident->lock);
    return NULL;
}

void resident_start(struct resident *resident, void (*work)(void *), void *context)
{
    *resident = (struct resident){.work = work, .context = context};
    pthread_mutex_init(&resident->lock, NULL);
    pthread_cond_init(&resident->changed, NULL);
    assert_int_equal(pthread_create(&resident->thread, NULL, reside, resident), 0);
    pthread_mutex_lock(&resident->lock);
    while (!resident->done)
        pthread_cond_wait(&resident->changed, &resident->lock);
    pthread_mutex_unlock(&resident->lock);
}

void resident_end(struct resident *resident)
{
    pthread_mutex_lock(&resident->lock);
    resident->ends = true;
    pthread_cond_broadcast(&resident->changed);
    pthread_mutex_unlock(&resident->lock);
    assert_int_equal(pthread_join(resident->thread, NULL), 0);
    pthread_cond_destroy(&resident->changed);
    pthread_mutex_destroy(&resident->lock);
}
