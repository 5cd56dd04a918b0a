/* SPDX-License-Identifier: MIT */
/*
 * sample_size_test.c: whether what is forecast comes true, on simulated blocks; and whether a plan
 * counts the time of a group once, however many comparisons wait for it.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include <cmocka.h>

#include "fixture.h"
#include "sample_size.h"
#include "scopes.h"

static const struct la_resampling resampling = {.nr_resamples = 600, .seed = 7, .level = 0.95};

/* What blocks of such noise give on average: the median's standard error. */
static struct la_estimate expected(double point, double noise, size_t nr_blocks, double between)
{
    const double error = noise * sqrt(M_PI / 2 / (double)nr_blocks);
    const double all = sqrt(error * error + between * between);

    return (struct la_estimate){.point = point,
                                .low = point - 2.2 * all,
                                .high = point + 2.2 * all,
                                .standard_error = all,
                                .between = between,
                                .degrees = (double)nr_blocks - 1,
                                .nr_values = nr_blocks,
                                .nr_processes = between > 0 ? 4 : 1};
}

/* The A/A pair lies somewhere beside 1, as its error has it. */
static struct la_estimate expected_twin(double noise, size_t nr_blocks)
{
    struct la_estimate twin = expected(0, noise, nr_blocks, 0);

    twin.point = sqrt(2 / M_PI) * twin.standard_error;
    twin.low += twin.point;
    twin.high += twin.point;
    return twin;
}

static void estimate_fresh(gsl_rng *random, double point, double noise, size_t nr_blocks,
                           struct la_estimate *estimate)
{
    double values[1024];
    const struct la_stratum stratum = {.values = values, .nr = nr_blocks, .weight = 1};
    struct la_resampling own = resampling;

    assert_true(nr_blocks <= 1024);
    for (size_t i = 0; i < nr_blocks; i++)
        values[i] = point + gsl_ran_gaussian(random, noise);
    own.seed = gsl_rng_get(random);
    la_bootstrap(&stratum, 1, &own, estimate);
}

/* The share of fresh runs of so many blocks that end with the verdict. */
static double share_decided(double point, double noise, size_t nr_blocks, enum la_verdict verdict)
{
    enum { NR_RUNS = 200 };
    gsl_rng *random = gsl_rng_alloc(gsl_rng_taus2);
    size_t nr = 0;

    for (size_t i = 0; i < NR_RUNS; i++) {
        struct la_estimate ratio, twin;
        double half_width;

        estimate_fresh(random, point, noise, nr_blocks, &ratio);
        estimate_fresh(random, 0, noise, nr_blocks, &twin);
        half_width = la_half_width(&twin);
        nr += la_judge(&ratio, half_width, la_estimate_p(&ratio, half_width)).verdict == verdict;
    }
    gsl_rng_free(random);
    return (double)nr / NR_RUNS;
}

/* Four in five, as promised; more would be a plan too dear, fewer an empty promise. */
static void comes_true(double point, double noise, enum la_verdict verdict)
{
    const struct la_estimate open = expected(point, noise, 9, 0);
    const struct la_estimate twin = expected_twin(noise, 9);
    const struct la_need need = la_sample_size(&open, &twin, LA_FALSE_DISCOVERY_RATE);
    const double blocks = ceil(9 * need.blocks);
    double share;

    assert_true(need.blocks > 1.5);
    share = share_decided(point, noise, (size_t)blocks, verdict);
    print_message("%.0f %% at noise %.0f %%: %.0f blocks, %.2f decided\n", 100 * point, 100 * noise,
                  blocks, share);
    assert_true(share > 0.65 && share < 0.97);
    assert_true(share_decided(point, noise, 9, verdict) < 0.6);
}

static void forecasts_come_true(void **state)
{
    (void)state;
    comes_true(0.05, 0.04, LA_BETTER);
    comes_true(-0.08, 0.1, LA_WORSE);
    comes_true(0.005, 0.04, LA_SAME);
}

static void what_is_decided_needs_no_more(void **state)
{
    const struct la_estimate clear = expected(0.5, 0.01, 9, 0), twin = expected_twin(0.01, 9);
    const struct la_need need = la_sample_size(&clear, &twin, LA_FALSE_DISCOVERY_RATE);

    (void)state;
    assert_true(need.blocks <= 1 && need.processes <= 1);
}

static void a_difference_on_the_bound_is_never_decided(void **state)
{
    const struct la_estimate on_it = expected(log(LA_MARGIN_RATIO_MAX), 0.5, 9, 0);
    const struct la_estimate twin = expected_twin(0.5, 9);
    const struct la_estimate none = LA_NO_ESTIMATE;

    (void)state;
    assert_true(isinf(la_sample_size(&on_it, &twin, 0.05).blocks));
    assert_true(isinf(la_sample_size(&none, &twin, 0.05).blocks));
    assert_true(isinf(la_sample_size(&on_it, &none, 0.05).processes));
}

/* Two blocks have no interval, but say roughly how many it takes; never fewer than six. */
static void few_blocks_are_a_beginning(void **state)
{
    struct la_estimate clear = expected(0.5, 0.01, 2, 0), twin = expected_twin(0.01, 2);
    struct la_need need;

    (void)state;
    clear.low = clear.high = twin.low = twin.high = NAN;
    need = la_sample_size(&clear, &twin, LA_FALSE_DISCOVERY_RATE);
    assert_true(2 * need.blocks >= LA_MIN_BLOCKS && 2 * need.blocks < 2 * LA_MIN_BLOCKS);
    clear.nr_values = 1;
    assert_true(isinf(la_sample_size(&clear, &twin, LA_FALSE_DISCOVERY_RATE).blocks));
}

/* Blocks do not help against what differs from process to process. */
static void processes_help_where_blocks_do_not(void **state)
{
    const struct la_estimate open = expected(0.04, 0.02, 12, 0.03);
    const struct la_estimate twin = expected_twin(0.005, 12);
    const struct la_need need = la_sample_size(&open, &twin, LA_FALSE_DISCOVERY_RATE);

    (void)state;
    assert_true(isinf(need.blocks));
    assert_true(need.processes > 1 && need.processes < LA_MORE_MAX);
}

static void many_comparisons_ask_for_more(void **state)
{
    const struct la_estimate open = expected(0.06, 0.05, 9, 0), twin = expected_twin(0.02, 9);

    (void)state;
    assert_true(la_sample_size(&open, &twin, 0.001).blocks >
                1.3 * la_sample_size(&open, &twin, 0.05).blocks);
}

/* What is detectable is found four times in five. */
static void what_is_detectable_is_found(void **state)
{
    const struct la_estimate ratio = expected(0, 0.03, 12, 0);
    const struct la_estimate twin = expected_twin(0.03, 12);
    const double detectable = la_detectable(&ratio, &twin);
    const struct la_estimate none = LA_NO_ESTIMATE;
    const double share = share_decided(detectable, 0.03, 12, LA_BETTER);

    (void)state;
    print_message("detectable %.3f: found %.2f\n", detectable, share);
    assert_true(share > 0.65 && share < 0.97);
    assert_true(isnan(la_detectable(&ratio, &none)));
    assert_float_equal(la_apart_at_most(&ratio), la_half_width(&ratio), 0);
}

/* A run in which several contenders are open in one of two workloads. */
struct made {
    char dir[64];
    struct la_run run;
    struct la_scopes scopes;
};

static void make(struct made *made)
{
    const struct fixture fixture = {.workloads = {"pair", "burst"},
                                    .threads = {1},
                                    .nr_blocks = 9,
                                    .noise = 0.05,
                                    .seed = 5,
                                    .contenders = {FIXTURE_STANDARD}};
    const struct la_selection all = {0};
    struct la_why why;

    fixture_make_dir(made->dir);
    fixture_write_bench(made->dir, &fixture);
    assert_int_equal(la_run_load(&made->run, made->dir, &why), 0);
    la_scopes_by_group(&made->scopes, &made->run, &all);
    assert_int_equal(made->scopes.nr_scopes, 2);
}

static void unmake(struct made *made)
{
    la_scopes_fini(&made->scopes);
    la_run_unload(&made->run);
    fixture_remove_dir(made->dir);
}

static void a_group_is_paid_for_once(void **state)
{
    struct made made;
    struct la_open open[4];
    struct la_effort one, both, all, cut;

    (void)state;
    make(&made);
    open[0] = (struct la_open){&made.scopes.scopes[0], {2, 2}};
    open[1] = (struct la_open){&made.scopes.scopes[0], {3, 3}};
    open[2] = (struct la_open){&made.scopes.scopes[1], {5, 5}};
    open[3] = (struct la_open){&made.scopes.scopes[1], {INFINITY, INFINITY}};
    la_effort_plan(open + 1, 1, 3600, &one);
    la_effort_plan(open, 2, 3600, &both);
    la_effort_plan(open, 4, 3600, &all);
    la_effort_plan(open, 4, one.seconds, &cut);
    assert_float_equal(one.seconds, 18 * la_block_s(&made.run, 0), 1e-12);
    assert_float_equal(both.seconds, one.seconds, 1e-12);
    assert_float_equal(all.seconds, one.seconds + 36 * la_block_s(&made.run, 1), 1e-12);
    assert_int_equal(all.nr_decided, 3);
    assert_int_equal(all.nr_near, 1);
    assert_int_equal(all.more_blocks, 36);
    assert_int_equal(cut.nr_decided, 2);
    assert_float_equal(cut.seconds_all, all.seconds, 1e-12);
    unmake(&made);
}

static void a_block_takes_its_windows(void **state)
{
    struct made made;
    double sum = 0;

    (void)state;
    make(&made);
    for (size_t i = 0; i < made.run.nr_contenders; i++) {
        for (size_t block = 0; block < 9; block++)
            sum += la_run_sample(&made.run, 0, i, block)->window_s / 9;
    }
    assert_float_equal(la_block_s(&made.run, 0), sum, 1e-9 * sum);
    unmake(&made);
}

static void sentences(void **state)
{
    struct la_effort effort = {.nr_open = 11, .nr_decided = 9, .seconds = 700, .more_blocks = 6};
    char text[LA_EFFORT_SIZE];

    (void)state;
    la_effort_text(&effort, "cells", text, sizeof text);
    assert_string_equal(text,
                        "about 12 more minutes (up to 6 more blocks a group) would decide 9 of "
                        "11 open cells");
    effort.more_processes = 2;
    effort.seconds = 30;
    la_effort_text(&effort, "cells", text, sizeof text);
    assert_string_equal(text,
                        "about 30 more seconds (2 more processes like these) would decide 9 of "
                        "11 open cells");
    effort.nr_decided = 0;
    assert_non_null(strstr(la_effort_text(&effort, "cells", text, sizeof text), "none"));
    effort.nr_open = 0;
    assert_string_equal(la_effort_text(&effort, "cells", text, sizeof text), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forecasts_come_true),
        cmocka_unit_test(what_is_decided_needs_no_more),
        cmocka_unit_test(a_difference_on_the_bound_is_never_decided),
        cmocka_unit_test(few_blocks_are_a_beginning),
        cmocka_unit_test(processes_help_where_blocks_do_not),
        cmocka_unit_test(many_comparisons_ask_for_more),
        cmocka_unit_test(what_is_detectable_is_found),
        cmocka_unit_test(a_group_is_paid_for_once),
        cmocka_unit_test(a_block_takes_its_windows),
        cmocka_unit_test(sentences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
