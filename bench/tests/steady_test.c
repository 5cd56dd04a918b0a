/* SPDX-License-Identifier: MIT */
/* steady_test.c: when a window counts as steady, on courses worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random.h"
#include "steady.h"

static const struct la_course nothing = {.hits = {NAN, NAN}, .depths = {NAN, NAN}};

/* 1000 in the middle, rising by so much over the window, and by as much per thousand of noise. */
static struct la_course course(double rise, double noise, uint64_t seed)
{
    struct la_random random = la_random_seeded(seed);
    struct la_course made = nothing;

    made.nr_rates = LA_STEADY_SLICES;
    for (size_t i = 0; i < LA_STEADY_SLICES; i++)
        made.rates[i] = 1000 + rise * ((double)i / (LA_STEADY_SLICES - 1) - 0.5) +
                        noise * ((double)la_random_below(&random, 2001) / 1000 - 1);
    return made;
}

static void a_level_course_is_steady(void **state)
{
    const struct la_course level = course(0, 0, 1);

    (void)state;
    assert_int_equal(la_steady(&level), LA_STEADY);
}

static void a_trend_is_not(void **state)
{
    const struct la_course rising = course(100, 5, 1), falling = course(-100, 5, 1);

    (void)state;
    assert_int_equal(la_steady(&rising), LA_UNSTEADY);
    assert_int_equal(la_steady(&falling), LA_UNSTEADY);
}

/* A trend that is certain and small does not matter. */
static void a_trend_within_the_bound_is_steady(void **state)
{
    const struct la_course rising = course(30, 0, 1);

    (void)state;
    assert_true(fabs(la_steady_change(rising.rates, rising.nr_rates) - 0.03) < 1e-9);
    assert_int_equal(la_steady(&rising), LA_STEADY);
}

/* Slices that something else disturbed, anywhere, make no trend. */
static void disturbed_slices_make_no_trend(void **state)
{
    (void)state;
    for (size_t i = 0; i < LA_STEADY_SLICES; i++)
        for (size_t j = 0; j < i; j++) {
            struct la_course hit = course(0, 3, i * 8 + j);

            hit.rates[i] = 0;
            hit.rates[j] = 300;
            assert_int_equal(la_steady(&hit), LA_STEADY);
        }
}

/* Noise of 20 % either way passes for a trend in 5 % of windows at most, of 2000; the bound of the
 * count is five standard deviations above. */
static void noise_is_seldom_a_trend(void **state)
{
    unsigned nr = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        const struct la_course noisy = course(0, 200, seed);

        nr += la_steady(&noisy) == LA_UNSTEADY;
    }
    assert_in_range(nr, 1, 149);
}

static void hits_that_move_are_not_steady(void **state)
{
    struct la_course moving = course(0, 0, 1);

    (void)state;
    moving.hits[0] = 0.90;
    moving.hits[1] = 0.905;
    assert_int_equal(la_steady(&moving), LA_STEADY);
    moving.hits[1] = 0.92;
    assert_int_equal(la_steady(&moving), LA_UNSTEADY);
}

static void a_depth_that_moves_is_not_steady(void **state)
{
    struct la_course moving = course(0, 0, 1);

    (void)state;
    moving.depths[0] = 4;
    moving.depths[1] = 5;
    assert_int_equal(la_steady(&moving), LA_STEADY);
    moving.depths[1] = 64;
    assert_int_equal(la_steady(&moving), LA_UNSTEADY);
}

static void too_few_slices_say_nothing(void **state)
{
    struct la_course shorter = course(500, 0, 1);

    (void)state;
    shorter.nr_rates = LA_STEADY_SLICES_MIN - 1;
    assert_int_equal(la_steady(&shorter), LA_STEADINESS_UNKNOWN);
    shorter.hits[0] = 0;
    shorter.hits[1] = 1;
    assert_int_equal(la_steady(&shorter), LA_UNSTEADY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_level_course_is_steady),
        cmocka_unit_test(a_trend_is_not),
        cmocka_unit_test(a_trend_within_the_bound_is_steady),
        cmocka_unit_test(disturbed_slices_make_no_trend),
        cmocka_unit_test(noise_is_seldom_a_trend),
        cmocka_unit_test(hits_that_move_are_not_steady),
        cmocka_unit_test(a_depth_that_moves_is_not_steady),
        cmocka_unit_test(too_few_slices_say_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
