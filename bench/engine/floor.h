/* SPDX-License-Identifier: MIT */
/*
 * floor.h: the contender that does nothing: hands out static objects, so what it costs is what the
 * harness costs. Where a workload holds so many objects that their lines would not stay in the
 * innermost cache, or passes them on to other threads, it has as many per thread and goes round
 * them: the driver touches as many lines as with a real contender. Where it holds a few, one object
 * will do, and keeping count of several would be a cost that is not the harness's.
 */
#ifndef LA_FLOOR_H
#define LA_FLOOR_H

#include <stdbool.h>
#include <stddef.h>

#include "allocator.h"

/* For a workload that holds up to so many objects. */
struct la_allocator_calls la_floor_calls(size_t nr_objects);

/* On each thread, before its first call and after its last. begin: false without memory. No
 * thread may touch another's objects after that one's end. */
bool la_floor_begin(size_t nr_objects);
void la_floor_end(void);

/* What a thread that ends leaves to the one that takes its place, instead of an end and a begin. */
struct la_floor_estate {
    void *lines;
    size_t next_byte, mask;
};

struct la_floor_estate la_floor_leave(void);
void la_floor_inherit(const struct la_floor_estate *estate);

#endif
