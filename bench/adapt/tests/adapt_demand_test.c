/* SPDX-License-Identifier: MIT */
/* adapt_demand_test.c: bursts with and without chance, the oracle, and recorded demands. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "demand.h"

enum { TICKS = 100 };

static struct la_demand make(const char *profile, uint64_t seed)
{
    struct la_demand demand;

    assert_true(la_demand_init(&demand, la_profile_find(profile), TICKS, seed));
    return demand;
}

static void without_chance_every_burst_is_the_profile_s(void **state)
{
    struct la_demand demand = make("ramp", 0);

    (void)state;
    for (uint32_t tick = 0; tick < TICKS; tick++) {
        assert_int_equal(demand.out[tick], 0);
        for (int i = 0; i < LA_ADAPT_BURSTS; i++)
            assert_int_equal(demand.bursts[tick * LA_ADAPT_BURSTS + (uint32_t)i],
                             la_profile_find("ramp")->demand(tick, TICKS));
    }
    la_demand_fini(&demand);
}

static void a_seed_repeats_its_demand_and_no_other(void **state)
{
    struct la_demand one = make("step", 1), again = make("step", 1), two = make("step", 2);
    const size_t size = TICKS * LA_ADAPT_BURSTS * sizeof *one.bursts;

    (void)state;
    assert_memory_equal(one.bursts, again.bursts, size);
    assert_memory_equal(one.out, again.out, TICKS * sizeof *one.out);
    assert_int_not_equal(memcmp(one.bursts, two.bursts, size), 0);
    la_demand_fini(&one);
    la_demand_fini(&again);
    la_demand_fini(&two);
}

/* Poisson's mean and variance are both the profile's demand: over the 80 x 8 bursts of the high
 * stretch of forty ticks within 5 standard errors, with this seed. */
static void chance_has_the_profile_s_mean_and_variance(void **state)
{
    struct la_demand demand = make("step", 7);
    const struct la_profile_stretch at = la_profile_find("step")->stretch(TICKS);
    double sum = 0, squares = 0, nr = 0;

    (void)state;
    for (uint32_t i = at.top * LA_ADAPT_BURSTS; i < at.end * LA_ADAPT_BURSTS; i++, nr++) {
        sum += demand.bursts[i];
        squares += (double)demand.bursts[i] * demand.bursts[i];
    }
    assert_true(fabs(sum / nr - LA_PROFILE_HIGH) < 5 * sqrt(LA_PROFILE_HIGH / nr));
    assert_true(fabs(squares / nr - sum / nr * sum / nr - LA_PROFILE_HIGH) <
                5 * LA_PROFILE_HIGH * sqrt(2 / nr));
    for (uint32_t tick = 0; tick + 1 < TICKS; tick++)
        assert_true(demand.out[tick] <= demand.bursts[(tick + 1) * LA_ADAPT_BURSTS]);
    assert_int_equal(demand.out[TICKS - 1], 0);
    la_demand_fini(&demand);
}

static void no_demand_stays_none(void **state)
{
    struct la_demand demand = make("idle-burst", 3);

    (void)state;
    assert_int_equal(la_demand_largest(&demand, TICKS - 1), 0);
    assert_int_equal(la_demand_largest(&demand, 0), 0);
    la_demand_fini(&demand);
}

static void the_oracle_misses_every_entry_once(void **state)
{
    struct la_demand demand = make("sine", 5);

    (void)state;
    assert_int_equal(la_demand_unavoidable_misses(&demand, UINT32_MAX), la_demand_peak(&demand));
    la_demand_fini(&demand);
}

/* Bursts of 3, 5, 2, 5 ... under a ceiling of 4: 3, then 2 more, and one at each further 5. */
static void what_the_ceiling_cannot_hold_is_missed_every_time(void **state)
{
    uint32_t bursts[2 * LA_ADAPT_BURSTS] = {3, 5, 2, 5}, out[2] = {0};
    const struct la_demand demand = {.nr_ticks = 2, .bursts = bursts, .out = out};

    (void)state;
    assert_int_equal(la_demand_unavoidable_misses(&demand, 4), 3 + 2 + 1);
    assert_int_equal(la_demand_unavoidable_misses(&demand, 5), 5);
    assert_int_equal(la_demand_peak(&demand), 5);
    bursts[LA_ADAPT_BURSTS] = 1;
    assert_int_equal(la_demand_wanted(&demand, 4), 4 + 1);
    assert_int_equal(la_demand_wanted(&demand, 9), 5 + 1);
}

static double seconds[] = {10, 12, 16};
static uint32_t entries[] = {7, 9, 2};
static const struct la_envelope recorded = {
    .name = "recorded", .seconds = seconds, .demand = entries, .nr = 3};

static void a_recorded_value_holds_until_the_next(void **state)
{
    (void)state;
    assert_true(la_envelope_seconds(&recorded) == 10);
    for (uint32_t tick = 0; tick < 10; tick++)
        assert_int_equal(la_envelope_demand(&recorded, tick, 10), tick < 2 ? 7 : tick < 6 ? 9 : 2);
    assert_int_equal(la_envelope_demand(&recorded, 39, 40), 2);
    assert_int_equal(la_envelope_demand(&recorded, 8, 40), 9);
    assert_int_equal(la_envelope_demand(&recorded, 7, 40), 7);
}

static void a_tick_longer_than_a_value_wants_the_most_of_it(void **state)
{
    (void)state;
    assert_int_equal(la_envelope_demand(&recorded, 0, 2), 9);
    assert_int_equal(la_envelope_demand(&recorded, 1, 2), 9);
    assert_int_equal(la_envelope_demand(&recorded, 0, 1), 9);
}

static void a_recorded_profile_never_stays(void **state)
{
    const struct la_profile profile = la_profile_recorded(&recorded);
    const struct la_profile_stretch at = la_profile_stretch_of(&profile, 10);

    (void)state;
    assert_int_equal(at.change, 0);
    assert_int_equal(at.top, 10);
    assert_int_equal(at.end, 10);
    assert_int_equal(la_profile_demand(&profile, 3, 10), 9);
    assert_string_equal(profile.name, "recorded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_chance_every_burst_is_the_profile_s),
        cmocka_unit_test(a_seed_repeats_its_demand_and_no_other),
        cmocka_unit_test(chance_has_the_profile_s_mean_and_variance),
        cmocka_unit_test(no_demand_stays_none),
        cmocka_unit_test(the_oracle_misses_every_entry_once),
        cmocka_unit_test(what_the_ceiling_cannot_hold_is_missed_every_time),
        cmocka_unit_test(a_recorded_value_holds_until_the_next),
        cmocka_unit_test(a_tick_longer_than_a_value_wants_the_most_of_it),
        cmocka_unit_test(a_recorded_profile_never_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
