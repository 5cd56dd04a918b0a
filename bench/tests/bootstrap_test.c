/* SPDX-License-Identifier: MIT */
/*
 * bootstrap_test.c: the statistics on data whose truth is known: how often an interval covers it,
 * how often a difference is called that is not there, and the small identities in between.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include <cmocka.h>

#include "bootstrap.h"

enum { MAX_VALUES = 32, NR_TRIALS = 400 };

static const struct la_resampling resampling = {.nr_resamples = 600, .seed = 7, .level = 0.95};

typedef double draw_fn(gsl_rng *random);

static double draw_normal(gsl_rng *random)
{
    return gsl_ran_gaussian(random, 1);
}

/* One block in ten hit by a stall: symmetric, median still 0. */
static double draw_with_stalls(gsl_rng *random)
{
    return gsl_ran_gaussian(random, gsl_rng_uniform(random) < 0.1 ? 20 : 1);
}

/* Skewed, its median shifted to 0. */
static double draw_skewed(gsl_rng *random)
{
    return gsl_ran_exponential(random, 1) - log(2);
}

struct outcome {
    double covered; /* share of intervals that hold the truth */
    double called;  /* share of p-values up to 0.05, though there is no difference */
};

static struct outcome try_many(draw_fn *draw, size_t nr_values, size_t nr_strata)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_taus2);
    size_t nr_covered = 0, nr_called = 0;

    gsl_rng_set(random, 20);
    for (size_t trial = 0; trial < NR_TRIALS; trial++) {
        double values[4][MAX_VALUES];
        struct la_stratum strata[4];
        struct la_resampling own = resampling;
        struct la_estimate estimate;

        for (size_t i = 0; i < nr_strata; i++) {
            for (size_t j = 0; j < nr_values; j++)
                values[i][j] = draw(random);
            strata[i] = (struct la_stratum){
                .values = values[i], .nr = nr_values, .weight = 1.0 / (double)nr_strata};
        }
        own.seed = trial;
        la_bootstrap(strata, nr_strata, &own, &estimate);
        nr_covered += estimate.low <= 0 && estimate.high >= 0;
        nr_called += la_estimate_p(&estimate, 0) <= 0.05;
    }
    gsl_rng_free(random);
    return (struct outcome){nr_covered / (double)NR_TRIALS, nr_called / (double)NR_TRIALS};
}

/* Nominal 95 % and 5 %, and three standard errors of so many trials. Too wide an interval is no
 * virtue either, so there is a bound above as well where there are blocks enough. */
static void check_coverage(draw_fn *draw, size_t nr_values, size_t nr_strata)
{
    const struct outcome outcome = try_many(draw, nr_values, nr_strata);
    const double allowance = 3 * sqrt(0.95 * 0.05 / NR_TRIALS);

    print_message("%zu strata of %zu values: covered %.3f, called %.3f\n", nr_strata, nr_values,
                  outcome.covered, outcome.called);
    assert_true(outcome.covered >= 0.95 - allowance);
    assert_true(outcome.called <= 0.05 + allowance);
    if (nr_values >= 16)
        assert_true(outcome.covered <= 0.995);
}

static void covers_normal_values(void **state)
{
    (void)state;
    check_coverage(draw_normal, 6, 1);
    check_coverage(draw_normal, 9, 1);
    check_coverage(draw_normal, 20, 1);
}

static void covers_values_with_stalls(void **state)
{
    (void)state;
    check_coverage(draw_with_stalls, 6, 1);
    check_coverage(draw_with_stalls, 12, 1);
}

static void covers_sums_over_strata(void **state)
{
    (void)state;
    check_coverage(draw_normal, 8, 4);
    check_coverage(draw_with_stalls, 8, 2);
}

static void covers_skewed_values(void **state)
{
    (void)state;
    check_coverage(draw_skewed, 8, 1);
    check_coverage(draw_skewed, 20, 1);
}

static void finds_a_difference_that_is_there(void **state)
{
    const double values[] = {0.99, 1.01, 1.02, 0.98, 1.00, 1.03, 0.97, 1.00};
    const struct la_stratum stratum = {.values = values, .nr = 8, .weight = 1};
    struct la_estimate estimate;

    (void)state;
    la_bootstrap(&stratum, 1, &resampling, &estimate);
    assert_float_equal(estimate.point, 1, 1e-12);
    assert_true(estimate.low > 0.95 && estimate.high < 1.05);
    assert_true(la_estimate_p(&estimate, 0) < 0.001);
    assert_true(la_estimate_p(&estimate, 0.9) < 0.001);
    assert_true(la_estimate_p(&estimate, 1.5) >= 1);
}

static void one_stall_moves_the_median_little(void **state)
{
    const double values[] = {1.00, 1.01, 0.99, 1.02, 0.98, 50, 1.00, 1.01, 0.99};
    const struct la_stratum stratum = {.values = values, .nr = 9, .weight = 1};
    struct la_estimate estimate;

    (void)state;
    la_bootstrap(&stratum, 1, &resampling, &estimate);
    assert_float_equal(estimate.point, 1, 1e-12);
    assert_true(estimate.low > 0.97);
}

static void same_seed_same_interval(void **state)
{
    const double values[] = {1, 5, 2, 8, 3, 9, 4};
    const struct la_stratum stratum = {.values = values, .nr = 7, .weight = 1};
    struct la_resampling other = resampling;
    struct la_estimate first, second, third;

    (void)state;
    la_bootstrap(&stratum, 1, &resampling, &first);
    la_bootstrap(&stratum, 1, &resampling, &second);
    other.seed = 8;
    la_bootstrap(&stratum, 1, &other, &third);
    assert_true(first.low == second.low && first.high == second.high);
    assert_true(first.standard_error == second.standard_error);
    assert_true(first.standard_error != third.standard_error);
}

static void strata_are_weighted(void **state)
{
    const double low[] = {1, 1, 1, 1, 1, 1}, high[] = {3, 3, 3, 3, 3, 3};
    const struct la_stratum strata[] = {{.values = low, .nr = 6, .weight = 0.25},
                                        {.values = high, .nr = 6, .weight = 0.75}};
    struct la_estimate estimate;

    (void)state;
    la_bootstrap(strata, 2, &resampling, &estimate);
    assert_float_equal(estimate.point, 2.5, 1e-12);
    assert_float_equal(estimate.low, 2.5, 1e-12);
    assert_float_equal(estimate.standard_error, 0, 1e-12);
    assert_int_equal(estimate.nr_values, 6);
}

/* A false precision: one value would have an interval of no width. */
static void few_values_have_no_interval(void **state)
{
    const double values[] = {1, 2, 3, 4, 5, 6};
    struct la_stratum stratum = {.values = values, .nr = LA_MIN_VALUES - 1, .weight = 1};
    struct la_estimate estimate;

    (void)state;
    la_bootstrap(&stratum, 1, &resampling, &estimate);
    assert_float_equal(estimate.point, 3, 1e-12);
    assert_true(isnan(estimate.low) && isnan(estimate.high));
    stratum.nr = 1;
    la_bootstrap(&stratum, 1, &resampling, &estimate);
    assert_true(isnan(estimate.low) && isnan(estimate.high));
    stratum.nr = LA_MIN_VALUES;
    la_bootstrap(&stratum, 1, &resampling, &estimate);
    assert_true(estimate.low < 3.5 && estimate.high > 3.5);
}

static void nothing_gives_nan(void **state)
{
    const double one[] = {1};
    const struct la_stratum strata[] = {{.values = one, .nr = 1, .weight = 0.5},
                                        {.values = one, .nr = 0, .weight = 0.5}};
    struct la_estimate estimate;

    (void)state;
    la_bootstrap(strata, 2, &resampling, &estimate);
    assert_true(isnan(estimate.point) && isnan(estimate.low) && isnan(estimate.high));
    la_bootstrap(NULL, 0, &resampling, &estimate);
    assert_true(isnan(estimate.point));
    assert_true(isnan(la_estimate_p(&estimate, 0)));
}

/* The example of Benjamini and Hochberg (1995), section 3.2: 15 p-values, four of them called at
 * 5 % (three would be by Bonferroni). */
static void benjamini_hochberg_example(void **state)
{
    static const double p[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                               0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
    double adjusted[15];
    size_t nr_called = 0;

    (void)state;
    la_benjamini_hochberg(p, 15, adjusted);
    for (size_t i = 0; i < 15; i++)
        nr_called += adjusted[i] <= 0.05;
    assert_int_equal(nr_called, 4);
    assert_float_equal(adjusted[3], 0.0095 * 15 / 4, 1e-12);
    assert_float_equal(adjusted[14], 1, 1e-12);
}

static void benjamini_hochberg_keeps_order_and_nan(void **state)
{
    const double p[] = {0.04, NAN, 0.03, 0.02};
    double adjusted[4];

    (void)state;
    la_benjamini_hochberg(p, 4, adjusted);
    assert_true(isnan(adjusted[1]));
    assert_float_equal(adjusted[0], 0.04, 1e-12);
    assert_float_equal(adjusted[2], 0.04, 1e-12);
    assert_float_equal(adjusted[3], 0.04, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covers_normal_values),
        cmocka_unit_test(covers_values_with_stalls),
        cmocka_unit_test(covers_sums_over_strata),
        cmocka_unit_test(covers_skewed_values),
        cmocka_unit_test(finds_a_difference_that_is_there),
        cmocka_unit_test(one_stall_moves_the_median_little),
        cmocka_unit_test(same_seed_same_interval),
        cmocka_unit_test(strata_are_weighted),
        cmocka_unit_test(few_values_have_no_interval),
        cmocka_unit_test(nothing_gives_nan),
        cmocka_unit_test(benjamini_hochberg_example),
        cmocka_unit_test(benjamini_hochberg_keeps_order_and_nan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
