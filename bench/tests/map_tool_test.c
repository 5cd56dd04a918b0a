/* SPDX-License-Identifier: MIT */
/*
 * map_tool_test.c: the map of a grid, what changes the answer and what is not known, as `lookaside
 * choose` and `lookaside report` tell them, over result files whose truth is known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli.h"
#include "fixture.h"
#include "shell.h"
#include "tool.h"

static struct fixture fixture;

/* Up to 128 objects percpu is ahead, beyond it is far behind plain malloc. */
static int make(void **state)
{
    fixture_make(state);
    fixture = (struct fixture){
        .workloads = {"regime-h1-r0", "regime-h16-r0", "regime-h128-r0", "regime-h1024-r0"},
        .threads = {1, 2},
        .nr_blocks = 9,
        .noise = 0.005,
        .seed = 5,
        .contenders = {FIXTURE_STANDARD,
                       {.name = "percpu+glibc", .ns_per_op = 4, .factors = {1, 1, 1, 10}},
                       {.name = "magazine+glibc", .ns_per_op = 8, .factors = {1, 1, 1, 5}}}};
    return 0;
}

static void run(const char *command, const char *options)
{
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(tool_run("%s %s %s", command, fixture_dir, options), CLI_DONE);
}

static void the_map_names_the_answer(void **state)
{
    (void)state;
    run("choose", "");
    tool_said("      1024 held       G\n       128 held       p\n        16 held       p\n");
    tool_said("regime: 8 cells");
    tool_said_not("regime-h16-r0:");
}

static void a_proven_change_is_told(void **state)
{
    (void)state;
    run("choose", "");
    tool_said("objects held: proven to change along 2 of 2 lines");
    tool_said(
        "between 128 and 1024: from percpu+glibc to malloc+glibc (regime, 1 thread, 0 % remote");
    tool_said("threads: proven to change along 0 of 4 lines; along 4 one contender fits all");
}

/* The third value is open, so that the change may lie on either side of it. */
static void an_open_value_widens_the_gap(void **state)
{
    (void)state;
    fixture.contenders[4] = (struct fixture_contender){
        .name = "magazine+glibc", .ns_per_op = 8, .factors = {1, 1, 0.5, 0.5}};
    run("choose", "--threads 1");
    tool_said("     128 held     pm?\n");
    tool_said("    1024 held       m\n");
    tool_said("between 16 and 1024: from percpu+glibc to magazine+glibc");
}

static void what_is_not_proven_is_not_told(void **state)
{
    (void)state;
    fixture.contenders[3] = (struct fixture_contender){.name = "percpu+glibc", .ns_per_op = 8};
    fixture.contenders[4] = (struct fixture_contender){.name = "magazine+glibc", .ns_per_op = 8};
    run("choose", "");
    tool_said("objects held: proven to change along 0 of 2 lines; along 0 one contender fits all");
    tool_said("Which list, or which malloc, is best in 8 of 8 cells.");
    tool_said_not("between 1 and");
}

static void few_blocks_leave_the_map_open(void **state)
{
    (void)state;
    fixture.nr_blocks = 5;
    run("choose", "");
    tool_said("       128 held    Gpm?\n");
    tool_said(
        "Whether a list or a malloc is better in 8 of 8 cells, partly for too few usable blocks.");
}

/* Ordinary workloads have lines along the threads, and no map. */
static void every_run_has_lines(void **state)
{
    (void)state;
    fixture.workloads[0] = "pair";
    fixture.workloads[1] = NULL;
    fixture.contenders[3] =
        (struct fixture_contender){.name = "percpu+glibc", .ns_per_op = 4, .slowdown = 9};
    run("choose", "");
    tool_said("between 1 and 2: from percpu+glibc to magazine+glibc (pair, 256 B)");
    tool_said_not("who is the answer where");
    tool_said("lookaside bench --suite regime");
}

static void json_holds_the_map(void **state)
{
    json_t *root, *cell, *line, *stretch;

    (void)state;
    run("choose", "--json");
    root = tool_json();
    assert_int_equal(json_array_size(json_object_get(root, "map")), 8);
    cell = json_array_get(json_object_get(root, "map"), 7);
    assert_int_equal(json_integer_value(json_object_get(cell, "hold")), 1024);
    assert_int_equal(json_integer_value(json_object_get(cell, "remote_percent")), 0);
    assert_int_equal(json_integer_value(json_object_get(cell, "threads")), 2);
    assert_string_equal(json_string_value(json_object_get(cell, "answer")), "plain");
    assert_int_equal(json_array_size(json_object_get(root, "sensitivity")), 6);
    line = json_array_get(json_object_get(root, "sensitivity"), 4);
    stretch = json_array_get(json_object_get(line, "stretches"), 1);
    assert_int_equal(json_number_value(json_object_get(stretch, "changed_after")), 128);
    assert_int_equal(json_number_value(json_object_get(stretch, "from")), 1024);
    assert_true(json_array_size(json_object_get(root, "unknown")) > 3);
    json_decref(root);
}

static void points_are_selected_by_either_name(void **state)
{
    (void)state;
    run("choose", "--workload regime-h16-r0");
    tool_said("regime: 2 cells");
    run("choose", "--workload regime --threads 2");
    tool_said("regime: 4 cells");
}

static void the_report_shows_the_map(void **state)
{
    char path[128];

    (void)state;
    run("report", "--quiet");
    snprintf(path, sizeof path, "%s/plots/regime.png", fixture_dir);
    assert_int_equal(access(path, R_OK), 0);
    snprintf(path, sizeof path, "cat %s/report.md", fixture_dir);
    assert_int_equal(shell_run(path, tool_output, sizeof tool_output), 0);
    tool_said("## Who is the answer where");
    tool_said("| 1024 held | malloc+glibc |");
    tool_said("## What changes the answer");
    tool_said("| objects held | regime, 1 thread, 0 % remote, 256 B | 1 to 128: percpu+glibc; "
              "1024: malloc+glibc | 128 and 1024 |");
    tool_said("## What this run does not know");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST_AFTER(make, the_map_names_the_answer),
        FIXTURE_TEST_AFTER(make, a_proven_change_is_told),
        FIXTURE_TEST_AFTER(make, an_open_value_widens_the_gap),
        FIXTURE_TEST_AFTER(make, what_is_not_proven_is_not_told),
        FIXTURE_TEST_AFTER(make, few_blocks_leave_the_map_open),
        FIXTURE_TEST_AFTER(make, every_run_has_lines),
        FIXTURE_TEST_AFTER(make, json_holds_the_map),
        FIXTURE_TEST_AFTER(make, points_are_selected_by_either_name),
        FIXTURE_TEST_AFTER(make, the_report_shows_the_map),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
