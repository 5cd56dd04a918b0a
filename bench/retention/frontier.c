/* SPDX-License-Identifier: MIT */
/* frontier.c: see frontier.h. */
#include "frontier.h"

#include <math.h>

static bool known(const struct la_frontier_point *point)
{
    return !isnan(point->bytes) && !isnan(point->speed);
}

static bool dominates(const struct la_frontier_point *one, const struct la_frontier_point *other)
{
    return known(one) && one->bytes <= other->bytes && one->speed >= other->speed &&
           (one->bytes < other->bytes || one->speed > other->speed);
}

void la_frontier_mark(const struct la_frontier_point *points, size_t nr, bool *optimal)
{
    for (size_t i = 0; i < nr; i++) {
        optimal[i] = known(&points[i]);
        for (size_t j = 0; j < nr && optimal[i]; j++)
            optimal[i] = !dominates(&points[j], &points[i]);
    }
}

static bool better(const struct la_frontier_point *one, const struct la_frontier_point *other)
{
    return one->speed > other->speed || (one->speed == other->speed && one->bytes < other->bytes);
}

size_t la_frontier_best(const struct la_frontier_point *points, const bool *eligible, size_t nr,
                        double budget_bytes)
{
    size_t best = nr;

    for (size_t i = 0; i < nr; i++) {
        if ((eligible && !eligible[i]) || !known(&points[i]) || points[i].bytes > budget_bytes)
            continue;
        if (best == nr || better(&points[i], &points[best]))
            best = i;
    }
    return best;
}
