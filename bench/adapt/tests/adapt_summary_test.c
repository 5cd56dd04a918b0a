/* SPDX-License-Identifier: MIT */
/* adapt_summary_test.c: the summary of rows made by hand, where the answer is known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "summary.h"

enum { TICKS = 80, UP = 8, DOWN = 40 }; /* step over 80 ticks: high from 8, low from 40 */

static struct la_adapt_row rows[TICKS];

static struct la_adapt_summary summarise(const char *profile)
{
    const struct la_adapt_case what = {.profile = la_profile_find(profile), .nr_ticks = TICKS};
    struct la_adapt_summary summary;
    struct la_demand demand;

    assert_true(la_demand_init(&demand, what.profile, TICKS, 0));
    summary = la_adapt_summarise(&what, &demand, rows);
    la_demand_fini(&demand);
    return summary;
}

/* Depth and held alike; a tenth of the allocations misses. */
static void fill(uint32_t from, uint32_t to, uint32_t depth)
{
    for (uint32_t tick = from; tick < to; tick++)
        rows[tick] =
            (struct la_adapt_row){.depth = depth, .held = depth, .allocates = 100, .misses = 10};
}

static void set_misses(uint32_t from, uint32_t to, uint64_t misses)
{
    for (uint32_t tick = from; tick < to; tick++)
        rows[tick].misses = misses;
}

/* Steady are 90 hits of 100, and 95 % of that is 85.5. */
static void time_to_95_counts_from_the_top(void **state)
{
    (void)state;
    fill(0, TICKS, 100);
    assert_true(summarise("step").to_95 == 0);
    set_misses(UP, UP + 5, 15);
    assert_true(summarise("step").to_95 == 5);
    set_misses(UP, UP + 5, 14);
    assert_true(summarise("step").to_95 == 0);
}

static void one_good_tick_is_not_enough(void **state)
{
    (void)state;
    fill(0, TICKS, 100);
    set_misses(UP, UP + 10, 50);
    set_misses(UP + 4, UP + 6, 0);
    assert_true(summarise("step").to_95 == 10);
    set_misses(UP + 4, UP + 7, 0);
    assert_true(summarise("step").to_95 == 4);
}

static void a_hit_ratio_that_swings_to_the_end_never_gets_there(void **state)
{
    (void)state;
    fill(0, TICKS, 100);
    for (uint32_t tick = UP; tick < DOWN; tick += 3)
        set_misses(tick, tick + 1, 60);
    assert_true(summarise("step").stays);
    assert_true(isnan(summarise("step").to_95));
}

static void overshoot_is_what_the_depth_exceeds_its_final_value_by(void **state)
{
    struct la_adapt_summary summary;

    (void)state;
    fill(0, TICKS, 100);
    fill(UP + 10, UP + 11, 130);
    summary = summarise("step");
    assert_true(summary.final_depth == 100);
    assert_true(summary.overshoot == 30);
    fill(DOWN, TICKS, 200); /* not in the stretch */
    assert_true(summarise("step").overshoot == 30);
}

static void a_demand_that_never_stays_has_no_final_depth(void **state)
{
    (void)state;
    fill(0, TICKS, 100);
    assert_false(summarise("sine").stays);
    assert_true(isnan(summarise("sine").to_95));
    assert_true(isnan(summarise("sine").overshoot));
}

static void a_list_that_keeps_nothing_has_no_final_depth(void **state)
{
    (void)state;
    fill(0, TICKS, 100);
    for (uint32_t tick = 0; tick < TICKS; tick++)
        rows[tick].held = 0;
    assert_false(summarise("step").stays);
    assert_true(summarise("step").end_bytes == 0);
    assert_true(summarise("step").kept_byte_s == 0);
}

static void the_steady_hit_ratio_is_of_the_last_quarter_at_the_top(void **state)
{
    (void)state;
    fill(0, TICKS, 100);
    set_misses(DOWN - 8, DOWN, 0);
    set_misses(DOWN, TICKS, 100);
    assert_true(summarise("step").steady_hit == 1);
    set_misses(DOWN - 9, DOWN - 8, 100);
    assert_true(summarise("step").steady_hit == 1);
}

/* The oracle of a step from 16 to 192 misses each of the 192 once. */
static void hits_lost_are_misses_beyond_those_of_the_oracle(void **state)
{
    struct la_adapt_summary summary;

    (void)state;
    fill(0, TICKS, 100);
    summary = summarise("step");
    assert_true(summary.allocates == 100.0 * TICKS);
    assert_true(summary.misses == 10.0 * TICKS);
    assert_true(summary.hits_lost == 10.0 * TICKS - LA_PROFILE_HIGH);
}

static void no_allocations_give_no_ratio(void **state)
{
    (void)state;
    fill(0, TICKS, 100);
    rows[3].allocates = rows[3].misses = 0;
    assert_true(isnan(la_adapt_hit(rows, 3, 4)));
    assert_true(la_adapt_hit(rows, 3, 5) == 0.9);
}

static void bytes_are_entries_times_their_size(void **state)
{
    struct la_adapt_summary summary;

    (void)state;
    fill(0, TICKS / 2, 0);
    fill(TICKS / 2, TICKS, 10);
    summary = summarise("step");
    assert_true(summary.end_bytes == 10 * LA_ADAPT_SIZE_BYTES);
    assert_true(summary.kept_byte_s == 10.0 * TICKS / 2 * LA_ADAPT_SIZE_BYTES);
    /* 32 of the 80 seconds are high. */
    assert_true(summary.wanted_byte_s ==
                (32 * LA_PROFILE_HIGH + 48 * LA_PROFILE_LOW) * (double)LA_ADAPT_SIZE_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_to_95_counts_from_the_top),
        cmocka_unit_test(one_good_tick_is_not_enough),
        cmocka_unit_test(a_hit_ratio_that_swings_to_the_end_never_gets_there),
        cmocka_unit_test(overshoot_is_what_the_depth_exceeds_its_final_value_by),
        cmocka_unit_test(a_demand_that_never_stays_has_no_final_depth),
        cmocka_unit_test(a_list_that_keeps_nothing_has_no_final_depth),
        cmocka_unit_test(the_steady_hit_ratio_is_of_the_last_quarter_at_the_top),
        cmocka_unit_test(hits_lost_are_misses_beyond_those_of_the_oracle),
        cmocka_unit_test(no_allocations_give_no_ratio),
        cmocka_unit_test(bytes_are_entries_times_their_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
