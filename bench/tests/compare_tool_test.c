/* SPDX-License-Identifier: MIT */
/*
 * compare_tool_test.c: `lookaside compare` on runs whose truth is known: what changed is found and
 * sized, what did not is not, a slower machine is no regression, and other machines are refused.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli.h"
#include "fixture.h"
#include "run_compare.h"
#include "shell.h"

enum { OUTPUT_BYTES = 1 << 18 };

static char output[OUTPUT_BYTES];
static char base[64], now[64];

#define MANIFEST(cpu, kernel)                                                           \
    "{\"tool\": {\"describe\": \"v1\"}, \"host\": {\"glibc\": \"2.36\"}, \"machine\": " \
    "{\"cpu\": {\"name\": \"" cpu "\"}, \"kernel\": \"" kernel                          \
    "\", \"caches\": [{\"level\": \"1\"}]}}"

static int make(void **state)
{
    (void)state;
    fixture_make_dir(base);
    fixture_make_dir(now);
    fixture_write_text(base, "manifest.json", MANIFEST("one", "6.1"));
    fixture_write_text(now, "manifest.json", MANIFEST("one", "6.1"));
    return 0;
}

static int clear(void **state)
{
    (void)state;
    fixture_remove_dir(base);
    fixture_remove_dir(now);
    return 0;
}

static struct fixture standard(uint64_t seed)
{
    return (struct fixture){
        .workloads = {"pair", "burst"},
        .threads = {1, 2},
        .nr_blocks = 12,
        .noise = 0.005,
        .block_noise = 0.1,
        .seed = seed,
        .contenders = {FIXTURE_STANDARD,
                       {.name = "percpu+glibc", .ns_per_op = 4, .kept_entries = 40},
                       {.name = "spinlock+glibc", .ns_per_op = 7, .kept_entries = 64}}};
}

static int compare(const char *options)
{
    char command[512];

    snprintf(command, sizeof command, "%s compare %s %s %s 2>&1", LOOKASIDE_TOOL, base, now,
             options);
    return shell_run(command, output, sizeof output);
}

static void holds(const char *text)
{
    if (!strstr(output, text))
        fail_msg("'%s' is not in:\n%s", text, output);
}

static json_t *compared(int status)
{
    json_error_t error;
    json_t *root;

    assert_int_equal(compare("--json"), status);
    root = json_loads(output, 0, &error);
    if (!root)
        fail_msg("line %d: %s in %s", error.line, error.text, output);
    return root;
}

static json_int_t summary(const json_t *root, const char *key)
{
    return json_integer_value(json_object_get(json_object_get(root, "summary"), key));
}

static double number(const json_t *line, const char *key)
{
    assert_true(json_is_number(json_object_get(line, key)));
    return json_number_value(json_object_get(line, key));
}

static bool is(const json_t *line, const char *key, const char *text)
{
    return strcmp(json_string_value(json_object_get(line, key)), text) == 0;
}

/* The lines of a contender's counter, each with the verdict and an interval around the truth. */
static void all_lines(const json_t *root, const char *contender, const char *counter,
                      const char *verdict, double truth, size_t nr_wanted)
{
    const json_t *line;
    size_t i, nr = 0;

    json_array_foreach(json_object_get(root, "lines"), i, line)
    {
        if (!is(line, "contender", contender) || !is(line, "counter", counter))
            continue;
        nr++;
        if (!is(line, "verdict", verdict))
            fail_msg("%s %s is not %s: %s", contender, counter, verdict, output);
        assert_true(number(line, "low") <= truth + 0.012 && number(line, "high") >= truth - 0.012);
    }
    assert_int_equal(nr, nr_wanted);
}

static void what_did_not_change_is_the_same(void **state)
{
    const struct fixture first = standard(1), second = standard(2);
    json_t *root;

    (void)state;
    fixture_write_bench(base, &first);
    fixture_write_bench(now, &second);
    root = compared(CLI_DONE);
    assert_int_equal(summary(root, "worse"), 0);
    assert_int_equal(summary(root, "better"), 0);
    assert_int_equal(summary(root, "cells"), 8);
    assert_int_equal(summary(root, "cells_in_one_run"), 0);
    all_lines(root, "percpu+glibc", "ops_per_s", "same", 1, 4);
    all_lines(root, "percpu+glibc", "alloc_hit", "same", 0, 4);
    json_decref(root);
    assert_int_equal(compare(""), CLI_DONE);
    holds("0 worse, 0 better");
    holds("BASE is of one process");
}

static void a_regression_is_found_and_sized(void **state)
{
    const struct fixture first = standard(1);
    struct fixture second = standard(2);
    json_t *root;

    (void)state;
    second.contenders[3].ns_per_op = 5;
    fixture_write_bench(base, &first);
    fixture_write_bench(now, &second);
    root = compared(CLI_NEGATIVE);
    all_lines(root, "percpu+glibc", "ops_per_s", "worse", 0.8, 4);
    all_lines(root, "percpu+glibc", "p99_ns", "worse", 0.8, 4);
    all_lines(root, "spinlock+glibc", "ops_per_s", "same", 1, 4);
    assert_int_equal(json_array_size(json_object_get(root, "lines")),
                     summary(root, "worse") + summary(root, "better") + summary(root, "same") +
                         summary(root, "undecided"));
    json_decref(root);
    assert_int_equal(compare(""), CLI_NEGATIVE);
    assert_true(strstr(output, "\nworse ") < strstr(output, "\nundecided ") ||
                !strstr(output, "\nundecided "));
    holds("pair/percpu+glibc, 256 B, depth 256, compact, 2 threads");
    assert_int_equal(compare("--margin 30"), CLI_DONE);
    holds("0 worse, 0 better");
}

static void a_gain_is_no_failure(void **state)
{
    const struct fixture first = standard(1);
    struct fixture second = standard(2);
    json_t *root;

    (void)state;
    second.contenders[3].ns_per_op = 2;
    second.contenders[3].kept_entries = 10;
    fixture_write_bench(base, &first);
    fixture_write_bench(now, &second);
    root = compared(CLI_DONE);
    all_lines(root, "percpu+glibc", "ops_per_s", "better", 2, 4);
    all_lines(root, "percpu+glibc", "held_max", "better", 41 / 11.0, 4);
    json_decref(root);
}

static void lost_hits_and_held_memory_are_regressions(void **state)
{
    const struct fixture first = standard(1);
    struct fixture second = standard(2);
    json_t *root;

    (void)state;
    second.contenders[4].misses = 0.05;
    second.contenders[4].kept_entries = 128;
    fixture_write_bench(base, &first);
    fixture_write_bench(now, &second);
    root = compared(CLI_NEGATIVE);
    all_lines(root, "spinlock+glibc", "alloc_hit", "worse", -0.05, 4);
    all_lines(root, "spinlock+glibc", "held_max", "worse", 65 / 129.0, 4);
    all_lines(root, "spinlock+glibc", "ops_per_s", "same", 1, 4);
    all_lines(root, "percpu+glibc", "free_hit", "same", 0, 4);
    json_decref(root);
}

/* Everything, plain malloc too, takes half as long again: the machine was busy, say. */
static void a_slow_day_is_no_regression(void **state)
{
    struct fixture first = standard(1), second = standard(2);

    (void)state;
    first.block_noise = second.block_noise = 0.01;
    for (struct fixture_contender *contender = second.contenders; contender->name; contender++)
        contender->ns_per_op *= 1.5;
    fixture_write_bench(base, &first);
    fixture_write_bench(now, &second);
    assert_int_equal(compare(""), CLI_DONE);
    holds("0 worse, 0 better");
    holds("note: plain malloc is 0.6");
    assert_int_equal(compare("--absolute"), CLI_DONE);
    holds("0 worse");
}

static void absolute_times_find_what_only_a_list_lost(void **state)
{
    const struct fixture first = standard(1);
    struct fixture second = standard(2);

    (void)state;
    second.contenders[3].ns_per_op = 8;
    fixture_write_bench(base, &first);
    fixture_write_bench(now, &second);
    assert_int_equal(compare("--absolute"), CLI_NEGATIVE);
    holds("Times are compared as they are");
}

static void cells_of_one_run_are_listed(void **state)
{
    struct fixture first = standard(1), second = standard(2);
    json_t *root;

    (void)state;
    first.workloads[1] = NULL;
    second.contenders[4].name = "slist+glibc";
    fixture_write_bench(base, &first);
    fixture_write_bench(now, &second);
    root = compared(CLI_DONE);
    assert_int_equal(json_array_size(json_object_get(root, "only_in_base")), 2);
    assert_int_equal(json_array_size(json_object_get(root, "only_in_new")), 2 + 2 * 5);
    assert_int_equal(summary(root, "cells_in_one_run"), 14);
    assert_int_equal(summary(root, "cells"), 2);
    json_decref(root);
    compare("");
    holds("only in BASE  pair/spinlock+glibc, 256 B, depth 256, compact, 1 thread\n");
    holds("only in NEW   burst/malloc+glibc, 256 B, depth 256, compact, 2 threads\n");
    holds("14 cells in one run only");
}

static void other_machines_are_refused(void **state)
{
    const struct fixture first = standard(1);
    struct fixture second = standard(2);

    (void)state;
    fixture_write_bench(base, &first);
    for (struct fixture_contender *contender = second.contenders; contender->name; contender++)
        contender->ns_per_op *= 3;
    fixture_write_bench(now, &second);
    fixture_write_text(now, "manifest.json", MANIFEST("other", "6.1"));
    assert_int_equal(compare(""), CLI_BAD);
    assert_string_equal(output,
                        "lookaside: times of different machines are not comparable (the processor: "
                        "one in BASE, other in NEW); --across-machines compares ratios to plain "
                        "malloc\n");
    fixture_write_text(now, "manifest.json", MANIFEST("one", "6.2"));
    assert_int_equal(compare(""), CLI_BAD);
    holds("the kernel: 6.1 in BASE, 6.2 in NEW");
    assert_int_equal(compare("--across-machines"), CLI_DONE);
    holds("lookaside: warning: different machines: the kernel");
    holds("note: different machines (the kernel");
    holds("0 worse, 0 better");
    assert_null(strstr(output, "times as fast"));
}

static void one_line(int status, const char *text)
{
    assert_int_equal(status, CLI_BAD);
    holds(text);
    assert_ptr_equal(strchr(output, '\n'), output + strlen(output) - 1);
}

static void an_unknown_machine_is_another_one(void **state)
{
    const struct fixture first = standard(1);
    char path[128];

    (void)state;
    fixture_write_bench(base, &first);
    fixture_write_bench(now, &first);
    snprintf(path, sizeof path, "%s/manifest.json", now);
    assert_int_equal(remove(path), 0);
    one_line(compare(""), "NEW has no manifest.json");
    assert_int_equal(compare("--across-machines"), CLI_DONE);
}

static void broken_input_is_refused(void **state)
{
    const struct fixture first = standard(1);

    (void)state;
    one_line(compare(""), "bench.json: No such file");
    fixture_write_bench(base, &first);
    fixture_write_text(now, "bench.json", "{\"benchmarks\": [{\"name\": \"pa");
    one_line(compare(""), "truncated?");
    fixture_write_bench(now, &first);
    fixture_write_text(now, "manifest.json", "{\"machine\": ");
    one_line(compare(""), "manifest.json is no complete JSON");
    fixture_write_text(now, "manifest.json", "[]");
    one_line(compare(""), "no JSON object");
    one_line(compare("--margin 0"), "--margin takes a percentage");
    one_line(compare("--margin 5x"), "--margin takes a percentage");
    one_line(compare("third"), "third");
    one_line(compare("--absolute --across-machines"), "does not go with");
}

static void runs_without_a_common_cell_are_refused(void **state)
{
    struct fixture first = standard(1), second = standard(2);

    (void)state;
    first.workloads[1] = NULL;
    second.workloads[0] = "handoff";
    second.workloads[1] = NULL;
    fixture_write_bench(base, &first);
    fixture_write_bench(now, &second);
    one_line(compare(""), "no cell in common");
}

/* Of runs that differ in nothing but noise, with few and noisy blocks: claims are rarer than the
 * rate that is promised. */
static void noise_is_seldom_called_a_change(void **state)
{
    enum { NR_RUNS = 60 };
    const struct la_run_compare_settings settings = {
        .margin = 0.001, .resampling = {.nr_resamples = 400, .seed = 1, .level = 0.95}};
    size_t nr_claims = 0, nr_with_claims = 0;

    (void)state;
    for (uint64_t i = 0; i < NR_RUNS; i++) {
        struct fixture first = standard(100 + 2 * i), second = standard(101 + 2 * i);
        struct la_run_compare result;
        struct la_run runs[2];
        struct la_why why;
        size_t claims;

        first.noise = second.noise = 0.03;
        first.nr_blocks = second.nr_blocks = 8;
        fixture_write_bench(base, &first);
        fixture_write_bench(now, &second);
        assert_int_equal(la_run_load(&runs[0], base, &why), 0);
        assert_int_equal(la_run_load(&runs[1], now, &why), 0);
        assert_int_equal(la_run_compare(&runs[0], &runs[1], &settings, &result, &why), 0);
        claims = result.nr_verdicts[LA_WORSE] + result.nr_verdicts[LA_BETTER];
        nr_claims += claims;
        nr_with_claims += claims > 0;
        la_run_compare_fini(&result);
        la_run_unload(&runs[0]);
        la_run_unload(&runs[1]);
    }
    print_message("%zu claims in %zu of %d comparisons\n", nr_claims, nr_with_claims, NR_RUNS);
    assert_true((double)nr_with_claims / NR_RUNS <= 0.05 + 3 * sqrt(0.05 * 0.95 / NR_RUNS));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_did_not_change_is_the_same),
        TEST(a_regression_is_found_and_sized),
        TEST(a_gain_is_no_failure),
        TEST(lost_hits_and_held_memory_are_regressions),
        TEST(a_slow_day_is_no_regression),
        TEST(absolute_times_find_what_only_a_list_lost),
        TEST(cells_of_one_run_are_listed),
        TEST(other_machines_are_refused),
        TEST(an_unknown_machine_is_another_one),
        TEST(broken_input_is_refused),
        TEST(runs_without_a_common_cell_are_refused),
        TEST(noise_is_seldom_called_a_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
