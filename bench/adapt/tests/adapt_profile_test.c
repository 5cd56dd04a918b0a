/* SPDX-License-Identifier: MIT */
/* adapt_profile_test.c: the profiles as pure functions, over short, usual and odd lengths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "profile.h"

static const uint32_t lengths[] = {LA_PROFILE_MIN_TICKS, 41, 97, 240, LA_PROFILE_MAX_TICKS};

enum { NR_LENGTHS = sizeof lengths / sizeof *lengths };

static void stretches_lie_inside_the_run(void **state)
{
    const struct la_profile *profile;

    (void)state;
    for (size_t i = 0; (profile = la_profile_at(i)); i++) {
        for (size_t n = 0; n < NR_LENGTHS; n++) {
            const struct la_profile_stretch at = profile->stretch(lengths[n]);

            assert_true(at.change <= at.top);
            assert_true(at.top <= at.end);
            assert_true(at.end <= lengths[n]);
            assert_true(at.end > at.change);
        }
    }
}

static void demand_stays_at_its_top_in_the_stretch(void **state)
{
    const struct la_profile *profile;

    (void)state;
    for (size_t i = 0; (profile = la_profile_at(i)); i++) {
        for (size_t n = 0; n < NR_LENGTHS; n++) {
            const struct la_profile_stretch at = profile->stretch(lengths[n]);

            for (uint32_t tick = at.top; tick < at.end; tick++)
                assert_int_equal(profile->demand(tick, lengths[n]), LA_PROFILE_HIGH);
        }
    }
}

static void demand_is_bounded_and_reaches_its_top(void **state)
{
    const struct la_profile *profile;

    (void)state;
    for (size_t i = 0; (profile = la_profile_at(i)); i++) {
        for (size_t n = 0; n < NR_LENGTHS; n++) {
            uint32_t largest = 0;

            for (uint32_t tick = 0; tick < lengths[n]; tick++) {
                const uint32_t demand = profile->demand(tick, lengths[n]);

                largest = demand > largest ? demand : largest;
            }
            assert_in_range(largest, LA_PROFILE_HIGH - 1, LA_PROFILE_HIGH);
        }
    }
}

static uint32_t demand_at(const char *name, uint32_t tick)
{
    return la_profile_find(name)->demand(tick, 240);
}

static void step_rises_at_once_and_falls_at_once(void **state)
{
    (void)state;
    assert_int_equal(demand_at("step", 23), LA_PROFILE_LOW);
    assert_int_equal(demand_at("step", 24), LA_PROFILE_HIGH);
    assert_int_equal(demand_at("step", 119), LA_PROFILE_HIGH);
    assert_int_equal(demand_at("step", 120), LA_PROFILE_LOW);
    assert_int_equal(demand_at("step", 239), LA_PROFILE_LOW);
}

static void ramp_never_jumps(void **state)
{
    (void)state;
    assert_int_equal(demand_at("ramp", 0), LA_PROFILE_LOW);
    assert_int_equal(demand_at("ramp", 60), (LA_PROFILE_LOW + LA_PROFILE_HIGH) / 2);
    for (uint32_t tick = 1; tick < 240; tick++)
        assert_in_range(demand_at("ramp", tick) + 3 - demand_at("ramp", tick - 1), 0, 6);
    assert_int_equal(demand_at("ramp", 239), LA_PROFILE_LOW);
}

static void sine_repeats_four_times(void **state)
{
    (void)state;
    assert_int_equal(demand_at("sine", 0), LA_PROFILE_LOW);
    assert_int_equal(demand_at("sine", 30), LA_PROFILE_HIGH);
    for (uint32_t tick = 0; tick < 180; tick++)
        assert_int_equal(demand_at("sine", tick), demand_at("sine", tick + 60));
}

static void idle_burst_has_five_bursts_and_ends_idle(void **state)
{
    uint32_t nr_rises = 0;

    (void)state;
    assert_int_equal(demand_at("idle-burst", 0), 0);
    for (uint32_t tick = 1; tick < 240; tick++) {
        if (demand_at("idle-burst", tick) > demand_at("idle-burst", tick - 1))
            nr_rises++;
    }
    assert_int_equal(nr_rises, 5);
    assert_int_equal(demand_at("idle-burst", 239), 0);
}

static void unknown_names_are_not_found(void **state)
{
    (void)state;
    assert_null(la_profile_find("stairs"));
    assert_null(la_profile_at(4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stretches_lie_inside_the_run),
        cmocka_unit_test(demand_stays_at_its_top_in_the_stretch),
        cmocka_unit_test(demand_is_bounded_and_reaches_its_top),
        cmocka_unit_test(step_rises_at_once_and_falls_at_once),
        cmocka_unit_test(ramp_never_jumps),
        cmocka_unit_test(sine_repeats_four_times),
        cmocka_unit_test(idle_burst_has_five_bursts_and_ends_idle),
        cmocka_unit_test(unknown_names_are_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
