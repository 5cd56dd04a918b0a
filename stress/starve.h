/* SPDX-License-Identifier: MIT */
/*
 * starve.h: windows in which memory fails: of the library's own, on threads that say so. The build
 * that wraps the C library's allocator asks stress_starved(); others have these windows in the
 * allocate routines only.
 */
#ifndef LOOKASIDE_STARVE_H
#define LOOKASIDE_STARVE_H

#include <stdbool.h>
#include <stdint.h>

/* From here on one in one_in of this thread's own allocations fails: 0 = none, 1 = all. */
void stress_starve(uint32_t one_in);

/* Whether this one does. */
bool stress_starved(void);

#endif
