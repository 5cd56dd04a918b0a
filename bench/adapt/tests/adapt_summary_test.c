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

    return la_adapt_summarise(&what, rows);
}

/* Depth and held alike; a tenth of the allocations misses. */
static void fill(uint32_t from, uint32_t to, uint32_t depth)
{
    for (uint32_t tick = from; tick < to; tick++)
        rows[tick] =
            (struct la_adapt_row){.depth = depth, .held = depth, .allocates = 100, .misses = 10};
}

static void settle_time_counts_from_the_top(void **state)
{
    struct la_adapt_summary summary;

    (void)state;
    fill(0, UP + 5, 50);
    fill(UP + 5, TICKS, 100);
    summary = summarise("step");
    assert_true(summary.settles);
    assert_int_equal(summary.settle_ticks, 5);
    assert_true(summary.final_depth == 100);
    assert_true(summary.overshoot == 0);
}

static void within_a_tenth_counts_as_settled(void **state)
{
    (void)state;
    fill(0, UP + 5, 50);
    fill(UP + 5, UP + 9, 90);
    fill(UP + 9, TICKS, 100);
    assert_int_equal(summarise("step").settle_ticks, 5);
    fill(UP + 5, UP + 9, 89);
    assert_int_equal(summarise("step").settle_ticks, 9);
}

static void a_late_excursion_restarts_the_count(void **state)
{
    struct la_adapt_summary summary;

    (void)state;
    fill(0, TICKS, 100);
    fill(UP + 10, UP + 11, 130);
    summary = summarise("step");
    assert_int_equal(summary.settle_ticks, 11);
    assert_true(summary.overshoot == 30);
}

static void a_depth_that_swings_to_the_end_never_settles(void **state)
{
    struct la_adapt_summary summary;

    (void)state;
    fill(0, TICKS, 100);
    for (uint32_t tick = UP; tick < DOWN; tick += 2)
        fill(tick, tick + 1, 200);
    summary = summarise("step");
    assert_true(summary.stays);
    assert_false(summary.settles);
}

static void a_demand_that_never_stays_has_no_final_depth(void **state)
{
    (void)state;
    fill(0, TICKS, 100);
    assert_false(summarise("sine").stays);
    assert_false(summarise("sine").settles);
}

static void a_list_that_keeps_nothing_has_no_final_depth(void **state)
{
    (void)state;
    fill(0, TICKS, 100);
    for (uint32_t tick = 0; tick < TICKS; tick++)
        rows[tick].held = 0;
    assert_false(summarise("step").stays);
    assert_int_equal(summarise("step").end_bytes, 0);
}

static void hit_ratios_are_of_their_own_ticks(void **state)
{
    struct la_adapt_summary summary;

    (void)state;
    fill(0, TICKS, 100);
    for (uint32_t tick = UP; tick < UP + LA_ADAPT_TRANSIENT_TICKS; tick++)
        rows[tick].misses = 75;
    for (uint32_t tick = DOWN - 8; tick < DOWN; tick++)
        rows[tick].misses = 0;
    summary = summarise("step");
    assert_true(summary.transient_hit == 0.25);
    assert_true(summary.steady_hit == 1);
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
    assert_int_equal(summary.end_bytes, 10 * LA_ADAPT_SIZE_BYTES);
    assert_true(summary.mean_bytes == 5 * LA_ADAPT_SIZE_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settle_time_counts_from_the_top),
        cmocka_unit_test(within_a_tenth_counts_as_settled),
        cmocka_unit_test(a_late_excursion_restarts_the_count),
        cmocka_unit_test(a_depth_that_swings_to_the_end_never_settles),
        cmocka_unit_test(a_demand_that_never_stays_has_no_final_depth),
        cmocka_unit_test(a_list_that_keeps_nothing_has_no_final_depth),
        cmocka_unit_test(hit_ratios_are_of_their_own_ticks),
        cmocka_unit_test(no_allocations_give_no_ratio),
        cmocka_unit_test(bytes_are_entries_times_their_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
