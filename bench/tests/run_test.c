/* SPDX-License-Identifier: MIT */
/*
 * run_test.c: bench.json in, samples out; and every way in which the file can be wrong is refused
 * with the file's name and the reason.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "run.h"

#define CELL "pair/malloc+glibc/size:256/depth:256/placement:compact/threads:2"

static void refuses(const char *text, const char *reason)
{
    struct la_why why = {""};
    struct la_run run;

    fixture_write_text(fixture_dir, "bench.json", text);
    assert_int_equal(la_run_load(&run, fixture_dir, &why), -1);
    if (!strstr(why.line, reason) || !strstr(why.line, "bench.json"))
        fail_msg("'%s' and the file are not in: %s", reason, why.line);
    assert_null(strchr(why.line, '\n'));
    assert_null(run.samples);
}

static void wrong_files_are_refused(void **state)
{
    (void)state;
    refuses("", "truncated");
    refuses("{\"benchmarks\": [{\"name\": \"pa", "truncated");
    refuses("{}", "no array");
    refuses("[1, 2]", "no array");
    refuses("{\"benchmarks\": []}", "no measured cell");
    refuses("{\"benchmarks\": [{\"name\": \"BM_sort/8\"}]}", "'BM_sort/8' is not the name");
    refuses("{\"benchmarks\": [{}]}", "no name");
    refuses("{\"benchmarks\": [{\"name\": \"" CELL "\", \"block\": 0, \"ops_per_s\": \"fast\"}]}",
            "ops_per_s is not a number");
    refuses("{\"benchmarks\": [{\"name\": \"" CELL "\", \"ops_per_s\": 1}]}",
            "no usable block number");
    refuses("{\"benchmarks\": [{\"name\": \"" CELL "\", \"block\": -1}]}",
            "no usable block number");
    refuses("{\"benchmarks\": [{\"name\": \"" CELL "\", \"block\": 1e9}]}",
            "no usable block number");
    refuses("{\"benchmarks\": [{\"name\": \"" CELL "\", \"block\": 0}, {\"name\": \"" CELL
            "\", \"block\": 0}]}",
            "twice");
}

static void a_missing_file_is_refused(void **state)
{
    struct la_why why;
    struct la_run run;

    (void)state;
    assert_int_equal(la_run_load(&run, fixture_dir, &why), -1);
    assert_non_null(strstr(why.line, "No such file"));
    assert_int_equal(la_run_load(&run, "/nonexistent", &why), -1);
    assert_non_null(strstr(why.line, "/nonexistent/bench.json"));
}

static void names_become_groups(void **state)
{
    struct la_why why;
    struct la_run run;

    (void)state;
    fixture_write_text(fixture_dir, "bench.json",
                       "{\"benchmarks\": [{\"name\": \"" CELL
                       "/manual_time\", \"repetition_index\": 3, \"ops_per_s\": 5e6},"
                       "{\"name\": \"x\", \"run_type\": \"aggregate\"},"
                       "{\"name\": \"" CELL "\", \"block\": 4, \"error_occurred\": true}]}");
    assert_int_equal(la_run_load(&run, fixture_dir, &why), 0);
    assert_int_equal(run.nr_groups, 1);
    assert_int_equal(run.nr_samples, 1);
    assert_int_equal(run.nr_failed, 1);
    assert_string_equal(run.groups[0].workload, "pair");
    assert_int_equal(run.groups[0].size_bytes, 256);
    assert_string_equal(run.groups[0].depth, "256");
    assert_string_equal(run.groups[0].placement, "compact");
    assert_int_equal(run.groups[0].threads, 2);
    assert_int_equal(run.nr_blocks, 4);
    assert_null(la_run_sample(&run, 0, 0, 0));
    assert_float_equal(la_run_sample(&run, 0, 0, 3)->value[LA_OPS_PER_S], 5e6, 1);
    assert_true(isnan(la_run_sample(&run, 0, 0, 3)->value[LA_ALLOC_HIT]));
    la_run_unload(&run);
}

static void rejected_samples_are_counted_and_not_usable(void **state)
{
    const struct fixture fixture = {.workloads = {"pair"},
                                    .threads = {1},
                                    .nr_blocks = 5,
                                    .rejected = 0x5,
                                    .contenders = {FIXTURE_STANDARD}};
    struct la_why why;
    struct la_run run;

    (void)state;
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(la_run_load(&run, fixture_dir, &why), 0);
    assert_int_equal(run.nr_rejected, 2 * 3);
    assert_null(la_run_usable(&run, 0, 0, 0));
    assert_non_null(la_run_sample(&run, 0, 0, 0));
    assert_non_null(la_run_usable(&run, 0, 0, 1));
    la_run_unload(&run);
}

/* Two processes, and a screening slice of each of two cells, one of which has a deciding block. */
static void origin_of_samples(void **state)
{
    static const char text[] =
        "{\"benchmarks\": [{\"name\": \"" CELL "\", \"block\": 0, \"ops_per_s\": 2e6, "
        "\"iterations\": 1e5, \"process\": 0, \"stage\": 1},"
        "{\"name\": \"" CELL "\", \"block\": 1, \"ops_per_s\": 1, \"process\": 7, \"stage\": 0},"
        "{\"name\": \"pair/floor/size:256/depth:256/placement:compact/threads:2\", \"block\": 0, "
        "\"ops_per_s\": 1, \"stage\": 1}]}";
    struct la_why why;
    struct la_run run;

    (void)state;
    fixture_write_text(fixture_dir, "bench.json", text);
    assert_int_equal(la_run_load(&run, fixture_dir, &why), 0);
    assert_int_equal(la_run_processes(&run), 2);
    assert_int_equal(la_run_sample(&run, 0, 0, 1)->process, 7);
    assert_true(la_run_sample(&run, 0, 0, 0)->screening);
    assert_float_equal(la_run_sample(&run, 0, 0, 0)->window_s, 0.05, 1e-12);
    assert_true(isnan(la_run_sample(&run, 0, 0, 1)->window_s));
    assert_null(la_run_usable(&run, 0, 0, 0));
    assert_non_null(la_run_usable(&run, 0, 0, 1));
    assert_non_null(la_run_usable(&run, 0, 1, 0));
    la_run_unload(&run);
    refuses("{\"benchmarks\": [{\"name\": \"" CELL "\", \"block\": 0, \"process\": -1}]}",
            "no usable process number");
    refuses("{\"benchmarks\": [{\"name\": \"" CELL "\", \"block\": 0, \"stage\": \"x\"}]}",
            "stage or iterations is not a number");
}

static void roles_come_from_names(void **state)
{
    (void)state;
    assert_int_equal(la_contender_role("malloc+jemalloc", NULL), LA_ROLE_PLAIN);
    assert_int_equal(la_contender_role("malloc-aa+glibc", NULL), LA_ROLE_TWIN);
    assert_int_equal(la_contender_role("floor", NULL), LA_ROLE_FLOOR);
    assert_int_equal(la_contender_role("floor+none", NULL), LA_ROLE_FLOOR);
    assert_int_equal(la_contender_role("percpu+jemalloc", NULL), LA_ROLE_LIST);
    assert_int_equal(la_contender_role("percpu-bound+jemalloc", "bound"), LA_ROLE_PEER);
    assert_int_equal(la_contender_role("tl-array+glibc", "tl-array"), LA_ROLE_PEER);
    assert_int_equal(la_contender_role("tl-array-called+glibc", "tl-array-called"), LA_ROLE_PEER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(wrong_files_are_refused),
        FIXTURE_TEST(a_missing_file_is_refused),
        FIXTURE_TEST(names_become_groups),
        FIXTURE_TEST(rejected_samples_are_counted_and_not_usable),
        FIXTURE_TEST(origin_of_samples),
        cmocka_unit_test(roles_come_from_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
