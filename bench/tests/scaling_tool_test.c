/* SPDX-License-Identifier: MIT */
/* scaling_tool_test.c: `lookaside scaling` on runs whose law is known, and on those without one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <cmocka.h>

#include "fixture.h"
#include "tool.h"
#include "usl.h"

enum { NR_BLOCKS = 8 };

/* Noise that repeats: up to 2 %, different for every row. */
static double noise(unsigned number)
{
    return 1 + 0.02 * sin(12.9898 * number + 78.233);
}

/* Rows of two contenders that obey the law at each of the numbers of threads. */
static json_t *rows(const unsigned *threads, const char *placement, size_t nr_blocks)
{
    const struct la_usl laws[] = {{5e7, 0.05, 0.002}, {1e8, 0.3, 0}};
    const char *const names[] = {"percpu+glibc", "malloc+glibc"};
    json_t *array = json_array();
    unsigned number = 0;

    for (; *threads; threads++) {
        for (size_t i = 0; i < 2 * nr_blocks; i++) {
            const double rate = la_usl_throughput(&laws[i % 2], *threads) * noise(number++);
            char name[256];

            snprintf(name, sizeof name, "pair/%s/size:256/depth:256/placement:%s/threads:%u",
                     names[i % 2], placement, *threads);
            json_array_append_new(
                array, json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:f, s:f}", "name", name,
                                 "run_name", name, "run_type", "iteration", "threads",
                                 (int)*threads, "block", (int)(i / 2), "repetition_index",
                                 (int)(i / 2), "rejected", 0, "iterations", 1000, "ops_per_s", rate,
                                 "ns_per_op", 1e9 * *threads / rate));
        }
    }
    return array;
}

static void write_json(const char *name, json_t *json)
{
    char *text = json_dumps(json, 0);

    fixture_write_text(fixture_dir, name, text);
    free(text);
    json_decref(json);
}

static void write_run(const unsigned *threads, const char *placement, size_t nr_blocks,
                      const char *affinity)
{
    write_json("bench.json", json_pack("{s:{s:s, s:s}, s:o}", "context", "schema", "1", "complete",
                                       "true", "benchmarks", rows(threads, placement, nr_blocks)));
    write_json("manifest.json", json_pack("{s:i, s:{s:s, s:{s:s}}}", "schema", 1, "machine",
                                          "affinity", affinity, "cgroup", "cpu_max", "max"));
}

static int scaling(const char *options)
{
    return tool_run("scaling %s %s", options, fixture_dir);
}

static double value(const json_t *law, const char *name, const char *member)
{
    return json_number_value(json_object_get(json_object_get(law, name), member));
}

static json_t *curves(void)
{
    assert_int_equal(scaling("--json"), 0);
    return tool_json();
}

static void a_sweep_gets_its_law(void **state)
{
    const unsigned sweep[] = {1, 2, 4, 8, 16, 0};
    json_t *json;
    const json_t *law;

    (void)state;
    write_run(sweep, "compact", NR_BLOCKS, "0-15");
    json = curves();
    assert_int_equal(json_integer_value(json_object_get(json, "cpus")), 16);
    law = json_object_get(json_array_get(json_object_get(json, "curves"), 0), "law");
    assert_true(json_is_object(law));
    assert_true(value(law, "sigma", "low") <= 0.05 && value(law, "sigma", "high") >= 0.05);
    assert_true(value(law, "kappa", "low") <= 0.002 && value(law, "kappa", "high") >= 0.002);
    assert_true(value(law, "peak", "low") <= sqrt(0.95 / 0.002));
    json_decref(json);
    assert_int_equal(scaling(""), 0);
    tool_said("percpu+glibc");
    tool_said("sigma 0.0");
    tool_said("peak at ");
}

static void threads_that_share_cpus_are_no_points(void **state)
{
    const unsigned sweep[] = {1, 2, 4, 8, 16, 0};
    json_t *json;
    const json_t *curve;

    (void)state;
    write_run(sweep, "compact", NR_BLOCKS, "0,1");
    json = curves();
    curve = json_array_get(json_object_get(json, "curves"), 0);
    assert_true(json_is_null(json_object_get(curve, "law")));
    assert_int_equal(json_array_size(json_object_get(curve, "points")), 5);
    json_decref(json);
    assert_int_equal(scaling(""), 0);
    tool_said("there are 2; at 3 more they share CPUs, which is no scaling\n");
    tool_said("16*: ");
    write_run(sweep, "oversubscribed", NR_BLOCKS, "0-31");
    assert_int_equal(scaling(""), 0);
    tool_said("there are 0; at 5 more they share CPUs");
}

static void too_few_blocks_are_no_points(void **state)
{
    const unsigned sweep[] = {1, 2, 4, 8, 0};

    (void)state;
    write_run(sweep, "compact", 5, "0-15");
    assert_int_equal(scaling(""), 0);
    tool_said("there are 0; 4 more have fewer blocks\n");
}

static void what_is_not_known_is_said(void **state)
{
    const unsigned sweep[] = {1, 2, 4, 8, 0}, one[] = {1, 0};

    (void)state;
    write_run(sweep, "compact", NR_BLOCKS, "unknown");
    assert_int_equal(scaling(""), 0);
    tool_said("how many CPUs the run had is not known");
    write_run(one, "compact", NR_BLOCKS, "0-15");
    assert_int_equal(scaling(""), 0);
    tool_said("more than one number of threads");
    fixture_write_text(fixture_dir, "manifest.json", "{");
    assert_int_equal(scaling(""), 2);
    tool_said("lookaside: ");
    tool_said("truncated?");
}

static void bad_usage_is_refused(void **state)
{
    (void)state;
    assert_int_equal(tool_run("scaling"), 2);
    tool_said("no result directory given");
    assert_int_equal(tool_run("scaling /nowhere"), 2);
    tool_said("/nowhere");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sweep_gets_its_law),
        cmocka_unit_test(threads_that_share_cpus_are_no_points),
        cmocka_unit_test(too_few_blocks_are_no_points),
        cmocka_unit_test(what_is_not_known_is_said),
        cmocka_unit_test(bad_usage_is_refused),
    };

    return cmocka_run_group_tests(tests, fixture_make, fixture_clear);
}
