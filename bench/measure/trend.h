/* SPDX-License-Identifier: MIT */
/*
 * trend.h: whether something rises over time, by the median of the slopes between all pairs of
 * readings (Theil; Sen), which a few odd readings do not move, with the 95 % interval that Sen
 * derives from Kendall's rank statistic.
 */
#ifndef LA_MEASURE_TREND_H
#define LA_MEASURE_TREND_H

#include <stddef.h>

enum { LA_TREND_MIN = 8, LA_TREND_MAX = 256 }; /* readings */

struct la_trend {
    double slope, low, high; /* of y, for one of x */
};

/* Readings in order of x, no two at the same. Below LA_TREND_MIN or above LA_TREND_MAX of them, or
 * without memory, all three are NAN: nothing is known. */
struct la_trend la_trend_of(const double *x, const double *y, size_t nr);

#endif
