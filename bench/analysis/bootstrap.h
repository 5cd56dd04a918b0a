/* SPDX-License-Identifier: MIT */
/*
 * bootstrap.h: medians, their intervals by resampling, and what many comparisons at once do to
 * them. Knows numbers only; what they mean is the callers'.
 */
#ifndef LOOKASIDE_ANALYSIS_BOOTSTRAP_H
#define LOOKASIDE_ANALYSIS_BOOTSTRAP_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The values of one group, and the group's share in the sum of medians. Values of one process share
 * what the process drew once (the layout of its memory, above all), so they are independent of each
 * other only within it. Strata of one side were measured by the same processes; the two sides of a
 * comparison between runs have nothing in common.
 */
struct la_stratum {
    const double *values;
    size_t nr;
    double weight;
    const uint32_t *processes; /* which one each value comes from; NULL: all from one */
    unsigned side;             /* 0 or 1 */
};

struct la_resampling {
    uint32_t nr_resamples;
    uint64_t seed;
    double level; /* of the two-sided interval, such as 0.95 */
};

extern const struct la_resampling la_resampling_default; /* 4000 resamples, 95 % */

/* Fewer values have no interval at 95 %: even the widest, from the least to the largest, holds the
 * median of five with 1 - 2 / 2^5 = 94 % only. */
enum { LA_MIN_VALUES = 6 };

struct la_estimate {
    double point;          /* the weighted sum of the groups' medians */
    double low, high;      /* its interval; NaN if a group has fewer than LA_MIN_VALUES */
    double standard_error; /* of the point, corrected for the number of values */
    double between;        /* the part of it that differs from process to process, which more
                              values of the same processes do not lessen; 0: one process, not known */
    double degrees;        /* of freedom, all groups together */
    size_t nr_values;      /* in the smallest group */
    size_t nr_processes;   /* on the side that has fewest */
};

#define LA_NO_ESTIMATE     \
    ((struct la_estimate){ \
        .point = NAN, .low = NAN, .high = NAN, .standard_error = NAN, .between = NAN})

/*
 * Estimates the weighted sum of the strata's medians by the hierarchical bootstrap: processes are
 * resampled, the same ones for all strata of a side, and then the values of each. Where all values
 * come from one process, that is the bootstrap of the values alone, stratum by stratum. The
 * interval is the percentile interval, expanded: few values make it too narrow, so it is widened as
 * far as Student's t lies outside the normal distribution. The variance that t is taken with has
 * two parts, between processes and within, each with its own degrees of freedom (Satterthwaite).
 * LA_NO_ESTIMATE when there is no stratum or an empty one.
 */
void la_bootstrap(const struct la_stratum *strata, size_t nr_strata,
                  const struct la_resampling *resampling, struct la_estimate *estimate);

/* Two-sided p-value for "the true value lies within [-band, band]", by Student's t with the
 * bootstrap's standard error. 1 when the point itself does; NaN for no estimate. */
double la_estimate_p(const struct la_estimate *estimate, double band);

/* Sorts values and returns their median; NaN if there are none. */
double la_median(double *values, size_t nr);

/* Benjamini and Hochberg's step-up procedure: p-values in, p-values adjusted for their number out
 * (the false-discovery rate at which each would just be called). NaN stays and does not count. */
void la_benjamini_hochberg(const double *p, size_t nr, double *adjusted);

#endif
