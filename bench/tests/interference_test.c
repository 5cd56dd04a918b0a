/* SPDX-License-Identifier: MIT */
/* interference_test.c: steal and throttling, read from texts as kernels write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "interference.h"

static const char stat_text[] = "cpu  1979574 340644 441208 1602009 8333 0 2819 3203 0 0\n"
                                "cpu0 1091594 156168 224936 713424 1747 0 359 1439 0 0\n"
                                "cpu1 887979 184475 216271 888585 6585 0 2460 1763 0 0\n"
                                "cpu11 1 1 1 1 1 1 1 7 0 0\n"
                                "intr 12345 0 9\n";

static void steal_is_that_of_the_cpus_asked_for(void **state)
{
    const unsigned both[] = {1, 0, 1}, last[] = {11};
    uint64_t ticks;

    (void)state;
    assert_true(la_interference_steal(stat_text, both, 3, &ticks));
    assert_int_equal(ticks, 1439 + 1763);
    assert_true(la_interference_steal(stat_text, last, 1, &ticks));
    assert_int_equal(ticks, 7);
}

static void what_is_not_there_is_not_known(void **state)
{
    const unsigned missing[] = {0, 2}, first[] = {0};
    uint64_t ticks;

    (void)state;
    assert_false(la_interference_steal(stat_text, missing, 2, &ticks));
    assert_false(la_interference_steal("cpu0 1 2 3 4\n", first, 1, &ticks));
    assert_false(la_interference_throttled("usage_usec 12\nuser_usec 3\n", &ticks));
}

static void throttled_periods_of_both_versions(void **state)
{
    uint64_t periods;

    (void)state;
    assert_true(
        la_interference_throttled("nr_periods 9\nnr_throttled 4\nthrottled_time 5\n", &periods));
    assert_int_equal(periods, 4);
    assert_true(la_interference_throttled("usage_usec 12\nnr_periods 9\nnr_throttled 3\n"
                                          "throttled_usec 5\n",
                                          &periods));
    assert_int_equal(periods, 3);
}

static void differences_never_step_back(void **state)
{
    const struct la_interference before = {true, true, 5e7, 3}, after = {true, false, 4e7, 8};
    struct la_interference between;

    (void)state;
    la_interference_between(&before, &after, &between);
    assert_true(between.steal_known && between.steal_ns == 0);
    assert_false(between.throttled_known);
    assert_int_equal(between.throttled, 0);
    la_interference_between(&after, &before, &between);
    assert_true(between.steal_ns == 1e7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steal_is_that_of_the_cpus_asked_for),
        cmocka_unit_test(what_is_not_there_is_not_known),
        cmocka_unit_test(throttled_periods_of_both_versions),
        cmocka_unit_test(differences_never_step_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
