/* SPDX-License-Identifier: MIT */
/* openloop_search_test.c: estimates over blocks and processes, and the search for a rate. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openloop.h"
#include "search.h"

/* --- estimates --- */

/* Values 1, 2, ..., of blocks that go round so many processes. */
static struct la_openloop_estimate of_blocks(unsigned nr_blocks, unsigned nr_processes)
{
    static struct la_openloop_cell cell;

    cell.nr_blocks = nr_blocks;
    for (unsigned i = 0; i < nr_blocks; i++) {
        cell.block[i] = i;
        cell.process[i] = i % nr_processes;
        cell.block_ns[LA_VIEW_ALL][0][i] = i + 1;
    }
    return la_openloop_estimate(&cell, NULL, LA_VIEW_ALL, 0);
}

static void intervals_are_those_of_independent_samples(void **state)
{
    struct la_openloop_estimate estimate = of_blocks(12, 12);

    (void)state;
    assert_true(estimate.low == 3 && estimate.high == 10);
    estimate = of_blocks(12, 1);
    assert_true(estimate.low == 3 && estimate.high == 10);
    /* The medians of six processes are 4 to 9. */
    estimate = of_blocks(12, 6);
    assert_int_equal(estimate.nr_processes, 6);
    assert_true(estimate.median == 6.5 && estimate.low == 4 && estimate.high == 9);
    estimate = of_blocks(12, 5);
    assert_true(estimate.median == 6.5 && isnan(estimate.low) && isnan(estimate.high));
}

/* --- the search --- */

static void few_windows_decide_nothing(void **state)
{
    (void)state;
    assert_int_equal(la_search_judge(5, 5), LA_SEARCH_OPEN);
    assert_int_equal(la_search_judge(6, 6), LA_SEARCH_KEPT);
    assert_int_equal(la_search_judge(0, 6), LA_SEARCH_MISSED);
    assert_int_equal(la_search_judge(5, 6), LA_SEARCH_OPEN);
    assert_int_equal(la_search_judge(11, 12), LA_SEARCH_KEPT);
    assert_int_equal(la_search_judge(6, 12), LA_SEARCH_UNDECIDED);
}

/* A contender that keeps the target up to `until`, never from `from` on, and every second time in
 * between. */
/* Of the ways that windows may go which keep the target or do not as a coin falls: the share that
 * is decided for KEPT at any look. By hand: 1/64 after six, 6/512 after nine, 33/4096 after twelve.
 */
static double share_kept(unsigned nr_kept, unsigned nr)
{
    const enum la_search_verdict verdict = la_search_judge(nr_kept, nr);

    if (verdict != LA_SEARCH_OPEN)
        return verdict == LA_SEARCH_KEPT ? 1 : 0;
    return (share_kept(nr_kept + 1, nr + 1) + share_kept(nr_kept, nr + 1)) / 2;
}

static void many_looks_have_a_bounded_error(void **state)
{
    (void)state;
    assert_float_equal(share_kept(0, 0), 1 / 64.0 + 6 / 512.0 + 33 / 4096.0, 1e-12);
}

static struct la_search search_for(double lowest, double highest, double until, double from)
{
    struct la_search search = la_search_begin(lowest, highest);
    bool kept = false;

    while (!la_search_done(&search)) {
        assert_true(search.rate >= lowest && search.rate <= highest);
        assert_in_range(search.nr_steps, 0, 60);
        kept = search.rate < from && (search.rate <= until || !kept);
        la_search_tell(&search, kept);
    }
    return search;
}

static void the_search_closes_in_on_the_rate(void **state)
{
    const struct la_search search = search_for(1e4, 1e7, 3e6, 3e6);

    (void)state;
    assert_int_equal(la_search_answer(&search), LA_SEARCH_FOUND);
    assert_true(search.kept <= 3e6 && search.missed >= 3e6);
    assert_true(search.missed / search.kept <= LA_SEARCH_RESOLUTION);
}

static void the_search_says_what_it_does_not_know(void **state)
{
    struct la_search search = search_for(1e4, 1e7, 1e8, 1e9);

    (void)state;
    assert_int_equal(la_search_answer(&search), LA_SEARCH_BEYOND);
    assert_true(search.kept == 1e7);
    search = search_for(1e4, 1e7, 0, 0);
    assert_int_equal(la_search_answer(&search), LA_SEARCH_NOT_REACHED);
    search = search_for(1e4, 1e7, 0, 1e9);
    assert_int_equal(la_search_answer(&search), LA_SEARCH_NOT_DECIDED);
    search = search_for(1e4, 1e7, 1e6, 4e6);
    assert_int_equal(la_search_answer(&search), LA_SEARCH_NOT_DECIDED);
    assert_true(search.kept <= 1e6 && search.kept > 1e6 / LA_SEARCH_RESOLUTION / 1.01);
    search = search_for(5e5, 5e5, 0, 0);
    assert_int_equal(la_search_answer(&search), LA_SEARCH_NOT_REACHED);
    search = la_search_begin(1e4, 1e7);
    assert_int_equal(la_search_answer(&search), LA_SEARCH_STOPPED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_are_those_of_independent_samples),
        cmocka_unit_test(few_windows_decide_nothing),
        cmocka_unit_test(many_looks_have_a_bounded_error),
        cmocka_unit_test(the_search_closes_in_on_the_rate),
        cmocka_unit_test(the_search_says_what_it_does_not_know),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
