/* SPDX-License-Identifier: MIT */
/*
 * usl.h: the Universal Scalability Law (Gunther, "A Simple Capacity Model of Massively Parallel
 * Transaction Systems", CMG 1993; Guerrilla Capacity Planning, 2007):
 *
 *     X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))
 *
 * X operations per second of N threads, each on a CPU of its own. lambda is one thread's rate,
 * sigma the share of the work that has to be done one after the other (contention), kappa what
 * every pair of threads costs each other (coherence). With kappa 0 it is Amdahl's law. Knows
 * numbers only.
 */
#ifndef LOOKASIDE_ANALYSIS_USL_H
#define LOOKASIDE_ANALYSIS_USL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct la_usl {
    double lambda, sigma, kappa;
};

/* Fewer have no fit: three parameters leave nothing to check them with. */
enum { LA_USL_MIN_POINTS = 4 };

double la_usl_throughput(const struct la_usl *law, double threads);

/* The number of threads with the highest throughput: sqrt((1 - sigma) / kappa), at least 1;
 * infinite with kappa 0. */
double la_usl_peak(const struct la_usl *law);

/*
 * Fits the law to medians of log throughput by nonlinear least squares (GSL's trust region), so
 * that errors count by their ratio. sigma and kappa are kept at 0 or above: of the fits with each
 * of them free or at 0, the best that is allowed. False if there is none: fewer than
 * LA_USL_MIN_POINTS different numbers of threads, or values that are not finite.
 */
bool la_usl_fit(const double *threads, const double *log_throughput, size_t nr, struct la_usl *law);

/* The largest deviation of the points from the law, as a ratio less 1: 0.1 is 10 % off. */
double la_usl_deviation(const struct la_usl *law, const double *threads,
                        const double *log_throughput, size_t nr);

/* What was measured at one number of threads. */
struct la_usl_sample {
    double threads;
    const double *log_throughput; /* of each block */
    const uint32_t *processes;    /* which process each comes from; NULL: all from one */
    size_t nr;
};

struct la_usl_interval {
    double low, high;
};

struct la_usl_estimate {
    struct la_usl law;
    struct la_usl_interval lambda, sigma, kappa, peak;
    double deviation;
    struct la_usl *draws; /* the fits of all resamples */
    size_t nr_draws;
    double tail; /* what each side of an interval cuts off of them */
};

/*
 * Fits the medians, and resamples: processes, the same for all numbers of threads, then the blocks
 * of each; every resample is fitted. Intervals are of the given level, their tails moved out as far
 * as Student's t lies outside the normal distribution. False as la_usl_fit(), or if fewer than nine
 * in ten resamples have a fit. Free with la_usl_estimate_fini().
 */
bool la_usl_estimate(const struct la_usl_sample *samples, size_t nr_samples, double level,
                     uint32_t nr_resamples, uint64_t seed, struct la_usl_estimate *estimate);
void la_usl_estimate_fini(struct la_usl_estimate *estimate);

/* The interval of the throughput that the law gives for so many threads. */
struct la_usl_interval la_usl_band(const struct la_usl_estimate *estimate, double threads);

#endif
