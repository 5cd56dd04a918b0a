/* SPDX-License-Identifier: MIT */
/* resident.h: for tests, a thread that has done some work and then rests until it is told to end.
 */
#ifndef LOOKASIDE_RESIDENT_H
#define LOOKASIDE_RESIDENT_H

#include <pthread.h>
#include <stdbool.h>

struct resident {
    pthread_t thread;
    void (*work)(void *);
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done, ends;
};

/* Returns when work(context) has; the thread goes on to rest. */
void resident_start(struct resident *resident, void (*work)(void *), void *context);
void resident_end(struct resident *resident);

#endif
