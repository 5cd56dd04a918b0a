/* SPDX-License-Identifier: MIT */
/*
 * google_compare_test.c: Google Benchmark's own compare.py reads bench.json, and sees in it what
 * we do: the cells, their blocks as repetitions, and a change of their times by the factor that it
 * has. Skipped where the tool or what it imports is not installed.
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
#include "shell.h"

#define SCRIPT "/usr/share/benchmark/compare.py"
#define PYTHON "/usr/bin/python3 -B" /* the one that Debian's modules belong to */

enum { BLOCKS = 2, CELLS = 4 };

static char output[1 << 16];
static char dir[64];

static int run(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int run(const char *format, ...)
{
    char command[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    return shell_run(command, output, sizeof output);
}

static json_t *load(const char *path)
{
    json_error_t error;
    json_t *json = json_load_file(path, 0, &error);

    if (!json)
        fail_msg("%s: line %d: %s", path, error.line, error.text);
    return json;
}

/* A copy of the results in which everything took twice as long. */
static void write_twice(const char *from, const char *to)
{
    json_t *root = load(from), *row;
    size_t i;

    json_array_foreach(json_object_get(root, "benchmarks"), i, row)
    {
        const double time = json_number_value(json_object_get(row, "real_time"));

        json_object_set_new(row, "real_time", json_real(2 * time));
    }
    assert_int_equal(json_dump_file(root, to, 0), 0);
    json_decref(root);
}

static void check_cell(const json_t *cell)
{
    const json_t *measurements = json_object_get(cell, "measurements"), *one;
    size_t i;

    assert_string_equal(json_string_value(json_object_get(cell, "time_unit")), "ns");
    assert_int_equal(json_array_size(measurements), BLOCKS);
    json_array_foreach(measurements, i, one)
    {
        assert_true(json_number_value(json_object_get(one, "real_time")) > 0);
        assert_float_equal(json_number_value(json_object_get(one, "time")), 1, 1e-9);
        assert_float_equal(json_number_value(json_object_get(one, "cpu")), 0, 1e-9);
    }
}

static void their_tool_reads_our_file(void **state)
{
    char from[128], to[128], dump[128];
    json_t *compared, *cell;
    size_t i, nr = 0;

    (void)state;
    fixture_make_dir(dir);
    snprintf(from, sizeof from, "%s/bench.json", dir);
    snprintf(to, sizeof to, "%s/twice.json", dir);
    snprintf(dump, sizeof dump, "%s/compared.json", dir);
    assert_int_equal(run("%s bench --workload pair --strategy spinlock --threads 1 --size 64 "
                         "--repetitions %d --processes 1 --quiet --out %s 2>&1",
                         LOOKASIDE_TOOL, BLOCKS, dir),
                     CLI_DONE);
    write_twice(from, to);
    if (run("%s " SCRIPT " --no-color -d %s benchmarks %s %s 2>&1", PYTHON, dump, from, to))
        fail_msg("%s", output);
    assert_non_null(strstr(output, "pair/spinlock+glibc/size:64/depth:256/placement:compact/"
                                   "threads:1"));
    compared = load(dump);
    json_array_foreach(compared, i, cell)
    {
        if (!strstr(json_string_value(json_object_get(cell, "name")), "size:64"))
            continue; /* the geometric mean over all */
        check_cell(cell);
        nr++;
    }
    assert_int_equal(nr, CELLS);
    json_decref(compared);
    fixture_remove_dir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(their_tool_reads_our_file)};

    if (access(SCRIPT, R_OK) != 0 || system(PYTHON " -c 'import scipy, numpy' 2>/dev/null") != 0) {
        puts("needs libbenchmark-tools, python3-scipy and python3-numpy");
        return CLI_NOTHING;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
