/* SPDX-License-Identifier: MIT */
/*
 * run_compare_rate.c: the highest rate that keeps a target, of one run against another. What a
 * search leaves is no sample but two proven rates; the change is what is possible between them.
 */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "run_compare.h"

/* The logarithm of a rate; NaN for none. */
static double rate(const struct la_sample *sample, enum la_counter counter)
{
    const double value = sample->value[counter];

    return value > 0 ? log(value) : NAN;
}

static double known_or(double value, double otherwise)
{
    return isnan(value) ? otherwise : value;
}

bool la_rate_change(const struct la_sample *const *sides, struct la_estimate *change)
{
    const struct la_sample *base = sides[LA_BASE], *now = sides[LA_NEW];

    *change = LA_NO_ESTIMATE;
    if (!base || !now)
        return false;
    change->low = known_or(rate(now, LA_KEPT_RATE) - rate(base, LA_MISSED_RATE), -INFINITY);
    change->high = known_or(rate(now, LA_MISSED_RATE) - rate(base, LA_KEPT_RATE), INFINITY);
    /* Each end rests on as many windows at least. */
    change->nr_values = LA_MIN_VALUES;
    if (isinf(change->low))
        change->point = change->high;
    else
        change->point = isinf(change->high) ? change->low : (change->low + change->high) / 2;
    return isfinite(change->point);
}

/* The chance that so few of the lower rate's windows keep the target, were they as likely to as
 * those of the higher rate; more likely they should be. */
static double fisher(const struct la_sample *higher, const struct la_sample *lower)
{
    const double n1 = lower->value[LA_MISSED_RATE_WINDOWS], k1 = lower->value[LA_MISSED_RATE_KEPT];
    const double n2 = higher->value[LA_KEPT_RATE_WINDOWS], k2 = higher->value[LA_KEPT_RATE_KEPT];
    const double kept = k1 + k2, missed = n1 + n2 - kept;

    if (isnan(kept + missed) || k1 < 0 || k1 > n1 || k2 < 0 || k2 > n2 || n1 < 1)
        return 1;
    return gsl_cdf_hypergeometric_P((unsigned)k1, (unsigned)kept, (unsigned)missed, (unsigned)n1);
}

double la_rate_p(const struct la_sample *const *sides)
{
    struct la_estimate change;

    if (!la_rate_change(sides, &change))
        return NAN;
    if (change.high < 0)
        return fmin(1, 2 * fisher(sides[LA_BASE], sides[LA_NEW]));
    return change.low > 0 ? fmin(1, 2 * fisher(sides[LA_NEW], sides[LA_BASE])) : 1;
}

double la_rate_noise(const struct la_sample *const *sides)
{
    struct la_estimate change;

    if (!la_rate_change(sides, &change))
        return 0;
    if (isfinite(change.low) && isfinite(change.high))
        return la_half_width(&change);
    return fmax(0, fmax(change.low, -change.high));
}
