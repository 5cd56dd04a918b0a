/* SPDX-License-Identifier: MIT */
/* histogram_test.c: that buckets tile the whole range without overlap, and that percentiles keep
 * their promised error bound against sorted values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "histogram.h"
#include "random.h"

static struct la_histogram histogram, other;

static void buckets_tile_the_range(void **state)
{
    (void)state;
    for (size_t i = 0; i + 1 < LA_HISTOGRAM_BUCKETS; i++) {
        const uint64_t upper = la_histogram_upper(i);

        assert_int_equal(la_histogram_bucket(upper), i);
        assert_int_equal(la_histogram_bucket(upper + 1), i + 1);
    }
    assert_int_equal(la_histogram_bucket(0), 0);
    assert_true(la_histogram_upper(LA_HISTOGRAM_BUCKETS - 1) == UINT64_MAX);
    assert_int_equal(la_histogram_bucket(UINT64_MAX), LA_HISTOGRAM_BUCKETS - 1);
}

static int ascending(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

/* Values over many orders of magnitude, as latencies are. */
static void percentiles_are_within_their_bound(void **state)
{
    enum { NR = 10000 };
    static const double percents[] = {0.01, 1, 50, 90, 99, 99.9, 100};
    static uint64_t values[NR];
    struct la_random random = la_random_seeded(1);

    (void)state;
    la_histogram_reset(&histogram);
    for (size_t i = 0; i < NR; i++) {
        values[i] = la_random_next(&random);
        values[i] >>= la_random_next(&random) % 64;
        la_histogram_add(&histogram, values[i]);
    }
    qsort(values, NR, sizeof *values, ascending);
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        const size_t rank = (size_t)(percents[i] / 100 * NR + 0.5);
        const uint64_t exact = values[(rank ? rank : 1) - 1];
        const uint64_t got = la_histogram_percentile(&histogram, percents[i]);

        assert_true(got >= exact);
        assert_true(got - exact <= exact / LA_HISTOGRAM_SUB);
    }
}

static void small_values_are_exact(void **state)
{
    (void)state;
    la_histogram_reset(&histogram);
    for (uint64_t value = 1; value <= 60; value++)
        la_histogram_add(&histogram, value);
    assert_int_equal(la_histogram_percentile(&histogram, 50), 30);
    assert_int_equal(la_histogram_percentile(&histogram, 100), 60);
    assert_int_equal(la_histogram_percentile(&histogram, 0.001), 1);
}

static void merging_adds(void **state)
{
    (void)state;
    la_histogram_reset(&histogram);
    la_histogram_reset(&other);
    la_histogram_add(&histogram, 7);
    la_histogram_add(&other, 7);
    la_histogram_add(&other, 1 << 20);
    la_histogram_merge(&histogram, &other);
    assert_int_equal(histogram.total, 3);
    assert_int_equal(histogram.count[7], 2);
    assert_int_equal(histogram.count[la_histogram_bucket(1 << 20)], 1);
}

static void an_empty_one_has_no_percentile(void **state)
{
    (void)state;
    la_histogram_reset(&histogram);
    assert_int_equal(la_histogram_percentile(&histogram, 50), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_tile_the_range),
        cmocka_unit_test(percentiles_are_within_their_bound),
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(merging_adds),
        cmocka_unit_test(an_empty_one_has_no_percentile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
