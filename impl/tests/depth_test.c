/* SPDX-License-Identifier: MIT */
/* depth_test.c: the depth policies, tick by tick. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "depth.h"

static uint32_t balance(uint32_t depth, uint64_t allocates, uint64_t misses)
{
    const struct lookaside_tick tick = {
        .allocates = allocates, .misses = misses, .depth = depth, .min_depth = 4, .max_depth = 256};

    return la_balance_next_depth(&la_balance_defaults, &tick);
}

static void idle_falls_by_ten(void **state)
{
    (void)state;
    assert_int_equal(balance(100, 0, 0), 90);
    assert_int_equal(balance(100, 24, 24), 90);
    assert_int_equal(balance(14, 0, 0), 4);
    assert_int_equal(balance(13, 0, 0), 4);
    assert_int_equal(balance(4, 0, 0), 4);
}

static void few_misses_fall_by_one(void **state)
{
    (void)state;
    assert_int_equal(balance(100, 1000, 4), 99);
    assert_int_equal(balance(4, 1000, 0), 4);
}

static void misses_grow_with_the_head_room(void **state)
{
    (void)state;
    /* m * (max - d) / 2 + 5: 1.0 * 252 / 2 + 5 = 131. */
    assert_int_equal(balance(4, 25, 25), 4 + 131);
    /* 0.005 * 156 / 2 + 5 = 5.39. */
    assert_int_equal(balance(100, 1000, 5), 105);
    assert_int_equal(balance(255, 1000, 1000), 256);
    assert_int_equal(balance(256, 1000, 1000), 256);
}

static void parameters_are_not_literals(void **state)
{
    const struct la_balance_parameters odd = {
        .idle_allocates = 2, .idle_step = 3, .low_miss_ratio = 0.5, .growth_base = 1};
    struct lookaside_tick tick = {.allocates = 1, .depth = 50, .min_depth = 4, .max_depth = 100};

    (void)state;
    assert_int_equal(la_balance_next_depth(&odd, &tick), 47);
    tick.allocates = 10;
    tick.misses = 4;
    assert_int_equal(la_balance_next_depth(&odd, &tick), 49);
    tick.misses = 10;
    assert_int_equal(la_balance_next_depth(&odd, &tick), 50 + 25 + 1);
}

static uint32_t miss_target(uint32_t depth, uint64_t allocates, uint64_t misses)
{
    const struct lookaside_tick tick = {
        .allocates = allocates, .misses = misses, .depth = depth, .min_depth = 4, .max_depth = 256};

    return la_miss_target_next_depth(&la_miss_target_defaults, &tick);
}

static void miss_target_adds_above_the_target_and_multiplies_below(void **state)
{
    (void)state;
    assert_int_equal(miss_target(100, 1000, 11), 116);
    assert_int_equal(miss_target(100, 1000, 10), 97);
    assert_int_equal(miss_target(250, 1, 1), 256);
    assert_int_equal(miss_target(256, 1, 1), 256);
    assert_int_equal(miss_target(20, 1000, 0), 19);
    assert_int_equal(miss_target(4, 1000, 0), 4);
    assert_int_equal(miss_target(128, 0, 0), 112);
}

static uint32_t working_set(uint32_t least_held, uint32_t interval_ticks, bool idle)
{
    const struct lookaside_tick tick = {.depth = 200,
                                        .max_depth = 256,
                                        .held = 150,
                                        .least_held = least_held,
                                        .interval_ticks = interval_ticks,
                                        .interval_idle = idle};

    assert_int_equal(la_policy_working_set.next_depth(NULL, &tick), 200);
    return la_working_set_keep(&la_working_set_defaults, &tick);
}

static void working_set_gives_back_of_the_least_at_the_interval_s_end(void **state)
{
    (void)state;
    assert_int_equal(la_policy_working_set.interval_ticks, 5);
    assert_int_equal(working_set(50, 5, true), 100);
    assert_int_equal(working_set(150, 5, true), 0);
    assert_int_equal(working_set(50, 5, false), 150 - 13);
    assert_int_equal(working_set(1, 5, false), 149);
    assert_int_equal(working_set(0, 5, false), 200);
    assert_int_equal(working_set(50, 4, true), 200);
}

static void fixed_stays(void **state)
{
    const struct lookaside_tick tick = {.allocates = 1000, .misses = 1000, .depth = 7};

    (void)state;
    assert_int_equal(la_policy_fixed.next_depth(NULL, &tick), 7);
}

static void policies_are_found_by_name(void **state)
{
    (void)state;
    assert_ptr_equal(lookaside_policy_find("balance"), &la_policy_balance);
    assert_ptr_equal(lookaside_policy_find("fixed"), &la_policy_fixed);
    assert_ptr_equal(lookaside_policy_find("working-set"), lookaside_adaptive_policy());
    assert_ptr_equal(lookaside_policy_find("miss-target"), &la_policy_miss_target);
    assert_null(lookaside_policy_find("balanced"));
    assert_null(lookaside_policy_at(1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_falls_by_ten),
        cmocka_unit_test(few_misses_fall_by_one),
        cmocka_unit_test(misses_grow_with_the_head_room),
        cmocka_unit_test(parameters_are_not_literals),
        cmocka_unit_test(miss_target_adds_above_the_target_and_multiplies_below),
        cmocka_unit_test(working_set_gives_back_of_the_least_at_the_interval_s_end),
        cmocka_unit_test(fixed_stays),
        cmocka_unit_test(policies_are_found_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
