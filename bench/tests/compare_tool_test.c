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
#include "compare_tool.h"
#include "fixture.h"
#include "run_compare.h"

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

static void all_lines(const json_t *root, const char *contender, const char *counter,
                      const char *verdict, double truth, size_t nr)
{
    compare_lines(root, (struct compare_wanted){contender, counter, verdict, truth, 0.012, nr});
}

static void what_did_not_change_is_the_same(void **state)
{
    const struct fixture first = standard(1), second = standard(2);
    json_t *root;

    (void)state;
    fixture_write_bench(compare_base, &first);
    fixture_write_bench(compare_new, &second);
    root = compare_json(CLI_DONE);
    assert_int_equal(compare_summary(root, "worse"), 0);
    assert_int_equal(compare_summary(root, "better"), 0);
    assert_int_equal(compare_summary(root, "cells"), 8);
    assert_int_equal(compare_summary(root, "cells_in_one_run"), 0);
    all_lines(root, "percpu+glibc", "ops_per_s", "same", 1, 4);
    all_lines(root, "percpu+glibc", "alloc_hit", "same", 0, 4);
    json_decref(root);
    assert_int_equal(compare_run(""), CLI_DONE);
    tool_said("0 worse, 0 better");
    tool_said("values are of one process in a run");
}

static void a_regression_is_found_and_sized(void **state)
{
    const struct fixture first = standard(1);
    struct fixture second = standard(2);
    json_t *root;

    (void)state;
    second.contenders[3].ns_per_op = 5;
    fixture_write_bench(compare_base, &first);
    fixture_write_bench(compare_new, &second);
    root = compare_json(CLI_NEGATIVE);
    all_lines(root, "percpu+glibc", "ops_per_s", "worse", 0.8, 4);
    all_lines(root, "percpu+glibc", "p99_ns", "worse", 0.8, 4);
    all_lines(root, "spinlock+glibc", "ops_per_s", "same", 1, 4);
    assert_int_equal(json_array_size(json_object_get(root, "lines")),
                     compare_summary(root, "worse") + compare_summary(root, "better") +
                         compare_summary(root, "same") + compare_summary(root, "undecided"));
    json_decref(root);
    assert_int_equal(compare_run(""), CLI_NEGATIVE);
    assert_true(strstr(tool_output, "\nworse ") < strstr(tool_output, "\nundecided ") ||
                !strstr(tool_output, "\nundecided "));
    tool_said("pair/percpu+glibc, 256 B, depth 256, compact, 2 threads");
    assert_int_equal(compare_run("--margin 30"), CLI_DONE);
    tool_said("0 worse, 0 better");
}

static void a_gain_is_no_failure(void **state)
{
    const struct fixture first = standard(1);
    struct fixture second = standard(2);
    json_t *root;

    (void)state;
    second.contenders[3].ns_per_op = 2;
    second.contenders[3].kept_entries = 10;
    fixture_write_bench(compare_base, &first);
    fixture_write_bench(compare_new, &second);
    root = compare_json(CLI_DONE);
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
    fixture_write_bench(compare_base, &first);
    fixture_write_bench(compare_new, &second);
    root = compare_json(CLI_NEGATIVE);
    all_lines(root, "spinlock+glibc", "alloc_hit", "worse", -0.05, 4);
    all_lines(root, "spinlock+glibc", "held_max", "worse", 65 / 129.0, 4);
    all_lines(root, "spinlock+glibc", "ops_per_s", "same", 1, 4);
    all_lines(root, "percpu+glibc", "free_hit", "same", 0, 4);
    json_decref(root);
}

/* Between the runs plain malloc alone got slower, or another malloc faster: what moved them may
 * have moved a list, which is claimed to have changed only by more. */
static void what_moves_a_malloc_is_no_claim(void **state)
{
    struct fixture first = standard(1), second = standard(2);
    json_t *root;

    (void)state;
    first.contenders[5] = second.contenders[5] =
        (struct fixture_contender){.name = "malloc+jemalloc", .ns_per_op = 8};
    second.contenders[5].ns_per_op = 6.4;
    second.contenders[3].ns_per_op = 3.5;
    second.contenders[4].ns_per_op = 4;
    fixture_write_bench(compare_base, &first);
    fixture_write_bench(compare_new, &second);
    root = compare_json(CLI_DONE);
    all_lines(root, "percpu+glibc", "ops_per_s", "undecided", 8 / 7.0, 4);
    all_lines(root, "spinlock+glibc", "ops_per_s", "better", 7 / 4.0, 4);
    all_lines(root, "malloc+jemalloc", "ops_per_s", "better", 1.25, 4);
    json_decref(root);
}

static void write_choice(const char *dir, const char *pair, const char *burst, const char *overall)
{
    json_t *root =
        json_pack("{s:[{s:s, s:[{s:s, s:s}, {s:s, s:s}]}], s:{s:s, s:[{s:s, s:s}]}}", "workloads",
                  "name", "pair", "ranking", "contender", "percpu+glibc", "verdict", pair,
                  "contender", "spinlock+glibc", "verdict", burst, "overall", "name", "overall",
                  "ranking", "contender", "percpu+glibc", "verdict", overall);
    char path[128];

    snprintf(path, sizeof path, "%s/choice.json", dir);
    assert_int_equal(json_dump_file(root, path, 0), 0);
    json_decref(root);
}

static void verdicts_that_flipped_are_named(void **state)
{
    const struct fixture first = standard(1), second = standard(2);
    json_t *root;

    (void)state;
    fixture_write_bench(compare_base, &first);
    fixture_write_bench(compare_new, &second);
    write_choice(compare_base, "better", "undecided", "better");
    assert_int_equal(compare_run(""), CLI_DONE);
    assert_null(strstr(tool_output, "choices:"));
    write_choice(compare_new, "worse", "same", "better");
    assert_int_equal(compare_run(""), CLI_DONE);
    tool_said("choices: of 3 verdicts against plain malloc 1 held, 0 became undecided, 1 were "
              "undecided and no longer, 0 are the same now or were, 1 flipped");
    tool_said("flipped: pair: percpu+glibc");
    root = compare_json(CLI_DONE);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(root, "choices"), "flipped")), 1);
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
    fixture_write_bench(compare_base, &first);
    fixture_write_bench(compare_new, &second);
    assert_int_equal(compare_run(""), CLI_DONE);
    tool_said("0 worse, 0 better");
    tool_said("note: plain malloc is 0.6");
    assert_int_equal(compare_run("--absolute"), CLI_DONE);
    tool_said("0 worse");
}

static void absolute_times_find_what_only_a_list_lost(void **state)
{
    const struct fixture first = standard(1);
    struct fixture second = standard(2);

    (void)state;
    second.contenders[3].ns_per_op = 8;
    fixture_write_bench(compare_base, &first);
    fixture_write_bench(compare_new, &second);
    assert_int_equal(compare_run("--absolute"), CLI_NEGATIVE);
    tool_said("Times are compared as they are");
}

static void cells_of_one_run_are_listed(void **state)
{
    struct fixture first = standard(1), second = standard(2);
    json_t *root;

    (void)state;
    first.workloads[1] = NULL;
    second.contenders[4].name = "slist+glibc";
    fixture_write_bench(compare_base, &first);
    fixture_write_bench(compare_new, &second);
    root = compare_json(CLI_DONE);
    assert_int_equal(json_array_size(json_object_get(root, "only_in_base")), 2);
    assert_int_equal(json_array_size(json_object_get(root, "only_in_new")), 2 + 2 * 5);
    assert_int_equal(compare_summary(root, "cells_in_one_run"), 14);
    assert_int_equal(compare_summary(root, "cells"), 2);
    json_decref(root);
    compare_run("");
    tool_said("only in BASE  pair/spinlock+glibc, 256 B, depth 256, compact, 1 thread\n");
    tool_said("only in NEW   burst/malloc+glibc, 256 B, depth 256, compact, 2 threads\n");
    tool_said("14 cells in one run only");
}

static void other_machines_are_refused(void **state)
{
    const struct fixture first = standard(1);
    struct fixture second = standard(2);

    (void)state;
    fixture_write_bench(compare_base, &first);
    for (struct fixture_contender *contender = second.contenders; contender->name; contender++)
        contender->ns_per_op *= 3;
    fixture_write_bench(compare_new, &second);
    fixture_write_text(compare_new, "manifest.json", MANIFEST("other", "6.1"));
    assert_int_equal(compare_run(""), CLI_BAD);
    assert_string_equal(tool_output,
                        "lookaside: times of different machines are not comparable (the processor: "
                        "one in BASE, other in NEW); --across-machines compares ratios to plain "
                        "malloc\n");
    fixture_write_text(compare_new, "manifest.json", MANIFEST("one", "6.2"));
    assert_int_equal(compare_run(""), CLI_BAD);
    tool_said("the kernel: 6.1 in BASE, 6.2 in NEW");
    assert_int_equal(compare_run("--across-machines"), CLI_DONE);
    tool_said("lookaside: warning: different machines: the kernel");
    tool_said("note: different machines (the kernel");
    tool_said("0 worse, 0 better");
    assert_null(strstr(tool_output, "times as fast"));
}

static void one_line(int status, const char *text)
{
    assert_int_equal(status, CLI_BAD);
    tool_said_one_line(text);
}

static void an_unknown_machine_is_another_one(void **state)
{
    const struct fixture first = standard(1);
    char path[128];

    (void)state;
    fixture_write_bench(compare_base, &first);
    fixture_write_bench(compare_new, &first);
    snprintf(path, sizeof path, "%s/manifest.json", compare_new);
    assert_int_equal(remove(path), 0);
    one_line(compare_run(""), "NEW has no manifest.json");
    assert_int_equal(compare_run("--across-machines"), CLI_DONE);
}

static void broken_input_is_refused(void **state)
{
    const struct fixture first = standard(1);

    (void)state;
    one_line(compare_run(""), "bench.json: No such file");
    fixture_write_bench(compare_base, &first);
    fixture_write_text(compare_new, "bench.json", "{\"benchmarks\": [{\"name\": \"pa");
    one_line(compare_run(""), "truncated?");
    fixture_write_bench(compare_new, &first);
    fixture_write_text(compare_new, "manifest.json", "{\"machine\": ");
    one_line(compare_run(""), "manifest.json is no complete JSON");
    fixture_write_text(compare_new, "manifest.json", "[]");
    one_line(compare_run(""), "no JSON object");
    one_line(compare_run("--margin 0"), "--margin takes a percentage");
    one_line(compare_run("--margin 5x"), "--margin takes a percentage");
    one_line(compare_run("third"), "third");
    one_line(compare_run("--absolute --across-machines"), "does not go with");
}

static void runs_without_a_common_cell_are_refused(void **state)
{
    struct fixture first = standard(1), second = standard(2);

    (void)state;
    first.workloads[1] = NULL;
    second.workloads[0] = "handoff";
    second.workloads[1] = NULL;
    fixture_write_bench(compare_base, &first);
    fixture_write_bench(compare_new, &second);
    one_line(compare_run(""), "no cell in common");
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
        fixture_write_bench(compare_base, &first);
        fixture_write_bench(compare_new, &second);
        assert_int_equal(la_run_load(&runs[0], compare_base, &why), 0);
        assert_int_equal(la_run_load(&runs[1], compare_new, &why), 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        COMPARE_TEST(what_did_not_change_is_the_same),
        COMPARE_TEST(a_regression_is_found_and_sized),
        COMPARE_TEST(a_gain_is_no_failure),
        COMPARE_TEST(lost_hits_and_held_memory_are_regressions),
        COMPARE_TEST(what_moves_a_malloc_is_no_claim),
        COMPARE_TEST(verdicts_that_flipped_are_named),
        COMPARE_TEST(a_slow_day_is_no_regression),
        COMPARE_TEST(absolute_times_find_what_only_a_list_lost),
        COMPARE_TEST(cells_of_one_run_are_listed),
        COMPARE_TEST(other_machines_are_refused),
        COMPARE_TEST(an_unknown_machine_is_another_one),
        COMPARE_TEST(broken_input_is_refused),
        COMPARE_TEST(runs_without_a_common_cell_are_refused),
        COMPARE_TEST(noise_is_seldom_called_a_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
