/* SPDX-License-Identifier: MIT */
/* arithmetic_test.c: the definitions of bench/README.md on figures worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arithmetic.h"

static void close_to(double got, double wanted)
{
    assert_true(fabs(got - wanted) <= 1e-9 * fmax(1, fabs(wanted)));
}

/* Of two threads: 0 to 100 ns with 300 operations, 10 to 110 ns with 100; what is not to be
 * measured is of the first. */
static struct la_window_figures of_two(double paused_ns, double looked_ns)
{
    const struct la_thread_figures threads[] = {
        {.operations = 300, .stop_ns = 100, .paused_ns = paused_ns, .looked_ns = looked_ns},
        {.operations = 100, .start_ns = 10, .stop_ns = 110},
    };
    struct la_window_figures figures;

    assert_true(la_window_figures(threads, 2, &figures));
    assert_int_equal(figures.operations, 400);
    close_to(figures.full_concurrency, 90.0 / 110);
    return figures;
}

static void a_window_of_two_threads(void **state)
{
    const struct la_window_figures figures = of_two(0, 0);

    (void)state;
    close_to(figures.wall_ns, 110);
    close_to(figures.ops_per_s, 400 / 110e-9);
    close_to(figures.ns_per_op, 110.0 * 2 / 400);
    close_to(figures.share_min, 0.5);
    close_to(figures.share_max, 1.5);
}

/* Then their own times count, not how far apart they began and ended. */
static void a_window_with_pauses(void **state)
{
    const struct la_window_figures figures = of_two(60, 0);

    (void)state;
    close_to(figures.wall_ns, 70);
    close_to(figures.ns_per_op, 140.0 / 400);
    close_to(figures.ops_per_s, 400 / 70e-9);
}

/* What the harness looked is nobody's: its mean is taken off, with pauses and without. */
static void a_window_with_looks(void **state)
{
    (void)state;
    close_to(of_two(0, 20).wall_ns, 100);
    close_to(of_two(40, 20).wall_ns, 70);
}

static void threads_that_never_ran_together(void **state)
{
    const struct la_thread_figures threads[] = {
        {.operations = 1, .start_ns = 0, .stop_ns = 10},
        {.operations = 1, .start_ns = 20, .stop_ns = 30},
    };
    struct la_window_figures figures;

    (void)state;
    assert_true(la_window_figures(threads, 2, &figures));
    close_to(figures.full_concurrency, 0);
}

static void windows_without_anything(void **state)
{
    const struct la_thread_figures idle = {.operations = 0, .start_ns = 0, .stop_ns = 10};
    const struct la_thread_figures timeless = {.operations = 5, .start_ns = 7, .stop_ns = 7};
    struct la_window_figures figures;

    (void)state;
    assert_false(la_window_figures(&idle, 1, &figures));
    assert_false(la_window_figures(&timeless, 1, &figures));
    assert_false(la_window_figures(NULL, 0, &figures));
}

/* Operations, not iterations, are what a row counts; the cost of one follows from the window. */
static void a_batch_is_so_many_operations(void **state)
{
    struct la_thread_figures thread = {.start_ns = 0, .stop_ns = 5120};
    struct la_window_figures figures;

    (void)state;
    thread.operations = la_operations(10, 256);
    assert_int_equal(thread.operations, 2560);
    assert_true(la_window_figures(&thread, 1, &figures));
    close_to(figures.ns_per_op, 2);
    assert_int_equal(la_operations(UINT64_C(1) << 40, 2), UINT64_C(1) << 41);
}

static void net_is_given_up_to_four_fifths(void **state)
{
    double net = -1;

    (void)state;
    assert_true(la_net_ns(10, 8, &net));
    close_to(net, 2);
    assert_true(la_net_ns(10, 0, &net));
    close_to(net, 10);
    net = -1;
    assert_false(la_net_ns(10, 8.01, &net));
    assert_false(la_net_ns(10, 11, &net));
    close_to(net, -1);
}

static void hits(void **state)
{
    double ratio = -1;

    (void)state;
    assert_false(la_hit_ratio(0, 0, &ratio));
    assert_false(la_hit_ratio(3, 4, &ratio));
    close_to(ratio, -1);
    assert_true(la_hit_ratio(8, 2, &ratio));
    close_to(ratio, 0.75);
    assert_true(la_hit_ratio(8, 8, &ratio));
    close_to(ratio, 0);
}

static void samples_lose_the_floor_once(void **state)
{
    (void)state;
    close_to(la_sample_ns(120, 40, 0.5, 8), 5);
    close_to(la_sample_ns(40, 40, 0.5, 8), 0);
    close_to(la_sample_ns(30, 40, 0.5, 8), 0);
}

static void percentiles_need_samples(void **state)
{
    (void)state;
    assert_false(la_percentile_known(19, 50));
    assert_true(la_percentile_known(20, 50));
    assert_false(la_percentile_known(299, 99));
    assert_true(la_percentile_known(300, 99));
    assert_false(la_percentile_known(2990, 99.9));
    assert_true(la_percentile_known(3000, 99.9));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_of_two_threads),
        cmocka_unit_test(a_window_with_pauses),
        cmocka_unit_test(a_window_with_looks),
        cmocka_unit_test(threads_that_never_ran_together),
        cmocka_unit_test(windows_without_anything),
        cmocka_unit_test(a_batch_is_so_many_operations),
        cmocka_unit_test(net_is_given_up_to_four_fifths),
        cmocka_unit_test(hits),
        cmocka_unit_test(samples_lose_the_floor_once),
        cmocka_unit_test(percentiles_need_samples),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
