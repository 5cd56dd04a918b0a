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

static char dir[64];
static char output[1 << 18];
static struct fixture fixture;

/* Up to 128 objects percpu is ahead, beyond it is far behind plain malloc. */
static int make(void **state)
{
    (void)state;
    fixture_make_dir(dir);
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

static int clear(void **state)
{
    (void)state;
    fixture_remove_dir(dir);
    return 0;
}

static void run(const char *command, const char *options)
{
    char line[1024];

    fixture_write_bench(dir, &fixture);
    snprintf(line, sizeof line, LOOKASIDE_TOOL " %s %s %s", command, dir, options);
    assert_int_equal(shell_run(line, output, sizeof output), CLI_DONE);
}

static void says(const char *text)
{
    if (!strstr(output, text))
        fail_msg("'%s' is not in: %s", text, output);
}

static void says_not(const char *text)
{
    if (strstr(output, text))
        fail_msg("'%s' is in: %s", text, output);
}

static void the_map_names_the_answer(void **state)
{
    (void)state;
    run("choose", "");
    says("      1024 held       G\n       128 held       p\n        16 held       p\n");
    says("regime: 8 cells");
    says_not("regime-h16-r0:");
}

static void a_proven_change_is_told(void **state)
{
    (void)state;
    run("choose", "");
    says("objects held: proven to change along 2 of 2 lines");
    says("between 128 and 1024: from percpu+glibc to malloc+glibc (regime, 1 thread, 0 % remote");
    says("threads: proven to change along 0 of 4 lines; along 4 one contender fits all");
}

/* The third value is open, so that the change may lie on either side of it. */
static void an_open_value_widens_the_gap(void **state)
{
    (void)state;
    fixture.contenders[4] = (struct fixture_contender){
        .name = "magazine+glibc", .ns_per_op = 8, .factors = {1, 1, 0.5, 0.5}};
    run("choose", "--threads 1");
    says("     128 held     pm?\n");
    says("    1024 held       m\n");
    says("between 16 and 1024: from percpu+glibc to magazine+glibc");
}

static void what_is_not_proven_is_not_told(void **state)
{
    (void)state;
    fixture.contenders[3] = (struct fixture_contender){.name = "percpu+glibc", .ns_per_op = 8};
    fixture.contenders[4] = (struct fixture_contender){.name = "magazine+glibc", .ns_per_op = 8};
    run("choose", "");
    says("objects held: proven to change along 0 of 2 lines; along 0 one contender fits all");
    says("Which list, or which malloc, is best in 8 of 8 cells.");
    says_not("between 1 and");
}

static void few_blocks_leave_the_map_open(void **state)
{
    (void)state;
    fixture.nr_blocks = 5;
    run("choose", "");
    says("       128 held    Gpm?\n");
    says("Whether a list or a malloc is better in 8 of 8 cells, partly for too few usable blocks.");
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
    says("between 1 and 2: from percpu+glibc to magazine+glibc (pair, 256 B)");
    says_not("who is the answer where");
    says("lookaside bench --suite regime");
}

static void json_holds_the_map(void **state)
{
    json_t *root, *cell, *line, *stretch;

    (void)state;
    run("choose", "--json");
    root = json_loads(output, 0, NULL);
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
    says("regime: 2 cells");
    run("choose", "--workload regime --threads 2");
    says("regime: 4 cells");
}

static void the_report_shows_the_map(void **state)
{
    char path[128];

    (void)state;
    run("report", "--quiet");
    snprintf(path, sizeof path, "%s/plots/regime.png", dir);
    assert_int_equal(access(path, R_OK), 0);
    snprintf(path, sizeof path, "cat %s/report.md", dir);
    assert_int_equal(shell_run(path, output, sizeof output), 0);
    says("## Who is the answer where");
    says("| 1024 held | malloc+glibc |");
    says("## What changes the answer");
    says("| objects held | regime, 1 thread, 0 % remote, 256 B | 1 to 128: percpu+glibc; "
         "1024: malloc+glibc | 128 and 1024 |");
    says("## What this run does not know");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_map_names_the_answer, make, clear),
        cmocka_unit_test_setup_teardown(a_proven_change_is_told, make, clear),
        cmocka_unit_test_setup_teardown(an_open_value_widens_the_gap, make, clear),
        cmocka_unit_test_setup_teardown(what_is_not_proven_is_not_told, make, clear),
        cmocka_unit_test_setup_teardown(few_blocks_leave_the_map_open, make, clear),
        cmocka_unit_test_setup_teardown(every_run_has_lines, make, clear),
        cmocka_unit_test_setup_teardown(json_holds_the_map, make, clear),
        cmocka_unit_test_setup_teardown(points_are_selected_by_either_name, make, clear),
        cmocka_unit_test_setup_teardown(the_report_shows_the_map, make, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
