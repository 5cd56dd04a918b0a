/* SPDX-License-Identifier: MIT */
/* trend_test.c: slopes and their intervals, on readings worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random.h"
#include "trend.h"

enum { NR = 40 };

static struct la_trend of(double slope, double noise, uint64_t seed)
{
    struct la_random random = la_random_seeded(seed);
    double x[NR], y[NR];

    for (size_t i = 0; i < NR; i++) {
        x[i] = (double)i * 2;
        y[i] = 100 + slope * x[i] + noise * ((double)la_random_below(&random, 2001) / 1000 - 1);
    }
    return la_trend_of(x, y, NR);
}

static void a_line_has_its_slope(void **state)
{
    const struct la_trend trend = of(3, 0, 1);

    (void)state;
    assert_float_equal(trend.slope, 3, 1e-9);
    assert_float_equal(trend.low, 3, 1e-9);
    assert_float_equal(trend.high, 3, 1e-9);
}

static void level_readings_have_none(void **state)
{
    const struct la_trend trend = of(0, 0, 1);

    (void)state;
    assert_float_equal(trend.low, 0, 0);
    assert_float_equal(trend.high, 0, 0);
}

static void one_odd_reading_does_not_matter(void **state)
{
    double x[NR], y[NR];
    struct la_trend trend;

    (void)state;
    for (size_t i = 0; i < NR; i++) {
        x[i] = (double)i;
        y[i] = i == NR - 1 ? 1e9 : 5;
    }
    trend = la_trend_of(x, y, NR);
    assert_float_equal(trend.slope, 0, 0);
    assert_float_equal(trend.high, 0, 0);
}

/* Of 200 level courses with noise about 1 in 20 has an interval without 0. */
static void the_interval_has_the_truth_in_it(void **state)
{
    unsigned missed = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        const struct la_trend trend = of(0.5, 10, seed);

        missed += trend.low > 0.5 || trend.high < 0.5;
    }
    assert_in_range(missed, 1, 25);
}

static void few_readings_say_nothing(void **state)
{
    const double x[LA_TREND_MIN - 1] = {0, 1, 2, 3, 4, 5, 6};

    (void)state;
    assert_true(isnan(la_trend_of(x, x, LA_TREND_MIN - 1).slope));
    assert_true(isnan(la_trend_of(x, x, LA_TREND_MAX + 1).low));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_its_slope),
        cmocka_unit_test(level_readings_have_none),
        cmocka_unit_test(one_odd_reading_does_not_matter),
        cmocka_unit_test(the_interval_has_the_truth_in_it),
        cmocka_unit_test(few_readings_say_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
