/* SPDX-License-Identifier: MIT */
/* clock_test.c: that the clock chosen here goes forward, keeps pace with the system's, and that a
 * counter whose rate moves would not have been chosen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"

static int calibrate(void **state)
{
    (void)state;
    la_clock_init();
    return 0;
}

static void goes_forward(void **state)
{
    uint64_t last = la_ticks();

    (void)state;
    for (int i = 0; i < 100000; i++) {
        const uint64_t now = la_ticks();

        assert_true(now >= last);
        last = now;
    }
}

/* The two are read one after the other, so the bracket of outer reads must contain the inner. */
static void keeps_pace_with_the_system(void **state)
{
    const uint64_t system_before = la_clock_system_ns();
    const uint64_t before = la_ticks_begin();
    uint64_t after, system_after;
    double elapsed_ns;

    (void)state;
    while (la_clock_system_ns() - system_before < 20 * 1000 * 1000)
        continue;
    after = la_ticks_end();
    system_after = la_clock_system_ns();
    elapsed_ns = la_clock_ns(after - before);
    assert_true(elapsed_ns <= 1.01 * (double)(system_after - system_before));
    assert_true(elapsed_ns > 0.99 * 20e6 * 0.9);
}

static void conversions_are_inverse(void **state)
{
    (void)state;
    for (uint64_t ns = 1000; ns < UINT64_C(1000000000000); ns *= 10) {
        const double back = la_clock_ns(la_clock_ticks(ns));

        assert_true(back > 0.99 * (double)ns && back < 1.01 * (double)ns);
    }
}

static void a_rate_that_moves_is_refused(void **state)
{
    (void)state;
    assert_true(la_clock_rates_agree(0.3846, 0.3846));
    assert_true(la_clock_rates_agree(0.3846, 0.38465));
    assert_false(la_clock_rates_agree(0.3846, 0.3900));
    assert_false(la_clock_rates_agree(0, 0.3846));
    assert_false(la_clock_rates_agree(0.3846, 0));
}

static void has_a_name(void **state)
{
    (void)state;
    assert_string_equal(la_clock_name(), la_clock.tsc ? "tsc" : "clock_gettime");
    if (!la_clock.tsc)
        assert_true(la_clock.ns_per_tick == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_forward),
        cmocka_unit_test(keeps_pace_with_the_system),
        cmocka_unit_test(conversions_are_inverse),
        cmocka_unit_test(a_rate_that_moves_is_refused),
        cmocka_unit_test(has_a_name),
    };

    return cmocka_run_group_tests(tests, calibrate, NULL);
}
