/* SPDX-License-Identifier: MIT */
/*
 * floor.h: the contender that does nothing: hands out static objects, so what it costs is what the
 * harness costs. It has as many objects per thread as the workload may hold at once and goes round
 * them, so that the driver touches as many lines as with a real contender.
 */
#ifndef LA_FLOOR_H
#define LA_FLOOR_H

#include <stdbool.h>
#include <stddef.h>

#include "allocator.h"

extern const struct la_allocator_calls la_floor_calls;

/* On each thread, before its first call and after its last. begin: false without memory. No
 * thread may touch another's objects after that one's end. */
bool la_floor_begin(size_t nr_objects);
void la_floor_end(void);

#endif
