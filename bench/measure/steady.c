/* SPDX-License-Identifier: MIT */
/* steady.c: see steady.h. */
#include "steady.h"

#include <math.h>
#include <stdbool.h>

#include "order.h"

/* Two-sided 5 % of the normal distribution, which Kendall's sum follows well from six values on. */
#define NORMAL_5_PERCENT 1.96

enum { MOST_SLOPES = LA_STEADY_SLICES * (LA_STEADY_SLICES - 1) / 2 };

double la_steady_change(const double *rates, size_t nr)
{
    double slopes[MOST_SLOPES], sorted[LA_STEADY_SLICES], median;
    size_t nr_slopes = 0;

    if (nr < 2 || nr > LA_STEADY_SLICES)
        return 0;
    for (size_t i = 0; i < nr; i++) {
        sorted[i] = rates[i];
        for (size_t j = 0; j < i; j++)
            slopes[nr_slopes++] = (rates[i] - rates[j]) / (double)(i - j);
    }
    median = la_order_median(sorted, nr);
    return median > 0 ? la_order_median(slopes, nr_slopes) * (double)(nr - 1) / median : 0;
}

/* Pairs that rise less pairs that fall, against what chance makes of them. */
static bool has_trend(const double *rates, size_t nr)
{
    const double n = (double)nr, deviation = sqrt(n * (n - 1) * (2 * n + 5) / 18);
    double sum = 0;

    for (size_t i = 0; i < nr; i++)
        for (size_t j = 0; j < i; j++)
            sum += (rates[i] > rates[j]) - (rates[i] < rates[j]);
    return fabs(sum) - 1 > NORMAL_5_PERCENT * deviation;
}

static bool apart(const double values[2], double bound)
{
    return !isnan(values[0]) && !isnan(values[1]) && fabs(values[1] - values[0]) > bound;
}

enum la_steadiness la_steady(const struct la_course *course)
{
    const double deepest = fmax(course->depths[0], course->depths[1]);

    if (apart(course->hits, LA_STEADY_HIT) ||
        apart(course->depths, fmax(1, LA_STEADY_DEPTH * deepest)))
        return LA_UNSTEADY;
    if (course->nr_rates < LA_STEADY_SLICES_MIN)
        return LA_STEADINESS_UNKNOWN;
    return has_trend(course->rates, course->nr_rates) &&
                   fabs(la_steady_change(course->rates, course->nr_rates)) > LA_STEADY_RATE
               ? LA_UNSTEADY
               : LA_STEADY;
}
