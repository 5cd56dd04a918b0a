/* SPDX-License-Identifier: MIT */
/*
 * soak_memory.h: whether a process keeps getting larger: readings of its resident memory and of its
 * descriptors, one after each run, thinned out as they get many, and the slope through them.
 */
#ifndef LOOKASIDE_SOAK_MEMORY_H
#define LOOKASIDE_SOAK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trend.h"

/* What a slope must amount to over the readings before it counts: caches of the C library, of
 * stacks and of small blocks, grow by less than the first on their own. */
#define SOAK_GROWTH_BYTES (512 * 1024.0)
#define SOAK_GROWTH_DESCRIPTORS 1.0

struct soak_memory {
    double seconds[LA_TREND_MAX], bytes[LA_TREND_MAX], descriptors[LA_TREND_MAX];
    size_t nr;
    uint64_t nr_offered, stride; /* every stride-th reading is kept; 0 is 1 */
};

/* seconds go up from call to call. */
void soak_memory_add(struct soak_memory *memory, double seconds, double bytes, double descriptors);

/* The first quarter is a start, and left out. Slopes are per hour; NAN with too few readings. */
struct soak_verdict {
    struct la_trend bytes, descriptors;
    bool grows; /* one of them does: the whole interval above 0, and it amounts to something */
};
struct soak_verdict soak_memory_verdict(const struct soak_memory *memory);

#endif
