/* SPDX-License-Identifier: MIT */
/*
 * bootstrap.h: medians, their intervals by resampling, and what many comparisons at once do to
 * them. Knows numbers only; what they mean is the callers'.
 */
#ifndef LOOKASIDE_ANALYSIS_BOOTSTRAP_H
#define LOOKASIDE_ANALYSIS_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

/* Independent values of one group, and the group's share in the sum of medians. */
struct la_stratum {
    const double *values;
    size_t nr;
    double weight;
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
    double standard_error; /* of the resampled point */
    double degrees;        /* of freedom, all groups together */
    size_t nr_values;      /* in the smallest group */
};

/*
 * Estimates the weighted sum of the strata's medians. Each stratum is resampled by itself. The
 * interval is the expanded percentile interval: with few values a plain percentile interval is too
 * narrow, so its tails are moved out as far as Student's t lies outside the normal distribution.
 * All fields are NaN when there is no stratum or an empty one.
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
