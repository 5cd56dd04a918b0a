/* SPDX-License-Identifier: MIT */
/*
 * frontier.h: what cannot be had better in one respect without being worse in another. Pure
 * functions of pairs: bytes, where less is better, and speed, where more is.
 */
#ifndef LA_RETENTION_FRONTIER_H
#define LA_RETENTION_FRONTIER_H

#include <stdbool.h>
#include <stddef.h>

struct la_frontier_point {
    double bytes, speed; /* NAN: not known, and then it is neither optimal nor in anybody's way */
};

/* optimal[i]: no other point is at least as good in both and better in one (Pareto). */
void la_frontier_mark(const struct la_frontier_point *points, size_t nr, bool *optimal);

/* The fastest of those that keep at most so many bytes and that eligible says yes to (NULL: all);
 * nr if there is none. Of equals the one with fewer bytes. */
size_t la_frontier_best(const struct la_frontier_point *points, const bool *eligible, size_t nr,
                        double budget_bytes);

#endif
