/* SPDX-License-Identifier: MIT */
/* order_test.c: medians, and the intervals whose confidence is in every table of statistics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "order.h"

static void medians(void **state)
{
    double odd[] = {5, 1, 3}, even[] = {4, 1, 3, 2};

    (void)state;
    assert_true(la_order_median(odd, 3) == 3);
    assert_true(la_order_median(even, 4) == 2.5);
    assert_true(even[0] == 1 && even[3] == 4);
}

/* 6 values: smallest to largest, 96.9 %; 9: second to eighth, 96.1 %; 15: fourth to twelfth. */
static void intervals(void **state)
{
    static const struct {
        size_t nr, low;
    } known[] = {{6, 0}, {8, 0}, {9, 1}, {11, 1}, {12, 2}, {15, 3}, {20, 5}, {1000, 468}};
    size_t low = 0;

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_true(la_order_interval(known[i].nr, &low));
        assert_int_equal(low, known[i].low);
    }
}

static void too_few_values_have_none(void **state)
{
    size_t low;

    (void)state;
    for (size_t nr = 1; nr < 6; nr++)
        assert_false(la_order_interval(nr, &low));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(medians),
        cmocka_unit_test(intervals),
        cmocka_unit_test(too_few_values_have_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
