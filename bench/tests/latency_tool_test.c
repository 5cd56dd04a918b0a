/* SPDX-License-Identifier: MIT */
/*
 * latency_tool_test.c: `lookaside latency` and `lookaside memory` for a moment: their files add up;
 * an interruption keeps whole blocks; what cannot be done is refused before anything is written.
 */
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
#include "shell.h"
#include "tool.h"

static char dir[] = "/tmp/lookaside-latency-XXXXXX";

static int make_dir(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(dir));
    return 0;
}

static int remove_dir(void **state)
{
    char command[128], output[256];

    (void)state;
    snprintf(command, sizeof command, "rm -r %s", dir);
    return shell_run(command, output, sizeof output);
}

static json_t *load(const char *out, const char *name)
{
    char path[64];

    snprintf(path, sizeof path, "%s/%s", dir, out);
    return tool_load(path, name);
}

static double number(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    if (!json_is_number(value))
        fail_msg("no number %s", name);
    return json_number_value(value);
}

static double sum_of(const json_t *causes, const char *member)
{
    const char *name;
    json_t *cause;
    double sum = 0;

    json_object_foreach((json_t *)(uintptr_t)causes, name, cause) sum += number(cause, member);
    return sum;
}

static void causes_add_up(const json_t *cell)
{
    const json_t *causes = json_object_get(cell, "causes");
    const double all = number(cell, "operations");

    assert_true(sum_of(causes, "response") == all);
    assert_true(sum_of(causes, "service") == all - number(cell, "unserved"));
    assert_true(sum_of(causes, "beyond_p99") <= all / 100);
    assert_true(sum_of(causes, "beyond_p999") <= sum_of(causes, "beyond_p99"));
}

/* What a malloc called directly does is all its own; it has no list to hit. */
static void only_lists_hit(const json_t *cell)
{
    const json_t *causes = json_object_get(cell, "causes");
    const char *label = json_string_value(json_object_get(cell, "label"));
    const bool direct = strstr(label, "malloc") != NULL;

    assert_int_equal(number(json_object_get(causes, "hit"), "service") > 0, !direct);
    if (direct)
        assert_true(number(json_object_get(causes, "backing"), "service") > 0);
}

static void the_files_add_up(void **state)
{
    const json_t *runs, *cell;
    json_t *json;
    size_t i;

    (void)state;
    assert_int_equal(
        tool_run("latency --strategy spinlock,malloc --allocator glibc --threads 1,2 "
                 "--rate 200000,400000 --window 5 --repetitions 2 --target 1000000000 --out %s/run",
                 dir),
        CLI_DONE);
    json = load("run", "latency.json");
    runs = json_object_get(json, "runs");
    assert_int_equal(json_array_size(runs), 2);
    /* floor, malloc, its twin and the list, at two rates */
    assert_int_equal(json_array_size(json_object_get(json_array_get(runs, 0), "cells")), 8);
    json_array_foreach(json_object_get(json_array_get(runs, 1), "cells"), i, cell)
    {
        causes_add_up(cell);
        /* On a busy machine every block may have been rejected. */
        if (number(cell, "blocks") > 0)
            only_lists_hit(cell);
    }
    assert_int_equal(json_array_size(json_object_get(
                         json_object_get(json_array_get(runs, 1), "target"), "answers")),
                     4);
    json_decref(json);
}

/* Blocks of one process are no independent samples, and say whose they are. */
static void processes_share_the_blocks(void **state)
{
    const json_t *run, *cell, *block;
    json_t *json;
    size_t i, j;

    (void)state;
    assert_int_equal(tool_run("latency --strategy spinlock --allocator glibc --threads 1 "
                              "--rate 400000 --window 5 --repetitions 4 --processes 2 --out %s/two",
                              dir),
                     CLI_DONE);
    tool_said("4 blocks in 2 processes");
    json = load("two", "latency.json");
    run = json_array_get(json_object_get(json, "runs"), 0);
    assert_true(number(json_object_get(run, "settings"), "processes") == 2);
    json_array_foreach(json_object_get(run, "cells"), i, cell)
    {
        unsigned nr[2] = {0, 0};

        json_array_foreach(json_object_get(cell, "each_block"), j, block)
        {
            assert_in_range(number(block, "process"), 0, 1);
            nr[(unsigned)number(block, "process")]++;
        }
        assert_int_equal(nr[0] + nr[1], number(cell, "blocks"));
        /* The one with fewer blocks gets the next. */
        assert_in_range(nr[0] + 1, nr[1], nr[1] + 2);
    }
    json_decref(json);
}

/* What one thread takes and the other gives back, at the end too: a list that lost an entry would
 * say so when it is ended, and a malloc's heap would be broken. */
static void objects_go_from_thread_to_thread(void **state)
{
    const json_t *run, *cell;
    json_t *json;
    size_t i;

    (void)state;
    assert_int_equal(
        tool_run("latency --strategy percpu,slist --allocator glibc --threads 2 "
                 "--rate 200000 --remote 50 --window 5 --repetitions 1 --out %s/remote",
                 dir),
        CLI_DONE);
    json = load("remote", "latency.json");
    run = json_array_get(json_object_get(json, "runs"), 0);
    assert_true(number(json_object_get(run, "settings"), "remote_percent") == 50);
    json_array_foreach(json_object_get(run, "cells"), i, cell) causes_add_up(cell);
    assert_int_equal(i, 5);
    json_decref(json);
}

static void an_interruption_keeps_whole_blocks(void **state)
{
    char command[512];
    int status = CLI_NOTHING;
    json_t *json;

    (void)state;
    /* In the foreground, or the signal comes twice, and the second one ends it at once. */
    for (double seconds = 1; status == CLI_NOTHING && seconds < 100; seconds *= 2) {
        snprintf(command, sizeof command,
                 "timeout --foreground --preserve-status -s INT %g %s latency --strategy malloc "
                 "--allocator glibc --threads 1 --rate 500000 --window 10 --repetitions 200 "
                 "--out %s/interrupted 2>&1",
                 seconds, LOOKASIDE_TOOL, dir);
        status = shell_run(command, tool_output, sizeof tool_output);
    }
    assert_int_equal(status, CLI_DONE);
    tool_said("interrupted: what was measured until then");
    json = load("interrupted", "latency.json");
    assert_true(json_is_true(
        json_object_get(json_array_get(json_object_get(json, "runs"), 0), "interrupted")));
    json_decref(json);
}

static void a_frontier_is_written(void **state)
{
    const json_t *cell;
    size_t i, nr_optimal = 0;
    json_t *json;

    (void)state;
    assert_int_equal(
        tool_run("memory --strategy percpu,malloc --allocator glibc --threads 2 --depth 16,256 "
                 "--window 5 --peak 1000 --repetitions 1 --out %s/kept",
                 dir),
        CLI_DONE);
    tool_said("at equal memory");
    json = load("kept", "memory.json");
    /* malloc, its twin, and the list at two depths */
    assert_int_equal(json_array_size(json_object_get(json, "cells")), 4);
    json_array_foreach(json_object_get(json, "cells"), i, cell)
    {
        nr_optimal += json_is_true(json_object_get(cell, "pareto_optimal"));
        assert_true(
            number(json_object_get(json_object_get(cell, "figures"), "ops_per_s"), "median") > 0);
    }
    assert_in_range(nr_optimal, 1, 3);
    json_decref(json);
}

static void refuses(const char *arguments, const char *text)
{
    char path[64];

    assert_int_equal(tool_run("%s --out %s/refused", arguments, dir), CLI_BAD);
    tool_said_one_line(text);
    snprintf(path, sizeof path, "%s/refused", dir);
    assert_int_equal(access(path, F_OK), -1);
}

static void what_cannot_be_done_is_refused(void **state)
{
    (void)state;
    refuses("latency --arrivals poison", "did you mean 'poisson'?");
    refuses("latency --hold-shape flat", "unknown shape of holds 'flat'");
    refuses("latency --rate 2000,1000", "rising order");
    refuses("latency --rate 10", "out of range");
    refuses("latency --rate 1000000000 --window 1000", "more than 20000000 operations in a window");
    refuses("latency --target 0", "out of range");
    refuses("latency --without-machine", "is about --target");
    refuses("latency --processes 0", "out of range");
    refuses("latency --threads 1 --remote 10", "there is no other one");
    refuses("latency --size 64,128", "takes one size");
    refuses("latency --threads 1000", "at most");
    refuses("latency --strategy slit", "did you mean 'slist'?");
    refuses("memory --depth 64,16", "rising order");
    refuses("memory --depth 0", "out of range");
    refuses("memory --threads 1,2", "one number of threads");
    refuses("memory --burst 0", "out of range");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_files_add_up),
        cmocka_unit_test(processes_share_the_blocks),
        cmocka_unit_test(objects_go_from_thread_to_thread),
        cmocka_unit_test(a_frontier_is_written),
        cmocka_unit_test(an_interruption_keeps_whole_blocks),
        cmocka_unit_test(what_cannot_be_done_is_refused),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
