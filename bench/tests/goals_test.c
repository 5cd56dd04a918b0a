/* SPDX-License-Identifier: MIT */
/*
 * goals_test.c: the goals on result files whose truth is known, and `lookaside goals` as its user
 * meets it.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli.h"
#include "fixture.h"
#include "goals_files.h"
#include "tool.h"

static struct la_goals goals;

/* Floor 2 ns, the best malloc 8 and so 6 net, jemalloc 22 and so 20 net. */
static struct fixture known(void)
{
    return (struct fixture){
        .workloads = {"pair", "burst", "handoff", "exchange"},
        .threads = {1, 2},
        .nr_blocks = 12,
        .noise = 0.005,
        .block_noise = 0.2,
        .seed = 3,
        .contenders = {FIXTURE_STANDARD,
                       {.name = "malloc+mimalloc", .ns_per_op = 8},
                       {.name = "malloc+jemalloc", .ns_per_op = 22},
                       {.name = "percpu+glibc", .ns_per_op = 4, .kept_entries = 200},
                       {.name = "magazine+glibc",
                        .ns_per_op = 6.5,
                        .slowdown = 1.5,
                        .kept_entries = 100,
                        .misses = 0.05},
                       {.name = "spinlock+glibc", .ns_per_op = 9, .kept_entries = 100}}};
}

static void judge(const struct fixture *fixture)
{
    struct la_why why;

    fixture_write_bench(fixture_dir, fixture);
    if (la_goals_make(fixture_dir, &goals, &why))
        fail_msg("%s", why.line);
}

/* The line of a goal that says the text. */
static const struct la_goal_line *line_of(const char *goal, const char *text)
{
    for (size_t i = 0; i < goals.nr_lines; i++) {
        if (strcmp(goals.lines[i].goal->name, goal) == 0 && strstr(goals.lines[i].what, text))
            return &goals.lines[i];
    }
    fail_msg("no line of %s with '%s'", goal, text);
    return NULL;
}

static void is(const char *goal, const char *text, enum la_goal_verdict verdict, double near)
{
    const struct la_goal_line *line = line_of(goal, text);

    if (line->verdict != verdict || fabs(line->value.point - near) > 0.05)
        fail_msg("%s, %s: %s at %g (%s), not %s near %g", goal, line->what,
                 la_goal_verdict_name(line->verdict), line->value.point, line->note,
                 la_goal_verdict_name(verdict), near);
}

static void is_not_measured(const char *goal, const char *text, const char *why)
{
    const struct la_goal_line *line = line_of(goal, text);

    assert_int_equal(line->verdict, LA_GOAL_NOT_MEASURED);
    assert_true(isnan(line->value.point));
    if (!strstr(line->note, why))
        fail_msg("'%s' is not in '%s'", why, line->note);
}

static enum la_goal_verdict decided(enum la_goal_side side, double low, double high)
{
    const struct la_goal_bound bound = {side, 1};
    const struct la_estimate value = {.point = (low + high) / 2, .low = low, .high = high};

    return la_goal_decide(&bound, &value);
}

static void the_whole_interval_decides(void **state)
{
    (void)state;
    assert_int_equal(decided(LA_GOAL_AT_MOST, 0.8, 1), LA_GOAL_MET);
    assert_int_equal(decided(LA_GOAL_AT_MOST, 0.8, 1.01), LA_GOAL_UNDECIDED);
    assert_int_equal(decided(LA_GOAL_AT_MOST, 1, 1.2), LA_GOAL_UNDECIDED);
    assert_int_equal(decided(LA_GOAL_AT_MOST, 1.01, 1.2), LA_GOAL_NOT_MET);
    assert_int_equal(decided(LA_GOAL_AT_LEAST, 1, 1.2), LA_GOAL_MET);
    assert_int_equal(decided(LA_GOAL_AT_LEAST, 0.99, 1.2), LA_GOAL_UNDECIDED);
    assert_int_equal(decided(LA_GOAL_AT_LEAST, 0.8, 0.99), LA_GOAL_NOT_MET);
    assert_int_equal(decided(LA_GOAL_BELOW, 0.8, 0.99), LA_GOAL_MET);
    assert_int_equal(decided(LA_GOAL_BELOW, 0.8, 1), LA_GOAL_UNDECIDED);
    assert_int_equal(decided(LA_GOAL_BELOW, 1, 1.2), LA_GOAL_NOT_MET);
    assert_int_equal(decided(LA_GOAL_AT_MOST, NAN, NAN), LA_GOAL_UNDECIDED);
}

static void known_truths_are_found(void **state)
{
    const struct fixture fixture = known();

    (void)state;
    judge(&fixture);
    is("pair-net", "percpu against malloc+mimalloc, the best of 3", LA_GOAL_MET, 2.0 / 6);
    is("pair-net", "percpu against malloc+jemalloc", LA_GOAL_MET, 2.0 / 20);
    is("pair-net", "magazine against malloc+mimalloc", LA_GOAL_NOT_MET, 4.5 / 6);
    is("pair-net", "magazine against malloc+jemalloc", LA_GOAL_NOT_MET, 4.5 / 20);
    is("burst-net", "percpu", LA_GOAL_MET, 2.0 / 6);
    is("handoff-net", "percpu", LA_GOAL_NOT_MET, 2.0 / 6);
    is("ahead", "exchange, percpu, nearest malloc+mimalloc", LA_GOAL_MET, 4.0 / 8);
    is("ahead", "exchange, magazine, nearest malloc+mimalloc", LA_GOAL_NOT_MET, 6.5 * 1.5 / 8);
    is("hits", "handoff, percpu", LA_GOAL_MET, 0);
    is("hits", "exchange, magazine", LA_GOAL_NOT_MET, 5);
    is("held", "most in", LA_GOAL_MET, 200 - 256);
}

/* Thread counts are judged between groups, which block noise does not leave alone: with little of
 * it the line is as exact as the others. */
/* What a process drew once all of its blocks share: with three processes a ratio of .5 is not
 * proven, however many blocks say so; were they one process's, it would be. */
static void blocks_of_a_process_are_no_independent_values(void **state)
{
    struct fixture fixture = known();
    struct la_estimate blind;

    (void)state;
    fixture.contenders[5].ns_per_op = 4.4; /* net 2.4 of 6 */
    fixture.process_noise = 0.05;
    fixture.nr_blocks = 24;
    judge(&fixture);
    assert_int_equal(line_of("pair-net", "percpu")->verdict, LA_GOAL_MET);
    blind = line_of("pair-net", "percpu")->value;
    fixture.nr_processes = 3;
    judge(&fixture);
    assert_int_equal(line_of("pair-net", "percpu")->value.nr_processes, 3);
    assert_int_equal(line_of("pair-net", "percpu")->verdict, LA_GOAL_UNDECIDED);
    assert_true(line_of("pair-net", "percpu")->value.high -
                    line_of("pair-net", "percpu")->value.low >
                2 * (blind.high - blind.low));
    /* Two groups are compared by what one process found in both. */
    assert_int_equal(line_of("pair-scaling", "percpu")->value.nr_processes, 3);
    assert_int_equal(line_of("pair-scaling", "percpu")->value.nr_values, 24);
}

static void scaling_is_found_on_a_quiet_machine(void **state)
{
    struct fixture fixture = known();

    (void)state;
    fixture.block_noise = 0.002;
    judge(&fixture);
    is("pair-scaling", "percpu, 2 threads", LA_GOAL_MET, 1);
    is("pair-scaling", "magazine, 2 threads", LA_GOAL_NOT_MET, 1 / 1.5);
    assert_non_null(strstr(line_of("pair-scaling", "percpu")->note, "the floor reaches 1.0"));
}

static void what_is_missing_is_named(void **state)
{
    const struct fixture fixture = known();

    (void)state;
    judge(&fixture);
    is_not_measured("pair-bound", "percpu-bound", "no such contender: percpu-bound");
    is_not_measured("bare-stack", "slist", "no such contender: slist");
    is_not_measured("burst-cold", "percpu", "no such cells");
    is_not_measured("oversubscribed", "spinlock", "no such cells");
    is_not_measured("ahead", "replace, percpu", "no such cells");
}

/* The cost of all CPUs' time, not the time of one thread, which four times as many make longer. */
static void oversubscription_is_judged_by_the_work_done(void **state)
{
    struct fixture fixture = {
        .workloads = {"pair"},
        .threads = {2},
        .shared_threads = 8,
        .nr_blocks = 9,
        .noise = 0.01,
        .seed = 1,
        .contenders = {FIXTURE_STANDARD,
                       {.name = "spinlock+glibc", .ns_per_op = 10, .slowdown = 1.2}}};

    (void)state;
    judge(&fixture); /* 8 threads cost 1.2^6 times as much each, and are 4 times as many */
    is("oversubscribed", "spinlock, 8 threads against 2", LA_GOAL_MET, pow(1.2, 6) / 4);
    fixture.contenders[3].slowdown = 1.7;
    judge(&fixture);
    is("oversubscribed", "spinlock, 8 threads against 2", LA_GOAL_NOT_MET, pow(1.7, 6) / 4);
}

static void references_and_bound_builds_are_judged(void **state)
{
    const struct fixture fixture = {
        .workloads = {"pair", "burst-cold"},
        .threads = {1},
        .nr_blocks = 9,
        .noise = 0.005,
        .seed = 8,
        .contenders = {
            FIXTURE_STANDARD,
            {.name = "tl-array", .label = "peer", .ns_per_op = 1, .kept_entries = 5000},
            {.name = "percpu-bound+glibc", .ns_per_op = 1.5},
            {.name = "percpu+glibc", .ns_per_op = 4},
            {.name = "bare_stack+glibc", .label = "peer", .ns_per_op = 6, .kept_entries = 5000},
            {.name = "slist+glibc", .ns_per_op = 9}}};

    (void)state;
    judge(&fixture);
    is("pair-bound", "percpu-bound", LA_GOAL_MET, 1.5);
    is_not_measured("pair-bound", "magazine-bound", "magazine-bound");
    is("bare-stack", "slist", LA_GOAL_NOT_MET, 7.0 / 4);
    is("burst-cold", "percpu", LA_GOAL_NOT_MET, 4.0 / 9);
    is("held", "most in", LA_GOAL_MET, -256); /* the references have no limit */
}

static void one_entry_too_many_in_one_look_is_not_met(void **state)
{
    struct fixture fixture = known();

    (void)state;
    fixture.threads[0] = 1;
    fixture.threads[1] = 0;
    fixture.rejected = ~UINT64_C(0);
    fixture.contenders[5].kept_entries = 256;
    judge(&fixture);
    is("held", "most in", LA_GOAL_MET, 0);
    fixture.contenders[5].kept_entries = 257;
    judge(&fixture);
    is("held", "percpu+glibc, 1 thread", LA_GOAL_NOT_MET, 1);
    is_not_measured("pair-net", "percpu", "no accepted block");
}

static void rejected_blocks_do_not_count(void **state)
{
    struct fixture fixture = known();

    (void)state;
    fixture.block_noise = 0;
    fixture.rejected = 0x7f; /* seven of twelve */
    judge(&fixture);
    assert_int_equal(line_of("pair-net", "percpu")->value.nr_values, 5);
    assert_int_equal(line_of("pair-net", "percpu")->verdict, LA_GOAL_UNDECIDED);
    assert_non_null(strstr(line_of("pair-net", "percpu")->note, "fewer than 6"));
    fixture.rejected = 0x3f;
    judge(&fixture);
    is("pair-net", "percpu", LA_GOAL_MET, 2.0 / 6);
    assert_int_equal(line_of("pair-scaling", "percpu")->value.nr_values, 6);
}

/* Where the floor is most of the malloc's cost, nothing is left to compare with. */
static void little_above_the_floor_is_undecided(void **state)
{
    const struct fixture fixture = {.workloads = {"pair"},
                                    .threads = {1},
                                    .nr_blocks = 9,
                                    .noise = 0.001,
                                    .seed = 8,
                                    .contenders = {FIXTURE_STANDARD,
                                                   {.name = "malloc+mimalloc", .ns_per_op = 2.2},
                                                   {.name = "percpu+glibc", .ns_per_op = 2.05}}};

    (void)state;
    judge(&fixture);
    assert_int_equal(line_of("pair-net", "percpu against malloc+mimalloc")->verdict,
                     LA_GOAL_UNDECIDED);
    assert_non_null(strstr(line_of("pair-net", "percpu against malloc+mimalloc")->note, "80 %"));
}

/* One block whose floor is dearer than the malloc turns that ratio's sign. */
static void a_block_with_a_dearer_floor_is_undecided(void **state)
{
    struct fixture fixture = {.workloads = {"pair"},
                              .threads = {1},
                              .nr_blocks = 30,
                              .noise = 0.3,
                              .seed = 4,
                              .contenders = {FIXTURE_STANDARD,
                                             {.name = "malloc+mimalloc", .ns_per_op = 3},
                                             {.name = "percpu+glibc", .ns_per_op = 2.1}}};

    (void)state;
    judge(&fixture);
    assert_int_equal(line_of("pair-net", "percpu against")->verdict, LA_GOAL_UNDECIDED);
    assert_non_null(strstr(line_of("pair-net", "percpu against")->note, "as dear"));
}

static void the_best_of_one_malloc_proves_nothing(void **state)
{
    const struct fixture fixture = {
        .workloads = {"pair", "burst"},
        .threads = {1},
        .nr_blocks = 9,
        .noise = 0.005,
        .seed = 8,
        .contenders = {
            FIXTURE_STANDARD,
            {.name = "tl-array-called+glibc", .label = "tl-array-called", .ns_per_op = 3},
            {.name = "percpu-bound+glibc", .label = "bound", .ns_per_op = 2.5, .kept_entries = 300},
            {.name = "percpu+glibc", .ns_per_op = 4, .kept_entries = 10}}};

    (void)state;
    judge(&fixture);
    is("pair-net", "percpu against malloc+glibc", LA_GOAL_UNDECIDED, 2.0 / 12);
    assert_non_null(strstr(line_of("pair-net", "percpu against")->note, "no other malloc"));
    is("pair-net", "tl-array-called against malloc+glibc", LA_GOAL_COMPARISON, 1.0 / 12);
    is("burst-net", "tl-array-called against malloc+glibc", LA_GOAL_COMPARISON, 1.0 / 12);
    is("held", "percpu-bound+glibc", LA_GOAL_NOT_MET, 300 - 256);
}

/* --- the command --- */

static void no_line_is_wider_than(size_t columns)
{
    for (const char *line = tool_output; *line; line += strcspn(line, "\n") + 1) {
        if (strcspn(line, "\n") > columns)
            fail_msg("too wide: %.*s", (int)strcspn(line, "\n"), line);
    }
}

static void the_table_is_printed_and_written(void **state)
{
    const struct fixture fixture = known();
    char path[96];
    json_t *json;

    (void)state;
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(tool_run("goals %s", fixture_dir), CLI_DONE);
    tool_said("pair, 1 thread, net of the floor\n"
              "  $ lookaside bench --suite goals --workload pair --threads 1\n");
    tool_said("no such contender: percpu-bound");
    no_line_is_wider_than(100);
    snprintf(path, sizeof path, "%s/goals.md", fixture_dir);
    assert_int_equal(access(path, R_OK), 0);
    json = tool_load(fixture_dir, "goals.json");
    assert_int_equal(json_array_size(json_object_get(json, "goals")), 11);
    json_decref(json);
    assert_int_equal(tool_run("goals %s --json", fixture_dir), CLI_DONE);
    json = tool_json();
    assert_int_equal(json_array_size(json_object_get(json, "goals")), 11);
    json_decref(json);
}

/* The page names the machine and the commands, and no file of it. */
static void the_page_can_be_published(void **state)
{
    const struct fixture fixture = known();
    char path[96];
    FILE *stream;

    (void)state;
    fixture_write_bench(fixture_dir, &fixture);
    fixture_write_text(fixture_dir, "manifest.json",
                       "{\"machine\": {\"cpu\": {\"name\": \"A|CPU\", \"family\": \"6\"}, "
                       "\"kernel\": \"6.1.0\"}, \"allocators\": [{\"name\": \"jemalloc\", "
                       "\"available\": true, \"version\": \"5.3\", \"path\": \"/home/me/lib\"}]}");
    assert_int_equal(tool_run("goals %s", fixture_dir), CLI_DONE);
    snprintf(path, sizeof path, "%s/goals.md", fixture_dir);
    stream = fopen(path, "r");
    assert_non_null(stream);
    tool_output[fread(tool_output, 1, sizeof tool_output - 1, stream)] = '\0';
    fclose(stream);
    tool_said("| CPU | A\\|CPU, family 6");
    tool_said("| kernel | 6.1.0 |");
    tool_said("| allocator jemalloc | 5.3 |");
    tool_said("lookaside bench --suite quick");
    assert_null(strstr(tool_output, "/home/me"));
}

static void refuses(const char *arguments, const char *text)
{
    assert_int_equal(tool_run("goals %s", arguments), CLI_BAD);
    assert_int_equal(strncmp(tool_output, "lookaside: ", strlen("lookaside: ")), 0);
    tool_said_one_line(text);
}

static void what_is_no_result_is_refused(void **state)
{
    const struct fixture fixture = known();
    char arguments[128];

    (void)state;
    refuses("", "no result directory");
    refuses(fixture_dir, "bench.json");
    snprintf(arguments, sizeof arguments, "%s %s", fixture_dir, fixture_dir);
    refuses(arguments, fixture_dir);
    fixture_write_text(fixture_dir, "bench.json", "{\"benchmarks\": [");
    refuses(fixture_dir, "truncated");
    fixture_write_text(fixture_dir, "bench.json", "{\"benchmarks\": [{\"name\": \"a\\nb\"}]}");
    refuses(fixture_dir, "control character");
    fixture_write_bench(fixture_dir, &fixture);
    fixture_write_text(fixture_dir, "manifest.json", "[1]");
    refuses(fixture_dir, "not a manifest");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_interval_decides),
        FIXTURE_TEST(known_truths_are_found),
        FIXTURE_TEST(blocks_of_a_process_are_no_independent_values),
        FIXTURE_TEST(scaling_is_found_on_a_quiet_machine),
        FIXTURE_TEST(what_is_missing_is_named),
        FIXTURE_TEST(oversubscription_is_judged_by_the_work_done),
        FIXTURE_TEST(references_and_bound_builds_are_judged),
        FIXTURE_TEST(one_entry_too_many_in_one_look_is_not_met),
        FIXTURE_TEST(rejected_blocks_do_not_count),
        FIXTURE_TEST(little_above_the_floor_is_undecided),
        FIXTURE_TEST(a_block_with_a_dearer_floor_is_undecided),
        FIXTURE_TEST(the_best_of_one_malloc_proves_nothing),
        FIXTURE_TEST(the_table_is_printed_and_written),
        FIXTURE_TEST(the_page_can_be_published),
        FIXTURE_TEST(what_is_no_result_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
