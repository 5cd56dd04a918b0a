/* SPDX-License-Identifier: MIT */
/*
 * bootstrap.c: the percentile bootstrap of Efron, with the small-sample expansion that Hesterberg
 * (What Teachers Should Know about the Bootstrap, 2015) describes, over medians. The median is
 * chosen because a stall of the machine during one block moves it little; the price, a rougher
 * distribution at six or eight blocks, is checked by the coverage tests.
 */
#include "bootstrap.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "memory.h"

const struct la_resampling la_resampling_default = {.nr_resamples = 4000, .seed = 1, .level = 0.95};

/* Sorting is what resampling spends its time on, and the arrays are a dozen long. */
static void sort(double *values, size_t nr)
{
    if (nr > 32) {
        gsl_sort(values, 1, nr);
        return;
    }
    for (size_t i = 1; i < nr; i++) {
        const double value = values[i];
        size_t j = i;

        for (; j > 0 && values[j - 1] > value; j--)
            values[j] = values[j - 1];
        values[j] = value;
    }
}

double la_median(double *values, size_t nr)
{
    if (!nr)
        return NAN;
    sort(values, nr);
    return gsl_stats_median_from_sorted_data(values, 1, nr);
}

static double resampled_median(const struct la_stratum *stratum, gsl_rng *random, double *room)
{
    for (size_t i = 0; i < stratum->nr; i++)
        room[i] = stratum->values[gsl_rng_uniform_int(random, stratum->nr)];
    return la_median(room, stratum->nr);
}

static double plain_median(const struct la_stratum *stratum, double *room)
{
    for (size_t i = 0; i < stratum->nr; i++)
        room[i] = stratum->values[i];
    return la_median(room, stratum->nr);
}

/* The factor by which resampling n values understates their spread. */
static double understated(size_t nr_values)
{
    return sqrt((double)nr_values / ((double)nr_values - 1));
}

/* The share of the bootstrap distribution that each tail of the interval cuts off. The degrees of
 * freedom are those of all strata together. */
static double tail(double level, const struct la_estimate *estimate)
{
    const double t = gsl_cdf_tdist_Qinv((1 - level) / 2, estimate->degrees);

    return gsl_cdf_ugaussian_Q(t * understated(estimate->nr_values));
}

static void sizes(const struct la_stratum *strata, size_t nr_strata, size_t *least, size_t *most)
{
    *least = *most = nr_strata ? strata[0].nr : 0;
    for (size_t i = 1; i < nr_strata; i++) {
        *least = strata[i].nr < *least ? strata[i].nr : *least;
        *most = strata[i].nr > *most ? strata[i].nr : *most;
    }
}

static void interval(double *points, const struct la_resampling *resampling,
                     struct la_estimate *estimate)
{
    double cut;

    gsl_sort(points, 1, resampling->nr_resamples);
    estimate->standard_error = gsl_stats_sd(points, 1, resampling->nr_resamples);
    if (estimate->nr_values < LA_MIN_VALUES)
        return;
    cut = tail(resampling->level, estimate);
    estimate->low = gsl_stats_quantile_from_sorted_data(points, 1, resampling->nr_resamples, cut);
    estimate->high =
        gsl_stats_quantile_from_sorted_data(points, 1, resampling->nr_resamples, 1 - cut);
}

void la_bootstrap(const struct la_stratum *strata, size_t nr_strata,
                  const struct la_resampling *resampling, struct la_estimate *estimate)
{
    size_t most;
    double *room, *points;
    gsl_rng *random;

    *estimate = (struct la_estimate){NAN, NAN, NAN, NAN, 0, 0};
    sizes(strata, nr_strata, &estimate->nr_values, &most);
    if (!estimate->nr_values)
        return;
    room = la_new_array(most, sizeof *room);
    points = la_new_array(resampling->nr_resamples, sizeof *points);
    random = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(random, resampling->seed);
    estimate->point = 0;
    for (size_t i = 0; i < nr_strata; i++) {
        estimate->point += strata[i].weight * plain_median(&strata[i], room);
        estimate->degrees += (double)(strata[i].nr - 1);
        for (uint32_t j = 0; j < resampling->nr_resamples; j++)
            points[j] += strata[i].weight * resampled_median(&strata[i], random, room);
    }
    interval(points, resampling, estimate);
    gsl_rng_free(random);
    free(points);
    free(room);
}

double la_estimate_p(const struct la_estimate *estimate, double band)
{
    const double beyond = fabs(estimate->point) - band;

    if (isnan(estimate->point) || isnan(band))
        return NAN;
    if (beyond <= 0 || estimate->nr_values < 2)
        return 1;
    if (estimate->standard_error <= 0)
        return 0;
    return 2 * gsl_cdf_tdist_Q(beyond / estimate->standard_error / understated(estimate->nr_values),
                               estimate->degrees);
}

struct ranked {
    double p;
    size_t index;
};

static int by_p(const void *a, const void *b)
{
    const double left = ((const struct ranked *)a)->p, right = ((const struct ranked *)b)->p;

    return (left > right) - (left < right);
}

void la_benjamini_hochberg(const double *p, size_t nr, double *adjusted)
{
    struct ranked *ranked = la_new_array(nr, sizeof *ranked);
    size_t nr_ranked = 0;
    double least = 1;

    for (size_t i = 0; i < nr; i++) {
        adjusted[i] = NAN;
        if (!isnan(p[i]))
            ranked[nr_ranked++] = (struct ranked){p[i], i};
    }
    qsort(ranked, nr_ranked, sizeof *ranked, by_p);
    for (size_t rank = nr_ranked; rank > 0; rank--) {
        const double scaled = ranked[rank - 1].p * (double)nr_ranked / (double)rank;

        least = scaled < least ? scaled : least;
        adjusted[ranked[rank - 1].index] = least;
    }
    free(ranked);
}
