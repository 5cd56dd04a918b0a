/* SPDX-License-Identifier: MIT */
/*
 * steady.h: whether a window had a steady state or was on its way to one, decided by its data.
 *
 * Throughput: the window is cut into slices of equal time. It is unsteady when there is a trend
 * over them, by the rank test of Mann and Kendall at 5 %, and the trend matters: the line through
 * the slices by the median of all slopes (Theil and Sen), which single disturbed slices do not
 * move, rises or falls by more than a bound over the window. Hits and depth of a list: the second
 * half against the first.
 *
 * Neither looks at how fast anything was. No row is thrown away for it: a row says whether it was
 * steady, and a run how many were not.
 */
#ifndef LA_MEASURE_STEADY_H
#define LA_MEASURE_STEADY_H

#include <stddef.h>

enum {
    LA_STEADY_SLICES = 8,
    LA_STEADY_SLICES_MIN = 6, /* with fewer nothing is said of throughput */
};

#define LA_STEADY_RATE 0.05  /* of the median rate, over the window */
#define LA_STEADY_HIT 0.01   /* of allocations */
#define LA_STEADY_DEPTH 0.05 /* of the larger depth, or one entry */

/* NAN: not known, or nothing to be known. */
struct la_course {
    double rates[LA_STEADY_SLICES]; /* operations in each slice */
    size_t nr_rates;
    double hits[2];   /* ratio of allocations in the first half, and in the second */
    double depths[2]; /* in the middle, and at the end */
};

enum la_steadiness { LA_STEADINESS_UNKNOWN, LA_UNSTEADY, LA_STEADY };

enum la_steadiness la_steady(const struct la_course *course);

/* The relative change of the rates from the first slice to the last, by the line above; 0 below two
 * slices or without a rate. */
double la_steady_change(const double *rates, size_t nr);

#endif
