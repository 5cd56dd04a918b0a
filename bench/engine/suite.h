/* SPDX-License-Identifier: MIT */
/*
 * suite.h: what is measured when the user does not say it: a suite is a choice of cells, of blocks
 * and of the time that all of it may take.
 */
#ifndef LA_SUITE_H
#define LA_SUITE_H

#include <stdbool.h>
#include <stddef.h>

struct la_suite {
    const char *name;
    const char *summary;
    unsigned blocks;
    double budget_s;            /* of all windows and warm-ups together */
    double window_s_max;        /* however few cells there are */
    const char *const *backers; /* allocators behind the lists; NULL: all; ends with NULL */
    const char *const *mallocs; /* allocators called directly, likewise */
    const size_t *sizes;        /* ends with 0 */
    bool powers_of_two;         /* thread counts 1, 2, 4, ..., all; else 1 and all */
    bool adaptive_too;          /* besides the fixed depth */
};

/* By index, NULL past the last; by name, NULL if unknown. The first is the default. */
const struct la_suite *la_suite_at(size_t index);
const struct la_suite *la_suite_find(const char *name);

#endif
