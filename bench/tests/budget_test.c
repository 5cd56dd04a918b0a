/* SPDX-License-Identifier: MIT */
/*
 * budget_test.c: where the time of a run goes, on groups whose verdicts are simulated: each
 * comparison has a number of deciding blocks from which on it has one.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "budget.h"

enum { NR = 4, BASE = 6, ROUNDS = 1000 };

static struct la_budget_group groups[NR];
static bool chosen[NR];

/* What is true of each group: the blocks that each of two comparisons takes; HUGE_VAL: no number
 * does. */
static const double *truths[NR];
static double spent_s;
static unsigned nr_rejected[NR]; /* blocks to come that will be */

static int set_up(void **state)
{
    static const double none[] = {0, 0};

    (void)state;
    memset(groups, 0, sizeof groups);
    memset(nr_rejected, 0, sizeof nr_rejected);
    for (size_t i = 0; i < NR; i++) {
        groups[i].block_s = 1;
        truths[i] = none;
    }
    spent_s = 0;
    return 0;
}

static void judge(void)
{
    for (size_t i = 0; i < NR; i++) {
        struct la_budget_group *group = &groups[i];

        group->judged = true;
        group->nr_open = 0;
        for (size_t j = 0; j < 2; j++) {
            if (truths[i][j] > group->nr_usable)
                group->more[group->nr_open++] = truths[i][j] - group->nr_usable;
        }
    }
}

static void give(size_t i)
{
    for (int block = 0; block < LA_BUDGET_BLOCKS; block++) {
        const bool reject = nr_rejected[i] > 0;

        nr_rejected[i] -= reject;
        groups[i].nr_tried++;
        groups[i].nr_usable += !reject;
        spent_s += groups[i].block_s;
    }
}

/* Spends so much; the judgement of the first round is the screening's. */
static void spend(double budget_s)
{
    for (int round = 0; round < ROUNDS; round++) {
        judge();
        if (!la_budget_round(groups, NR, BASE, budget_s - spent_s, chosen))
            return;
        for (size_t i = 0; i < NR; i++) {
            if (chosen[i])
                give(i);
        }
        assert_true(spent_s <= budget_s);
    }
    fail_msg("it never ends");
}

static void with_nothing_open_every_group_gets_its_base(void **state)
{
    (void)state;
    spend(1000);
    for (size_t i = 0; i < NR; i++)
        assert_int_equal(groups[i].nr_usable, BASE);
}

static void the_rest_goes_where_cells_are_open(void **state)
{
    static const double some[] = {10, 20};

    (void)state;
    truths[2] = some;
    spend(1000);
    assert_int_equal(groups[2].nr_usable, 20);
    assert_int_equal(groups[0].nr_usable, BASE);
    assert_true(spent_s == 3 * BASE + 20);
}

static void what_nothing_decides_gets_no_more(void **state)
{
    static const double never[] = {HUGE_VAL, HUGE_VAL};

    (void)state;
    truths[1] = never;
    spend(1000);
    assert_int_equal(groups[1].nr_usable, BASE);
}

/* 24 of 44 seconds are the base: 20 decide three comparisons of group 0 and 3, or one of group 1.
 */
static void the_cheapest_verdicts_come_first(void **state)
{
    static const double dear[] = {26, HUGE_VAL}, cheap[] = {8, 9}, middling[] = {14, HUGE_VAL};

    (void)state;
    truths[0] = cheap;
    truths[1] = dear;
    truths[3] = middling;
    spend(44);
    assert_int_equal(groups[0].nr_usable, 10);
    assert_int_equal(groups[3].nr_usable, 14);
    assert_int_equal(groups[1].nr_usable, BASE);
}

/* The same number of blocks, but one takes four times as long. */
static void time_counts_and_not_blocks(void **state)
{
    static const double ten[] = {10, HUGE_VAL};

    (void)state;
    truths[0] = truths[1] = ten;
    groups[0].block_s = 4;
    spend(3 * BASE + 4 * BASE + 5);
    assert_int_equal(groups[1].nr_usable, 10);
    assert_int_equal(groups[0].nr_usable, BASE);
}

/* Too little for all: what the screening left open comes first. */
static void open_groups_get_their_base_first(void **state)
{
    static const double some[] = {6, HUGE_VAL};

    (void)state;
    truths[3] = some;
    spend(BASE + 4);
    assert_int_equal(groups[3].nr_usable, BASE);
    assert_true(groups[0].nr_usable < BASE);
}

static void rejected_blocks_are_made_up_for_within_limits(void **state)
{
    (void)state;
    nr_rejected[0] = 2;
    nr_rejected[1] = 1000;
    spend(1000);
    assert_int_equal(groups[0].nr_usable, BASE);
    assert_int_equal(groups[0].nr_tried, BASE + 2);
    assert_int_equal(groups[1].nr_usable, 0);
    assert_int_equal(groups[1].nr_tried, 2 * BASE);
}

static void without_time_nothing_is_chosen(void **state)
{
    static const double some[] = {10, 20};

    (void)state;
    truths[0] = some;
    judge();
    assert_int_equal(la_budget_round(groups, NR, BASE, 1.5, chosen), 0);
    assert_int_equal(la_budget_round(groups, NR, BASE, -1, chosen), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(with_nothing_open_every_group_gets_its_base, set_up),
        cmocka_unit_test_setup(the_rest_goes_where_cells_are_open, set_up),
        cmocka_unit_test_setup(what_nothing_decides_gets_no_more, set_up),
        cmocka_unit_test_setup(the_cheapest_verdicts_come_first, set_up),
        cmocka_unit_test_setup(time_counts_and_not_blocks, set_up),
        cmocka_unit_test_setup(open_groups_get_their_base_first, set_up),
        cmocka_unit_test_setup(rejected_blocks_are_made_up_for_within_limits, set_up),
        cmocka_unit_test_setup(without_time_nothing_is_chosen, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
