/* SPDX-License-Identifier: MIT */
/*
 * sample_size.c: see sample_size.h.
 */
#include "sample_size.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "memory.h"
#include "verdict.h"

#define LEVEL_TAIL 0.025 /* of the intervals that verdicts are read from */

/* How the errors of an estimate shrink. */
enum way { MORE_BLOCKS, MORE_PROCESSES };

static double shrunk(const struct la_estimate *estimate, enum way way, double times)
{
    const double all = estimate->standard_error * estimate->standard_error;
    const double fixed = way == MORE_BLOCKS ? estimate->between * estimate->between : 0;

    return sqrt(fixed + (all - fixed) / times);
}

static double quantile(double tail, const struct la_estimate *estimate, double times)
{
    return gsl_cdf_tdist_Qinv(tail, fmax(1, estimate->degrees * times));
}

/* With too few blocks for an interval, what one would be about. */
static double half_width_now(const struct la_estimate *twin)
{
    if (!isnan(twin->low))
        return la_half_width(twin);
    return fabs(twin->point) + quantile(LEVEL_TAIL, twin, 1) * twin->standard_error;
}

/* The A/A pair's true difference is none: what it shows shrinks as its error does. */
static double half_width_then(const struct la_estimate *twin, enum way way, double times)
{
    const double now = half_width_now(twin);

    return twin->standard_error > 0 ? now * shrunk(twin, way, times) / twin->standard_error : now;
}

/* What both errors together may miss the forecast by, but for one run in five. */
static double luck_of(double error, double twin_error)
{
    return gsl_cdf_ugaussian_Pinv(LA_POWER) * hypot(error, twin_error);
}

static bool would_decide(const struct la_estimate *log_ratio, const struct la_estimate *twin,
                         double p_needed, enum way way, double times)
{
    const double away = fabs(log_ratio->point), error = shrunk(log_ratio, way, times);
    const double half_width = half_width_then(twin, way, times);
    const double luck = luck_of(error, shrunk(twin, way, times));
    const double tail = fmin(LEVEL_TAIL, p_needed / 2);

    if ((double)log_ratio->nr_values * times < LA_MIN_BLOCKS)
        return false;
    return away - quantile(tail, log_ratio, times) * error - luck > half_width ||
           away + quantile(LEVEL_TAIL, log_ratio, times) * error + luck <
               la_equivalence_margin(half_width);
}

/* Steps of a twelfth of an octave: finer than any forecast. */
static double times_needed(const struct la_estimate *log_ratio, const struct la_estimate *twin,
                           double p_needed, enum way way)
{
    for (int step = 0; step <= 12 * 6; step++) {
        const double times = exp2(step / 12.0);

        if (would_decide(log_ratio, twin, p_needed, way, times))
            return times;
    }
    return INFINITY;
}

struct la_need la_sample_size(const struct la_estimate *log_ratio, const struct la_estimate *twin,
                              double p_needed)
{
    struct la_need need = {INFINITY, INFINITY};

    if (isnan(log_ratio->standard_error) || isnan(twin->standard_error) ||
        log_ratio->nr_values < 2 || twin->nr_values < 2)
        return need;
    need.blocks = times_needed(log_ratio, twin, p_needed, MORE_BLOCKS);
    need.processes = times_needed(log_ratio, twin, p_needed, MORE_PROCESSES);
    return need;
}

double la_detectable(const struct la_estimate *log_ratio, const struct la_estimate *twin)
{
    if (isnan(log_ratio->low) || isnan(twin->low))
        return NAN;
    return la_half_width(twin) + quantile(LEVEL_TAIL, log_ratio, 1) * log_ratio->standard_error +
           luck_of(log_ratio->standard_error, twin->standard_error);
}

double la_apart_at_most(const struct la_estimate *log_ratio)
{
    return isnan(log_ratio->low) ? NAN : la_half_width(log_ratio);
}

double la_choice_detectable(const struct la_choice *choice)
{
    double *values = la_new_array(choice->nr_standings, sizeof *values), median;
    size_t nr = 0;

    for (size_t i = 0; i < choice->nr_standings; i++) {
        const struct la_standing *standing = &choice->standings[i];
        const double value = la_detectable(&standing->ratio, &choice->twin);

        /* The baseline has no p-value: it is not compared with itself. */
        if (!isnan(value) && !isnan(standing->p[LA_TO_MALLOC].alone))
            values[nr++] = value;
    }
    median = la_median(values, nr);
    free(values);
    return median;
}
