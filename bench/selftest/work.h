/* SPDX-License-Identifier: MIT */
/*
 * work.h: contenders that do known work: a chain of dependent multiplications at every allocation,
 * nothing at a free. The chain goes on from one call to the next, so no processor can do two calls
 * at a time, and hundreds of multiplications leave little of what the harness costs to see: their
 * costs stand to each other as the lengths of their chains do. How nearly they do on this machine
 * is measured apart from the harness, by la_work_ns().
 */
#ifndef LA_SELFTEST_WORK_H
#define LA_SELFTEST_WORK_H

#include <stdbool.h>
#include <stddef.h>

#include "allocator.h"

enum { LA_NR_WORKS = 5 };

/* By index, NULL past the last: multiplications of each. The first is there twice, as its own
 * twin; the others cost more. */
struct la_work {
    const char *name;
    unsigned multiplications;
    struct la_allocator_calls calls;
};
const struct la_work *la_work_at(size_t index);

/* Nanoseconds of one allocation and one free, without the harness: the least of many stretches, all
 * of the contenders in turn, because what disturbs them can only add. la_clock_init() comes first.
 * ns has as many elements as there are contenders. */
void la_work_ns(double *ns);

#endif
