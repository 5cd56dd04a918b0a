/* SPDX-License-Identifier: MIT */
/* points.h: the registry of delay points, made from points.def. */
#ifndef LOOKASIDE_STRESS_POINTS_H
#define LOOKASIDE_STRESS_POINTS_H

#include <stdbool.h>
#include <stddef.h>

enum { STRESS_POINT_LIMIT = 1000 }; /* above every number */

struct stress_point {
    unsigned number;
    const char *file;
    const char *window;    /* what is done and what is not when a thread comes by */
    const char *elsewhere; /* NULL, or who comes by instead of a scenario */
};

/* By index, in ascending order of numbers; NULL past the last. */
const struct stress_point *stress_point_at(size_t index);

/* NULL if there is no such point. */
const struct stress_point *stress_point_find(unsigned number);

/* Whether a list with the strategy of that name is made of the point's file. */
bool stress_point_is_of(const struct stress_point *point, const char *strategy);

#endif
