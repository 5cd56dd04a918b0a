/* SPDX-License-Identifier: MIT */
/* adapt_drive_test.c: real lists under the profiles. Counts only, so every number is exact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drive.h"
#include "strategy.h"

enum { TICKS = 240 };

static struct la_adapt_row rows[TICKS], again[TICKS];

static struct la_adapt_case make_case(const char *strategy, const char *policy, const char *profile)
{
    return (struct la_adapt_case){
        .strategy = lookaside_strategy_find(strategy),
        .policy = lookaside_policy_find(policy),
        .profile = la_profile_find(profile),
        .nr_ticks = TICKS,
    };
}

static void drive_case(const struct la_adapt_case *what, struct la_adapt_row *into)
{
    struct la_demand demand;

    assert_true(la_demand_init(&demand, what->profile, what->nr_ticks, what->seed));
    assert_int_equal(la_adapt_drive(what, &demand, into), 0);
    la_demand_fini(&demand);
}

static void drive(const char *strategy, const char *policy, const char *profile)
{
    const struct la_adapt_case what = make_case(strategy, policy, profile);

    drive_case(&what, rows);
}

static void fixed_misses_each_entry_once(void **state)
{
    uint64_t misses = 0;

    (void)state;
    drive("spinlock", "fixed", "step");
    for (uint32_t tick = 0; tick < TICKS; tick++) {
        misses += rows[tick].misses;
        assert_int_equal(rows[tick].depth, 256);
        assert_int_equal(rows[tick].allocates, (uint64_t)rows[tick].demand * LA_ADAPT_BURSTS);
    }
    assert_int_equal(misses, LA_PROFILE_HIGH);
    assert_int_equal(rows[TICKS - 1].held, LA_PROFILE_HIGH);
}

static void balance_starts_small_grows_and_gives_back(void **state)
{
    const struct la_profile_stretch at = la_profile_find("step")->stretch(TICKS);

    (void)state;
    drive("spinlock", "balance", "step");
    assert_int_equal(rows[0].depth, 4);
    /* 16 wanted at once and 4 kept: each burst misses the other 12. */
    assert_int_equal(rows[0].misses, 12 * LA_ADAPT_BURSTS + 4);
    assert_true(rows[at.end - 1].depth >= LA_PROFILE_HIGH * 9 / 10);
    assert_true(rows[TICKS - 1].depth < rows[at.end - 1].depth);
}

static void balance_keeps_the_minimum_when_idle(void **state)
{
    (void)state;
    drive("spinlock", "balance", "idle-burst");
    assert_int_equal(rows[TICKS - 1].depth, 4);
    assert_int_equal(rows[TICKS - 1].held, 4);
    assert_int_equal(rows[TICKS - 1].allocates, 0);
}

static void a_list_that_keeps_nothing_always_misses(void **state)
{
    (void)state;
    drive("malloc", "balance", "step");
    for (uint32_t tick = 0; tick < TICKS; tick++) {
        assert_int_equal(rows[tick].misses, rows[tick].allocates);
        assert_int_equal(rows[tick].held, 0);
    }
}

static void no_strategy_holds_more_than_its_depth(void **state)
{
    const struct lookaside_strategy *strategy;

    (void)state;
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        if (strategy->supported && !strategy->supported(&(const char *){NULL}))
            continue;
        drive(strategy->name, "balance", "sine");
        for (uint32_t tick = 0; tick < TICKS; tick++)
            assert_true(rows[tick].held <= rows[tick].depth);
    }
}

static void working_set_follows_the_demand_down_without_a_limit_in_its_way(void **state)
{
    const struct la_profile_stretch at = la_profile_find("step")->stretch(TICKS);

    (void)state;
    drive("spinlock", "working-set", "step");
    for (uint32_t tick = 0; tick < TICKS; tick++)
        assert_int_equal(rows[tick].depth, 256);
    assert_int_equal(rows[at.end - 1].held, LA_PROFILE_HIGH);
    /* Ticks fall between bursts and see no minimum below what is held. */
    assert_true(rows[TICKS - 1].held <= LA_PROFILE_LOW);
}

static void no_policy_keeps_less_than_its_minimum_of_what_was_there(void **state)
{
    const struct lookaside_policy *policy;

    (void)state;
    for (size_t i = 0; (policy = lookaside_policy_at(i)); i++) {
        struct la_adapt_case what = make_case("spinlock", policy->name, "idle-burst");

        for (what.seed = 0; what.seed < 3; what.seed++) {
            drive_case(&what, rows);
            assert_true(rows[TICKS - 1].held >= 4);
            assert_int_equal(rows[TICKS - 1].allocates, 0);
        }
    }
}

/* Allocations are those of the demand, wherever in a burst the ticks fall. */
static void chance_changes_neither_the_work_nor_the_bounds(void **state)
{
    struct la_adapt_case what = make_case("spinlock", "working-set", "sine");

    (void)state;
    for (what.seed = 1; what.seed < 6; what.seed++) {
        struct la_demand demand;
        uint64_t asked = 0, got = 0;

        assert_true(la_demand_init(&demand, what.profile, TICKS, what.seed));
        assert_int_equal(la_adapt_drive(&what, &demand, rows), 0);
        for (uint32_t i = 0; i < TICKS * LA_ADAPT_BURSTS; i++)
            asked += demand.bursts[i];
        for (uint32_t tick = 0; tick < TICKS; tick++) {
            got += rows[tick].allocates;
            assert_true(rows[tick].held <= LA_ADAPT_CEILING);
            assert_true(rows[tick].misses <= rows[tick].allocates);
        }
        assert_int_equal(asked, got);
        la_demand_fini(&demand);
    }
}

static void the_same_run_gives_the_same_rows(void **state)
{
    struct la_adapt_case what = make_case("spinlock", "balance", "sine");

    (void)state;
    for (what.seed = 0; what.seed < 3; what.seed++) {
        drive_case(&what, rows);
        drive_case(&what, again);
        assert_memory_equal(rows, again, sizeof rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_misses_each_entry_once),
        cmocka_unit_test(balance_starts_small_grows_and_gives_back),
        cmocka_unit_test(balance_keeps_the_minimum_when_idle),
        cmocka_unit_test(a_list_that_keeps_nothing_always_misses),
        cmocka_unit_test(no_strategy_holds_more_than_its_depth),
        cmocka_unit_test(working_set_follows_the_demand_down_without_a_limit_in_its_way),
        cmocka_unit_test(no_policy_keeps_less_than_its_minimum_of_what_was_there),
        cmocka_unit_test(chance_changes_neither_the_work_nor_the_bounds),
        cmocka_unit_test(the_same_run_gives_the_same_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
