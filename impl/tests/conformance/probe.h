/* SPDX-License-Identifier: MIT */
/*
 * probe.h: a list whose routines remember what happened to them, and threads to use it from.
 *
 * The list is a member of the probe, and the routines find the probe through the list pointer, as
 * drivers do: that only works if they get exactly the pointer given to init.
 */
#ifndef LOOKASIDE_PROBE_H
#define LOOKASIDE_PROBE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lookaside.h"

enum { PROBE_LOG = 4096, PROBE_SIZE = 64 };

struct probe {
    struct lookaside list;
    _Atomic unsigned nr_allocates; /* calls of the allocate routine, failed ones included */
    _Atomic unsigned nr_frees;     /* calls of the free routine */
    _Atomic unsigned nr_wrong;     /* calls with a size or an entry that cannot be right */
    unsigned failing;              /* so many calls of the allocate routine still give NULL */
    void *freed[PROBE_LOG];        /* what the free routine got, in order (the first PROBE_LOG) */
};

/* The routines; a clause's own ones may go on to them. */
lookaside_allocate_fn probe_allocate;
lookaside_free_fn probe_free;
struct probe *probe_of(struct lookaside *list);

/* The depths at which exactness is checked: around batch and magazine sizes, and the bounds. */
extern const uint32_t probe_depths[];
extern const size_t probe_nr_depths;

/* A list of the strategy under test with a fixed depth, 0 included, and nothing counted yet. */
void probe_init(struct probe *probe, uint32_t depth);

/* The same from any configuration; routines, size and strategy are filled in where they are 0. */
void probe_init_with(struct probe *probe, struct lookaside_config config);

/* Ends the list and checks what must hold at every end: all that the allocate routine gave, less
 * what the caller still has, came to the free routine. */
void probe_fini(struct probe *probe, unsigned nr_with_caller);

struct lookaside_stats probe_stats(struct probe *probe);
uint64_t probe_held(struct probe *probe);

void probe_alloc_n(struct probe *probe, void **entries, size_t nr);
void probe_free_n(struct probe *probe, void *const *entries, size_t nr);

/* Allocates nr entries from the empty list and frees them in order: they are the held ones, as far
 * as the depth allows. */
void probe_fill(struct probe *probe, void **entries, size_t nr);

/* Hands entries that the caller had taken for good back to the C library. */
void probe_forget(void *const *entries, size_t nr);

/* Runs work in another thread and joins it: on CPU number index of the allowed ones (modulo their
 * number), or wherever the caller runs. */
void probe_on_cpu(unsigned index, void (*work)(void *), void *context);
void probe_elsewhere(void (*work)(void *), void *context);
unsigned probe_nr_cpus(void);

/* Starts nr threads of work(context, index), lets them go at once, joins them. */
void probe_together(unsigned nr, void (*work)(void *context, unsigned index), void *context);

/* Whether two or more parties all came to the same place; false if the others do not come within
 * the patience of a test (many seconds). */
struct probe_meeting {
    pthread_mutex_t lock;
    pthread_cond_t all_here;
    unsigned expected, here;
};
#define PROBE_MEETING(nr)                                          \
    {                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, nr, 0 \
    }
bool probe_meet(struct probe_meeting *meeting);

/* A small generator for choices in tests: the same seed, the same choices. */
uint32_t probe_random(uint64_t *state);

#endif
