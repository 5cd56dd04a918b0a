/* SPDX-License-Identifier: MIT */
/* trend.c: see trend.h. */
#include "trend.h"

#include <math.h>
#include <stdlib.h>

#include "order.h"

/* Two-sided 5 % of the normal distribution, which Kendall's sum follows well from eight on. */
#define NORMAL_5_PERCENT 1.96

static size_t all_slopes(const double *x, const double *y, size_t nr, double *slopes)
{
    size_t made = 0;

    for (size_t i = 0; i < nr; i++)
        for (size_t j = 0; j < i; j++)
            slopes[made++] = (y[i] - y[j]) / (x[i] - x[j]);
    return made;
}

struct la_trend la_trend_of(const double *x, const double *y, size_t nr)
{
    const double n = (double)nr;
    /* How many slopes on either side of the median may well be on the wrong side of the truth. */
    const double reach = NORMAL_5_PERCENT * sqrt(n * (n - 1) * (2 * n + 5) / 18) / 2;
    struct la_trend trend = {.slope = NAN, .low = NAN, .high = NAN};
    double *slopes;
    size_t made, first;

    if (nr < LA_TREND_MIN || nr > LA_TREND_MAX)
        return trend;
    slopes = malloc(nr * (nr - 1) / 2 * sizeof *slopes);
    if (!slopes)
        return trend;
    made = all_slopes(x, y, nr, slopes);
    trend.slope = la_order_median(slopes, made);
    first = (size_t)fmax(0, floor((double)made / 2 - reach));
    trend.low = slopes[first];
    trend.high = slopes[made - 1 - first];
    free(slopes);
    return trend;
}
