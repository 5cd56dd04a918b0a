/* SPDX-License-Identifier: MIT */
/*
 * soak_memory.h: whether a process keeps getting larger: readings of what it has, one after each
 * run, thinned out as they get many, and the slopes through them.
 */
#ifndef LOOKASIDE_SOAK_MEMORY_H
#define LOOKASIDE_SOAK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trend.h"

enum soak_quantity {
    SOAK_IN_USE,   /* bytes allocated and not freed */
    SOAK_RESIDENT, /* bytes */
    SOAK_DESCRIPTORS,
    SOAK_NR_QUANTITIES,
};

/* What a slope must amount to over the readings before it counts. Resident memory has caches of the
 * C library in it, of stacks and of small blocks; what is in use has what it keeps for a thread
 * more than there ever were at once. */
#define SOAK_GROWTH_IN_USE (16 * 1024.0)
#define SOAK_GROWTH_RESIDENT (512 * 1024.0)
#define SOAK_GROWTH_DESCRIPTORS 1.0

struct soak_memory {
    double seconds[LA_TREND_MAX], readings[SOAK_NR_QUANTITIES][LA_TREND_MAX];
    size_t nr;
    uint64_t nr_offered, stride; /* every stride-th reading is kept; 0 is 1 */
};

/* seconds go up from call to call. */
void soak_memory_add(struct soak_memory *memory, double seconds,
                     const double readings[SOAK_NR_QUANTITIES]);

/* The first quarter is a start, and left out. Slopes are per hour; NAN with too few readings. */
struct soak_verdict {
    struct la_trend trends[SOAK_NR_QUANTITIES];
    bool grows; /* one of them does: the whole interval above 0, and it amounts to something */
};
struct soak_verdict soak_memory_verdict(const struct soak_memory *memory);

#endif
