/* SPDX-License-Identifier: MIT */
/*
 * misses.h: the list's own counters, touched only when an allocation or a free missed, or when
 * entries were released.
 *
 * With plain malloc behind a list every call is a miss, so the counters are striped: a thread adds
 * to its own cache line, and a reader sums them. Sums are exact once the adding threads are joined.
 */
#ifndef LOOKASIDE_MISSES_H
#define LOOKASIDE_MISSES_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"

enum { LA_MAX_STRIPES = 64 };

struct la_miss_stripe {
    _Alignas(LA_CACHE_LINE) _Atomic uint64_t allocate_misses;
    _Atomic uint64_t allocate_failures;
    _Atomic uint64_t free_misses;
    _Atomic uint64_t released;
};

struct lookaside_miss_counters {
    unsigned nr_stripes; /* a power of two */
    struct la_miss_stripe stripes[];
};

struct la_miss_totals {
    uint64_t allocate_misses, allocate_failures, free_misses, released;
};

static inline struct lookaside_miss_counters *la_misses_new(void)
{
    struct lookaside_miss_counters *counters;
    unsigned nr = 1;
    size_t bytes;

    while (nr < la_possible_cpus() && nr < LA_MAX_STRIPES)
        nr *= 2;
    bytes = sizeof *counters + nr * sizeof *counters->stripes;
    counters = aligned_alloc(LA_CACHE_LINE, bytes);
    if (!counters)
        return NULL;
    memset(counters, 0, bytes);
    counters->nr_stripes = nr;
    return counters;
}

static inline struct la_miss_stripe *la_misses_mine(struct lookaside_miss_counters *counters)
{
    return &counters->stripes[la_thread_number() & (counters->nr_stripes - 1)];
}

/* Relaxed throughout: a counter orders nothing. */
static inline void la_misses_add(_Atomic uint64_t *counter, uint64_t nr)
{
    atomic_fetch_add_explicit(counter, nr, memory_order_relaxed);
}

static inline struct la_miss_totals la_misses_sum(struct lookaside_miss_counters *counters)
{
    struct la_miss_totals sum = {0};

    for (unsigned i = 0; i < counters->nr_stripes; i++) {
        struct la_miss_stripe *stripe = &counters->stripes[i];

        sum.allocate_misses += atomic_load_explicit(&stripe->allocate_misses, memory_order_relaxed);
        sum.allocate_failures +=
            atomic_load_explicit(&stripe->allocate_failures, memory_order_relaxed);
        sum.free_misses += atomic_load_explicit(&stripe->free_misses, memory_order_relaxed);
        sum.released += atomic_load_explicit(&stripe->released, memory_order_relaxed);
    }
    return sum;
}

#endif
