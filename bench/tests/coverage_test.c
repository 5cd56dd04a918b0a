/* SPDX-License-Identifier: MIT */
/*
 * coverage_test.c: intervals that say 95 % hold what is known that often, and what is off by less
 * than their width is found out by how often they do not.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "coverage.h"

enum { TRIES = 600, FEW = 40 };

static const double spread = 0.05; /* far above LA_COVERAGE_PRECISION */

/* Normal noise about the truth, and a bias. */
static struct la_coverage cover(size_t tries, double bias)
{
    const double truth = log(1.2);
    struct la_coverage coverage = {0, 0};
    gsl_rng *random = gsl_rng_alloc(gsl_rng_taus2);

    gsl_rng_set(random, 5);
    for (size_t i = 0; i < tries; i++) {
        double values[LA_COVERAGE_BLOCKS];

        for (int j = 0; j < LA_COVERAGE_BLOCKS; j++)
            values[j] = truth + bias + gsl_ran_gaussian(random, spread);
        la_coverage_add(&coverage, values, truth, i);
    }
    gsl_rng_free(random);
    return coverage;
}

static void what_is_right_holds_as_often_as_it_says(void **state)
{
    const struct la_coverage coverage = cover(TRIES, 0);

    (void)state;
    assert_int_equal(coverage.tries, TRIES);
    assert_in_range(coverage.held, TRIES * 93 / 100, TRIES);
    assert_true(la_coverage_p(&coverage) >= LA_COVERAGE_P);
}

/* By one standard deviation of a block: less than such an interval's half-width. */
static void a_bias_within_the_width_is_found(void **state)
{
    const struct la_coverage right = cover(FEW, 0), off = cover(FEW, spread);

    (void)state;
    assert_true(la_coverage_p(&right) >= LA_COVERAGE_P);
    assert_true(off.held > 0);
    assert_true(la_coverage_p(&off) < LA_COVERAGE_P);
}

/* Of ten, 5 % missing: 4 or more are missing once in 972 times, 5 or more once in 15701. */
static void the_bound_is_the_binomial_one(void **state)
{
    const struct la_coverage six = {10, 6}, five = {10, 5}, all = {10, 10}, none = {0, 0};

    (void)state;
    assert_true(fabs(1 / la_coverage_p(&six) - 972.4) < 1);
    assert_true(fabs(1 / la_coverage_p(&five) - 15701) < 100);
    assert_true(la_coverage_p(&all) == 1);
    assert_true(la_coverage_p(&none) == 1);
}

static void too_few_cannot_tell(void **state)
{
    const struct la_coverage two = {2, 2}, three = {3, 3};

    (void)state;
    assert_false(la_coverage_can_tell(&two));
    assert_true(la_coverage_can_tell(&three));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_right_holds_as_often_as_it_says),
        cmocka_unit_test(a_bias_within_the_width_is_found),
        cmocka_unit_test(the_bound_is_the_binomial_one),
        cmocka_unit_test(too_few_cannot_tell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
