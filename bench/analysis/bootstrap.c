/* SPDX-License-Identifier: MIT */
/*
 * bootstrap.c: the percentile bootstrap of Efron, with the small-sample expansion that Hesterberg
 * (What Teachers Should Know about the Bootstrap, 2015) describes, over medians. The median is
 * chosen because a stall of the machine during one block moves it little; the price, a rougher
 * distribution at six or eight blocks, is checked by the coverage tests. Processes are resampled
 * first, as Davison and Hinkley (Bootstrap Methods and their Application, 1997, section 3.8) treat
 * hierarchical data; their remark that this overstates the variance within is met by taking the
 * parts of the variance apart.
 */
#include "bootstrap.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

const struct la_resampling la_resampling_default = {.nr_resamples = 4000, .seed = 1, .level = 0.95};

enum { NR_SIDES = 2, ENOUGH_PROCESSES = 4 };

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

static void sizes(const struct la_stratum *strata, size_t nr_strata, size_t *least, size_t *most)
{
    *least = *most = nr_strata ? strata[0].nr : 0;
    for (size_t i = 1; i < nr_strata; i++) {
        *least = strata[i].nr < *least ? strata[i].nr : *least;
        *most = strata[i].nr > *most ? strata[i].nr : *most;
    }
}

/* Distinct processes of a side, so many of them; and what resampling its strata gave. */
struct side {
    uint32_t *processes;
    size_t nr_processes;
    uint32_t *draws; /* for each resample, so many indices of processes; NULL: one process */
    double *points;  /* the resampled sum of its strata */
    double *fixed;   /* the same with every process as it is; NULL: one process */
    double variance, between, degrees;
    size_t nr_values, nr_least; /* of all its strata, of the smallest */
};

/* A stratum's values in the order of its side's processes. */
struct sorted {
    double *values;
    size_t *first; /* of process i, and one past the last */
    double *room;  /* for the largest resample */
};

static uint32_t process_of(const struct la_stratum *stratum, size_t i)
{
    return stratum->processes ? stratum->processes[i] : 0;
}

static size_t process_index(const struct side *side, uint32_t process)
{
    size_t i = 0;

    while (i < side->nr_processes && side->processes[i] != process)
        i++;
    return i;
}

static void add_processes(struct side *side, const struct la_stratum *stratum)
{
    for (size_t i = 0; i < stratum->nr; i++) {
        if (process_index(side, process_of(stratum, i)) < side->nr_processes)
            continue;
        side->processes =
            la_grow_array(side->processes, side->nr_processes, sizeof *side->processes);
        side->processes[side->nr_processes++] = process_of(stratum, i);
    }
    side->nr_values += stratum->nr;
    if (!side->nr_least || stratum->nr < side->nr_least)
        side->nr_least = stratum->nr;
}

static void sort_by_process(const struct side *side, const struct la_stratum *stratum,
                            struct sorted *sorted)
{
    size_t nr = 0, most = 0;

    sorted->values = la_new_array(stratum->nr, sizeof *sorted->values);
    sorted->first = la_new_array(side->nr_processes + 1, sizeof *sorted->first);
    for (size_t i = 0; i < side->nr_processes; i++) {
        for (size_t j = 0; j < stratum->nr; j++) {
            if (process_of(stratum, j) == side->processes[i])
                sorted->values[nr++] = stratum->values[j];
        }
        sorted->first[i + 1] = nr;
        most = nr - sorted->first[i] > most ? nr - sorted->first[i] : most;
    }
    sorted->room = la_new_array(most * side->nr_processes, sizeof *sorted->room);
}

static void free_sorted(struct sorted *sorted)
{
    free(sorted->values);
    free(sorted->first);
    free(sorted->room);
}

/* Draws as many values of a process as it has; returns how many are in the room then. */
static size_t draw_values(const struct sorted *sorted, size_t process, size_t nr, gsl_rng *random)
{
    const double *values = sorted->values + sorted->first[process];
    const size_t nr_values = sorted->first[process + 1] - sorted->first[process];

    for (size_t i = 0; i < nr_values; i++)
        sorted->room[nr++] = values[gsl_rng_uniform_int(random, nr_values)];
    return nr;
}

/* The median of a resample; draws NULL: of every process its own values. A stratum that none of the
 * drawn processes measured takes its own. */
static double resampled_median(const struct side *side, const struct sorted *sorted,
                               const uint32_t *draws, gsl_rng *random)
{
    size_t nr = 0;

    for (size_t i = 0; draws && i < side->nr_processes; i++)
        nr = draw_values(sorted, draws[i], nr, random);
    if (nr)
        return la_median(sorted->room, nr);
    for (size_t i = 0; i < side->nr_processes; i++)
        nr = draw_values(sorted, i, nr, random);
    return la_median(sorted->room, nr);
}

static void resample_stratum(const struct side *side, const struct la_stratum *stratum,
                             uint32_t nr_resamples, gsl_rng *random)
{
    struct sorted sorted = {0};

    sort_by_process(side, stratum, &sorted);
    for (uint32_t i = 0; i < nr_resamples; i++) {
        const uint32_t *draws = side->draws ? side->draws + i * side->nr_processes : NULL;

        side->points[i] += stratum->weight * resampled_median(side, &sorted, draws, random);
        if (side->fixed)
            side->fixed[i] += stratum->weight * resampled_median(side, &sorted, NULL, random);
    }
    free_sorted(&sorted);
}

/* The same processes for all strata: what a process drew once, all its values share. */
static void draw_processes(struct side *side, uint32_t nr_resamples, gsl_rng *random)
{
    const size_t nr = nr_resamples * side->nr_processes;

    if (side->nr_processes < 2)
        return;
    side->draws = la_new_array(nr, sizeof *side->draws);
    side->fixed = la_new_array(nr_resamples, sizeof *side->fixed);
    for (size_t i = 0; i < nr; i++)
        side->draws[i] = (uint32_t)gsl_rng_uniform_int(random, side->nr_processes);
}

static double share(size_t nr, size_t less)
{
    return (double)nr / (double)(nr > less ? nr - less : 1);
}

/*
 * The variance of the side's sum, in parts. Resampling p processes of m values each finds
 *   (p - 1) / p x (between + within), and once more within x (m - 1) / m,
 * of the true variance between + within; with the processes as they are, the latter alone.
 */
static void find_variance(struct side *side, size_t nr_strata, uint32_t nr_resamples)
{
    const double all = gsl_stats_variance(side->points, 1, nr_resamples);
    const size_t nr_within = nr_strata * side->nr_processes;
    double within, total;

    if (!side->fixed) {
        side->variance = all * share(side->nr_least, 1);
        side->degrees = (double)(side->nr_values - nr_strata);
        return;
    }
    if (side->nr_values < 2 * nr_within) {
        /* Few processes have two values: what differs within them is not told apart, and need not
         * be, since a process as a whole is the independent sample. */
        side->variance = side->between = all * share(side->nr_processes, 1);
        side->degrees = (double)(side->nr_processes - 1);
        return;
    }
    within = gsl_stats_variance(side->fixed, 1, nr_resamples);
    total = (all - within) * share(side->nr_processes, 1);
    within *= share(side->nr_values, nr_within);
    side->variance = fmax(total, within);
    side->between = side->variance - fmin(within, side->variance);
    within = side->variance - side->between;
    side->degrees =
        side->variance * side->variance /
        (side->between * side->between / (double)(side->nr_processes - 1) +
         within * within / (double)(side->nr_values > nr_within ? side->nr_values - nr_within : 1));
    /* Two or three processes that happen to agree seem to say that processes do not differ: the
     * parts are not believed then, and each process counts as the one sample that it is. */
    if (!(side->variance > 0) || side->nr_processes < ENOUGH_PROCESSES)
        side->degrees = (double)(side->nr_processes - 1);
}

static void resample_side(struct side *side, const struct la_stratum *strata, size_t nr_strata,
                          unsigned number, const struct la_resampling *resampling, gsl_rng *random)
{
    size_t nr = 0;

    for (size_t i = 0; i < nr_strata; i++) {
        if (strata[i].side == number)
            add_processes(side, &strata[i]);
    }
    side->points = la_new_array(resampling->nr_resamples, sizeof *side->points);
    draw_processes(side, resampling->nr_resamples, random);
    for (size_t i = 0; i < nr_strata; i++) {
        if (strata[i].side != number)
            continue;
        resample_stratum(side, &strata[i], resampling->nr_resamples, random);
        nr++;
    }
    if (nr)
        find_variance(side, nr, resampling->nr_resamples);
}

static void free_side(struct side *side)
{
    free(side->processes);
    free(side->draws);
    free(side->points);
    free(side->fixed);
}

static double square(double value)
{
    return value * value;
}

/* Both sides together, by Welch and Satterthwaite. */
static void combine(const struct side *sides, struct la_estimate *estimate)
{
    const double variance = sides[0].variance + sides[1].variance;
    double sum = 0;

    for (unsigned i = 0; i < NR_SIDES; i++) {
        if (!sides[i].nr_values)
            continue;
        sum += square(sides[i].variance) / sides[i].degrees;
        if (!estimate->nr_processes || sides[i].nr_processes < estimate->nr_processes)
            estimate->nr_processes = sides[i].nr_processes;
        estimate->degrees += sides[i].degrees;
    }
    estimate->standard_error = sqrt(variance);
    estimate->between = sqrt(sides[0].between + sides[1].between);
    if (variance > 0)
        estimate->degrees = square(variance) / sum;
}

/*
 * How far the quantiles of the resampled points lie from the point, is stretched by what their
 * spread understates the standard error by, and by Student's t. With one process the stretch is
 * small and done along the distribution, which keeps the median's rough shape; with several, t may
 * have two degrees of freedom, and no quantile lies out there. Nor has the median of two or three
 * processes drawn from as many a tail that could be stretched: the interval is Student's at least.
 */
static void interval(double *points, bool one_process, const struct la_resampling *resampling,
                     struct la_estimate *estimate)
{
    const size_t nr = resampling->nr_resamples;
    const double half = (1 - resampling->level) / 2, spread = gsl_stats_sd(points, 1, nr);
    double t, student, cut, stretch = 1;

    if (estimate->nr_values < LA_MIN_VALUES)
        return;
    gsl_sort(points, 1, nr);
    t = student = gsl_cdf_tdist_Qinv(half, estimate->degrees);
    if (spread > 0)
        t *= estimate->standard_error / spread;
    cut = one_process ? gsl_cdf_ugaussian_Q(t) : half;
    if (!one_process)
        stretch = t / gsl_cdf_ugaussian_Qinv(half);
    estimate->low =
        estimate->point +
        stretch * (gsl_stats_quantile_from_sorted_data(points, 1, nr, cut) - estimate->point);
    estimate->high =
        estimate->point +
        stretch * (gsl_stats_quantile_from_sorted_data(points, 1, nr, 1 - cut) - estimate->point);
    if (one_process)
        return;
    estimate->low = fmin(estimate->low, estimate->point - student * estimate->standard_error);
    estimate->high = fmax(estimate->high, estimate->point + student * estimate->standard_error);
}

static double plain_point(const struct la_stratum *strata, size_t nr_strata, size_t most)
{
    double *room = la_new_array(most, sizeof *room);
    double point = 0;

    for (size_t i = 0; i < nr_strata; i++) {
        memcpy(room, strata[i].values, strata[i].nr * sizeof *room);
        point += strata[i].weight * la_median(room, strata[i].nr);
    }
    free(room);
    return point;
}

void la_bootstrap(const struct la_stratum *strata, size_t nr_strata,
                  const struct la_resampling *resampling, struct la_estimate *estimate)
{
    struct side sides[NR_SIDES] = {{0}};
    gsl_rng *random;
    size_t most;

    *estimate = LA_NO_ESTIMATE;
    sizes(strata, nr_strata, &estimate->nr_values, &most);
    if (!estimate->nr_values)
        return;
    random = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(random, resampling->seed);
    for (unsigned i = 0; i < NR_SIDES; i++)
        resample_side(&sides[i], strata, nr_strata, i, resampling, random);
    estimate->point = plain_point(strata, nr_strata, most);
    estimate->degrees = 0;
    combine(sides, estimate);
    for (uint32_t i = 0; i < resampling->nr_resamples; i++)
        sides[0].points[i] += sides[1].points[i];
    interval(sides[0].points, sides[0].nr_processes < 2 && sides[1].nr_processes < 2, resampling,
             estimate);
    for (unsigned i = 0; i < NR_SIDES; i++)
        free_side(&sides[i]);
    gsl_rng_free(random);
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
    return 2 * gsl_cdf_tdist_Q(beyond / estimate->standard_error, estimate->degrees);
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
