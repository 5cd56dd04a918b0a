/* SPDX-License-Identifier: MIT */
/* bench_files_test.c: the names in bench.json are the documented ones, and latency.tsv says what a
 * histogram holds, and nothing that it cannot know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench_json.h"
#include "latency_tsv.h"

static const struct la_latency_scale scale = {
    .ns_per_tick = 0.5, .operations = 8, .timer_floor_ns = 20};

static struct la_histogram histogram;

static void counters_have_different_names(void **state)
{
    (void)state;
    for (int i = 0; i < LA_BENCH_NR_COUNTERS; i++) {
        assert_non_null(la_bench_counter_name((enum la_bench_counter)i));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(la_bench_counter_name((enum la_bench_counter)i),
                                    la_bench_counter_name((enum la_bench_counter)j));
    }
    assert_string_equal(la_bench_counter_name(LA_BENCH_NS_PER_OP_NET), "ns_per_op_net");
    assert_string_equal(la_bench_counter_name(LA_BENCH_P999_NS), "p999_ns");
}

static void an_empty_row_knows_nothing(void **state)
{
    struct la_bench_row row = la_bench_row_empty();

    (void)state;
    for (int i = 0; i < LA_BENCH_NR_COUNTERS; i++)
        assert_false(la_bench_counter_known(&row, (enum la_bench_counter)i));
    row.counters[LA_BENCH_DEPTH] = 0;
    assert_true(la_bench_counter_known(&row, LA_BENCH_DEPTH));
}

/* What the cell's lines are, as one text that the caller frees. */
static char *lines_of(const char *cell)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    la_latency_tsv_cell(stream, &scale, cell, &histogram);
    fclose(stream);
    return text;
}

static void a_cell_without_samples_has_no_line(void **state)
{
    char *text;

    (void)state;
    la_histogram_reset(&histogram);
    text = lines_of("a/b");
    assert_string_equal(text, "");
    free(text);
}

/* 19 samples of 32 ticks, 2 ns an operation: the median needs one more. */
static void percentiles_appear_with_enough_samples(void **state)
{
    char *text;

    (void)state;
    la_histogram_reset(&histogram);
    for (int i = 0; i < 19; i++)
        la_histogram_add(&histogram, 32);
    text = lines_of("a/b");
    assert_string_equal(text, "a/b\tsamples\tall\t19\na/b\thistogram\t2.000\t19\n");
    free(text);
    la_histogram_add(&histogram, 32);
    text = lines_of("a/b");
    assert_string_equal(text, "a/b\tsamples\tall\t20\na/b\tpercentile\t50\t2.00\n"
                              "a/b\thistogram\t2.000\t20\n");
    free(text);
}

/* Within the clock's own cost: counted, but no percentile. */
static void what_the_clock_cannot_tell_is_not_said(void **state)
{
    char *text;

    (void)state;
    la_histogram_reset(&histogram);
    for (int i = 0; i < 100; i++)
        la_histogram_add(&histogram, 0);
    text = lines_of("a/b");
    assert_string_equal(text, "a/b\tsamples\tall\t100\na/b\thistogram\t0.000\t100\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_have_different_names),
        cmocka_unit_test(an_empty_row_knows_nothing),
        cmocka_unit_test(a_cell_without_samples_has_no_line),
        cmocka_unit_test(percentiles_appear_with_enough_samples),
        cmocka_unit_test(what_the_clock_cannot_tell_is_not_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
