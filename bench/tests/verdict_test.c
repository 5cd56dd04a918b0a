/* SPDX-License-Identifier: MIT */
/*
 * verdict_test.c: the rules by which a difference may be claimed, each at its edge.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verdict.h"

static struct la_estimate interval(double low, double high, size_t nr_blocks)
{
    return (struct la_estimate){.point = (log(low) + log(high)) / 2,
                                .low = log(low),
                                .high = log(high),
                                .standard_error = 0.01,
                                .nr_values = nr_blocks};
}

static void judges(double low, double high, double half_width_ratio, enum la_verdict verdict,
                   enum la_reason reason)
{
    const struct la_estimate estimate = interval(low, high, 8);
    const struct la_judgement judgement = la_judge(&estimate, log(half_width_ratio), 0.001);

    assert_int_equal(judgement.verdict, verdict);
    assert_int_equal(judgement.reason, reason);
}

static void beyond_the_noise(void **state)
{
    (void)state;
    judges(1.10, 1.20, 1.02, LA_BETTER, LA_REASON_NONE);
    judges(0.80, 0.90, 1.02, LA_WORSE, LA_REASON_NONE);
}

static void excluding_one_is_not_enough(void **state)
{
    (void)state;
    judges(1.05, 1.20, 1.06, LA_UNDECIDED, LA_REASON_NOISE);
    judges(0.80, 0.95, 1.06, LA_UNDECIDED, LA_REASON_NOISE);
    judges(1.07, 1.20, 1.06, LA_BETTER, LA_REASON_NONE);
}

static void overlap_with_one_is_not_sameness(void **state)
{
    (void)state;
    judges(0.90, 1.10, 1.01, LA_UNDECIDED, LA_REASON_NOISE);
}

static void same_within_three_percent(void **state)
{
    (void)state;
    judges(0.98, 1.02, 1.01, LA_SAME, LA_REASON_NONE);
    judges(0.98, 1.031, 1.01, LA_UNDECIDED, LA_REASON_NOISE);
}

static void same_within_the_noise_but_not_any_noise(void **state)
{
    (void)state;
    judges(0.95, 1.05, 1.06, LA_SAME, LA_REASON_NONE);
    judges(0.85, 1.15, 1.50, LA_UNDECIDED, LA_REASON_NOISE);
}

static void few_blocks_decide_nothing(void **state)
{
    const struct la_estimate five = interval(2, 3, LA_MIN_BLOCKS - 1);
    const struct la_estimate six = interval(2, 3, LA_MIN_BLOCKS);

    (void)state;
    assert_int_equal(la_judge(&five, 0.01, 0).verdict, LA_UNDECIDED);
    assert_int_equal(la_judge(&five, 0.01, 0).reason, LA_REASON_FEW_BLOCKS);
    assert_int_equal(la_judge(&six, 0.01, 0).verdict, LA_BETTER);
}

static void without_a_twin_nothing_is_claimed(void **state)
{
    const struct la_estimate estimate = interval(2, 3, 8);

    (void)state;
    assert_int_equal(la_judge(&estimate, NAN, 0).verdict, LA_UNDECIDED);
    assert_int_equal(la_judge(&estimate, NAN, 0).reason, LA_REASON_NO_TWIN);
}

static void among_many_it_takes_more(void **state)
{
    const struct la_estimate estimate = interval(1.1, 1.2, 8);

    (void)state;
    assert_int_equal(la_judge(&estimate, 0.01, 0.06).reason, LA_REASON_MANY);
    assert_int_equal(la_judge(&estimate, 0.01, NAN).reason, LA_REASON_MANY);
    assert_int_equal(la_judge(&estimate, 0.01, 0.05).verdict, LA_BETTER);
}

static void not_measured_is_said(void **state)
{
    const struct la_estimate none = LA_NO_ESTIMATE;

    (void)state;
    assert_int_equal(la_judge(&none, 0.01, 0).reason, LA_REASON_NOT_MEASURED);
}

static void half_width_reaches_to_the_far_bound(void **state)
{
    const struct la_estimate twin = interval(0.90, 1.05, 8);

    (void)state;
    assert_float_equal(la_half_width(&twin), -log(0.90), 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beyond_the_noise),
        cmocka_unit_test(excluding_one_is_not_enough),
        cmocka_unit_test(overlap_with_one_is_not_sameness),
        cmocka_unit_test(same_within_three_percent),
        cmocka_unit_test(same_within_the_noise_but_not_any_noise),
        cmocka_unit_test(few_blocks_decide_nothing),
        cmocka_unit_test(without_a_twin_nothing_is_claimed),
        cmocka_unit_test(among_many_it_takes_more),
        cmocka_unit_test(not_measured_is_said),
        cmocka_unit_test(half_width_reaches_to_the_far_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
