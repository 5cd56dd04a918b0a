/* SPDX-License-Identifier: MIT */
/*
 * usl_test.c: the Universal Scalability Law fitted to throughputs that obey it, with noise of which
 * everything is known; and to what does not obey it.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include <cmocka.h>

#include "usl.h"

enum { MAX_BLOCKS = 12, NR_TRIALS = 200, RESAMPLES = 200 };

static const double threads[] = {1, 2, 4, 8, 16, 32};

enum { NR_THREADS = sizeof threads / sizeof *threads };

static double exact[NR_THREADS];

static void fill_exact(const struct la_usl *law)
{
    for (size_t i = 0; i < NR_THREADS; i++)
        exact[i] = log(la_usl_throughput(law, threads[i]));
}

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%g is not %g within %g", value, expected, tolerance);
}

static void exact_points_give_their_law_back(void **state)
{
    static const struct la_usl laws[] = {
        {5e7, 0.02, 0.0005}, {1e6, 0.3, 0.01}, {2.5, 0.9, 0.2}, {1e9, 0.001, 1e-6}, {10, 0, 0.03},
    };

    (void)state;
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
        struct la_usl law;

        fill_exact(&laws[i]);
        assert_true(la_usl_fit(threads, exact, NR_THREADS, &law));
        near(law.lambda / laws[i].lambda, 1, 1e-6);
        near(law.sigma, laws[i].sigma, 1e-6);
        near(law.kappa, laws[i].kappa, 1e-7);
        near(la_usl_deviation(&law, threads, exact, NR_THREADS), 0, 1e-6);
    }
}

static void without_coherence_there_is_no_peak(void **state)
{
    const struct la_usl amdahl = {1e7, 0.05, 0};
    struct la_usl law;

    (void)state;
    fill_exact(&amdahl);
    assert_true(la_usl_fit(threads, exact, NR_THREADS, &law));
    near(law.sigma, 0.05, 1e-6);
    assert_true(law.kappa >= 0);
    assert_true(la_usl_peak(&law) > 1e3);
    assert_true(isinf(la_usl_peak(&amdahl)));
}

static void the_peak_is_where_the_throughput_is_highest(void **state)
{
    const struct la_usl law = {1e7, 0.1, 0.004};
    const double peak = la_usl_peak(&law);

    (void)state;
    near(peak, 15, 1e-9);
    assert_true(la_usl_throughput(&law, peak) > la_usl_throughput(&law, peak - 1));
    assert_true(la_usl_throughput(&law, peak) > la_usl_throughput(&law, peak + 1));
    near(la_usl_peak(&(struct la_usl){1, 1.5, 0.1}), 1, 0);
    near(la_usl_peak(&(struct la_usl){1, 0.5, 9}), 1, 0);
}

/* A throughput that falls from the second thread on. */
static void collapse_peaks_at_one_thread(void **state)
{
    const struct la_usl collapse = {1e7, 0.8, 0.9};
    struct la_usl law;

    (void)state;
    fill_exact(&collapse);
    assert_true(la_usl_fit(threads, exact, NR_THREADS, &law));
    near(la_usl_peak(&law), 1, 0);
    near(law.kappa, 0.9, 1e-4);
}

/* Better than linear is outside the law: the nearest that it has is linear. */
static void more_than_linear_is_fitted_as_linear(void **state)
{
    struct la_usl law;

    (void)state;
    for (size_t i = 0; i < NR_THREADS; i++)
        exact[i] = 1.2 * log(threads[i]);
    assert_true(la_usl_fit(threads, exact, NR_THREADS, &law));
    assert_true(law.sigma >= 0 && law.kappa >= 0);
    assert_true(law.sigma < 1e-3 && law.kappa < 1e-4);
    assert_true(la_usl_deviation(&law, threads, exact, NR_THREADS) > 0.2);
}

static void too_little_has_no_fit(void **state)
{
    const double same[] = {1, 1, 2, 2, 4, 4};
    const double below[] = {0, 1, 2, 4, 8, 16};
    struct la_usl law = {1e7, 0.1, 0.01};

    (void)state;
    fill_exact(&law);
    assert_false(la_usl_fit(threads, exact, 3, &law));
    assert_false(la_usl_fit(threads, exact, 0, &law));
    assert_false(la_usl_fit(same, exact, 6, &law));
    assert_false(la_usl_fit(below, exact, 6, &law));
    exact[2] = -INFINITY;
    assert_false(la_usl_fit(threads, exact, NR_THREADS, &law));
    exact[2] = NAN;
    assert_false(la_usl_fit(threads, exact, NR_THREADS, &law));
}

/* One run: blocks with noise of their own, and with that of their process. */
struct noisy {
    double values[NR_THREADS][MAX_BLOCKS];
    uint32_t processes[MAX_BLOCKS];
    struct la_usl_sample samples[NR_THREADS];
};

static void make_noisy(struct noisy *noisy, const struct la_usl *law, size_t nr_blocks,
                       size_t nr_processes, gsl_rng *random)
{
    double of_process[MAX_BLOCKS][NR_THREADS];

    for (size_t p = 0; p < nr_processes; p++) {
        for (size_t i = 0; i < NR_THREADS; i++)
            of_process[p][i] = nr_processes > 1 ? gsl_ran_gaussian(random, 0.03) : 0;
    }
    for (size_t i = 0; i < NR_THREADS; i++) {
        for (size_t b = 0; b < nr_blocks; b++) {
            noisy->processes[b] = (uint32_t)(b % nr_processes);
            noisy->values[i][b] = log(la_usl_throughput(law, threads[i])) +
                                  of_process[b % nr_processes][i] + gsl_ran_gaussian(random, 0.03);
        }
        noisy->samples[i] = (struct la_usl_sample){.threads = threads[i],
                                                   .log_throughput = noisy->values[i],
                                                   .processes = noisy->processes,
                                                   .nr = nr_blocks};
    }
}

static bool holds(struct la_usl_interval interval, double truth)
{
    return interval.low <= truth && truth <= interval.high;
}

/* How many of NR_TRIALS runs have the truth in the interval: sigma, kappa, peak. */
static void count_covered(const struct la_usl *law, size_t nr_blocks, size_t nr_processes,
                          int covered[3])
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_taus2);
    struct noisy noisy;

    gsl_rng_set(random, 11);
    covered[0] = covered[1] = covered[2] = 0;
    for (uint64_t trial = 0; trial < NR_TRIALS; trial++) {
        struct la_usl_estimate estimate;

        make_noisy(&noisy, law, nr_blocks, nr_processes, random);
        assert_true(la_usl_estimate(noisy.samples, NR_THREADS, 0.95, RESAMPLES, trial, &estimate));
        covered[0] += holds(estimate.sigma, law->sigma);
        covered[1] += holds(estimate.kappa, law->kappa);
        covered[2] += holds(estimate.peak, la_usl_peak(law));
        la_usl_estimate_fini(&estimate);
    }
    gsl_rng_free(random);
}

/* 95 % of 200 are 190; the binomial's lower 1 in 1000 is 179. */
static void check_coverage(const struct la_usl *law, size_t nr_blocks, size_t nr_processes)
{
    int covered[3];

    count_covered(law, nr_blocks, nr_processes, covered);
    print_message("sigma %g, kappa %g, %zu blocks, %zu processes: of %d intervals %d hold sigma, "
                  "%d kappa, %d the peak\n",
                  law->sigma, law->kappa, nr_blocks, nr_processes, NR_TRIALS, covered[0],
                  covered[1], covered[2]);
    for (int i = 0; i < 3; i++)
        assert_in_range(covered[i], 179, NR_TRIALS);
}

static void intervals_hold_the_truth_as_often_as_they_say(void **state)
{
    (void)state;
    check_coverage(&(struct la_usl){5e7, 0.05, 0.001}, 9, 1);
    check_coverage(&(struct la_usl){5e7, 0.2, 0.02}, 6, 1);
    check_coverage(&(struct la_usl){5e7, 0.05, 0.001}, 12, 4);
}

/* At the edge of what is allowed no interval reaches beyond it, and it still holds the truth. */
static void without_coherence_intervals_reach_down_to_it(void **state)
{
    (void)state;
    check_coverage(&(struct la_usl){5e7, 0.1, 0}, 9, 1);
}

static void the_band_lies_around_the_curve(void **state)
{
    const struct la_usl law = {5e7, 0.1, 0.002};
    gsl_rng *random = gsl_rng_alloc(gsl_rng_taus2);
    struct la_usl_estimate estimate;
    struct noisy noisy;

    (void)state;
    make_noisy(&noisy, &law, 9, 1, random);
    assert_true(la_usl_estimate(noisy.samples, NR_THREADS, 0.95, RESAMPLES, 1, &estimate));
    for (double n = 1; n < 64; n += 1.5) {
        const struct la_usl_interval band = la_usl_band(&estimate, n);

        assert_true(holds(band, la_usl_throughput(&estimate.law, n)));
    }
    near(estimate.deviation, 0, 0.1);
    la_usl_estimate_fini(&estimate);
    assert_false(la_usl_estimate(noisy.samples, 3, 0.95, RESAMPLES, 1, &estimate));
    la_usl_estimate_fini(&estimate);
    gsl_rng_free(random);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_points_give_their_law_back),
        cmocka_unit_test(without_coherence_there_is_no_peak),
        cmocka_unit_test(the_peak_is_where_the_throughput_is_highest),
        cmocka_unit_test(collapse_peaks_at_one_thread),
        cmocka_unit_test(more_than_linear_is_fitted_as_linear),
        cmocka_unit_test(too_little_has_no_fit),
        cmocka_unit_test(intervals_hold_the_truth_as_often_as_they_say),
        cmocka_unit_test(without_coherence_intervals_reach_down_to_it),
        cmocka_unit_test(the_band_lies_around_the_curve),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
