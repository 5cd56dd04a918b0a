/* SPDX-License-Identifier: MIT */
/* points.c: see points.h. */
#include "points.h"

static const struct stress_point points[] = {
#define LA_POINT(number, file, window) {number, file, window, NULL},
#define LA_POINT_ELSEWHERE(number, file, window, who) {number, file, window, who},
#include "points.def"
#undef LA_POINT
#undef LA_POINT_ELSEWHERE
};

const struct stress_point *stress_point_at(size_t index)
{
    return index < sizeof points / sizeof *points ? &points[index] : NULL;
}

const struct stress_point *stress_point_find(unsigned number)
{
    const struct stress_point *point;

    for (size_t i = 0; (point = stress_point_at(i)); i++) {
        if (point->number == number)
            return point;
    }
    return NULL;
}
