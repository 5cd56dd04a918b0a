/* SPDX-License-Identifier: MIT */
/*
 * cache_lines.h: what the two workloads on false sharing have in common: small objects that are
 * written to often while they are held, so that a line in two hands costs more than anything else.
 */
#ifndef LA_WORKLOAD_CACHE_LINES_H
#define LA_WORKLOAD_CACHE_LINES_H

#include "workload.h"

/* Four in a line, where they lie side by side. */
enum { LINES_OBJECT_BYTES = 16, LINES_WRITES = 64 };

/* Writes that can be neither merged nor dropped. */
static LA_INLINE void lines_write(void *object, unsigned writes)
{
    for (uintptr_t i = 0; i < writes; i++)
        *(volatile uintptr_t *)object = i;
}

#endif
