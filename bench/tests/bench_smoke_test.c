/* SPDX-License-Identifier: MIT */
/*
 * bench_smoke_test.c: `lookaside bench` for a moment: its files have everything that readers rely
 * on, and add up; an interruption keeps whole blocks; what cannot be done is refused before
 * anything is measured or written.
 */
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli.h"
#include "fixture.h"
#include "tool.h"

enum { BLOCKS = 2, THREADS = 2 };

static int run(const char *arguments)
{
    return tool_run("bench %s", arguments);
}

static double number(const json_t *row, const char *name)
{
    const json_t *value = json_object_get(row, name);

    if (!json_is_number(value))
        fail_msg("%s has no number %s", json_string_value(json_object_get(row, "name")), name);
    return json_number_value(value);
}

static const char *text(const json_t *row, const char *name)
{
    const char *value = json_string_value(json_object_get(row, name));

    if (!value)
        fail_msg("no text %s", name);
    return value;
}

static void close_to(double got, double wanted)
{
    assert_true(fabs(got - wanted) <= 1e-6 * fmax(1, fabs(wanted)));
}

static void within(double got, double low, double high)
{
    assert_true(got >= low && got <= high);
}

static void row_has_what_every_row_has(const json_t *row)
{
    assert_string_equal(text(row, "name"), text(row, "run_name"));
    assert_string_equal(text(row, "run_type"), "iteration");
    assert_string_equal(text(row, "time_unit"), "ns");
    close_to(number(row, "threads"), THREADS);
    close_to(number(row, "repetitions"), BLOCKS);
    close_to(number(row, "block"), number(row, "repetition_index"));
    within(number(row, "rejected"), 0, 1);
    within(number(row, "lost_fraction"), 0, 1);
    within(number(row, "lost_worst_cpu"), number(row, "lost_fraction") - 1e-9, 1);
    within(number(row, "full_concurrency"), 0, 1);
    if (json_object_get(row, "steal_fraction"))
        assert_true(number(row, "steal_fraction") >= 0);
    if (json_object_get(row, "steady"))
        within(number(row, "steady"), 0, 1);
    within(number(row, "share_min"), 0, 1 + 1e-9);
    within(number(row, "share_max"), 1 - 1e-9, THREADS + 1e-9);
    close_to(number(row, "share_min") + number(row, "share_max"), THREADS);
    assert_true(number(row, "iterations") > 0);
    assert_true(number(row, "latency_samples") >= 0);
    number(row, "rss_bytes");
}

/* One window, three figures of it. */
static void row_adds_up(const json_t *row)
{
    close_to(number(row, "real_time"), number(row, "ns_per_op"));
    close_to(number(row, "ns_per_op") * number(row, "ops_per_s"), THREADS * 1e9);
    assert_true(number(row, "cpu_time") <= number(row, "ns_per_op") * 1.05 + 1);
}

static void list_row_adds_up(const json_t *row)
{
    within(number(row, "alloc_hit"), 0, 1);
    within(number(row, "free_hit"), 0, 1);
    close_to(number(row, "depth"), 256);
    within(number(row, "held_max"), 0, 256 + THREADS);
    assert_true(number(row, "cached_bytes") <= number(row, "held_max") * 256);
}

static void other_row_knows_nothing_of_lists(const json_t *row)
{
    static const char *const of_lists[] = {"alloc_hit", "free_hit", "depth", "held_max",
                                           "cached_bytes"};

    for (size_t i = 0; i < sizeof of_lists / sizeof *of_lists; i++)
        assert_null(json_object_get(row, of_lists[i]));
}

/* The floor's row of the same workload and block. */
static const json_t *floor_of(const json_t *rows, const json_t *row)
{
    const size_t workload = strcspn(text(row, "name"), "/");
    const json_t *other;
    size_t i;

    json_array_foreach(rows, i, other)
    {
        if (strcmp(text(other, "label"), "floor") == 0 &&
            strncmp(text(other, "name"), text(row, "name"), workload + 1) == 0 &&
            number(other, "block") == number(row, "block"))
            return other;
    }
    fail_msg("no floor for %s", text(row, "name"));
    return NULL;
}

static void net_is_gross_less_the_floor(const json_t *rows, const json_t *row)
{
    const double floor_ns = number(floor_of(rows, row), "ns_per_op");
    const json_t *net = json_object_get(row, "ns_per_op_net");

    if (strcmp(text(row, "label"), "floor") == 0)
        assert_null(net);
    else if (floor_ns > 0.8 * number(row, "ns_per_op") * (1 + 1e-9))
        assert_null(net);
    else if (floor_ns < 0.8 * number(row, "ns_per_op") * (1 - 1e-9))
        close_to(json_number_value(net), number(row, "ns_per_op") - floor_ns);
}

static void check_rows(const json_t *rows)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        row_has_what_every_row_has(row);
        row_adds_up(row);
        if (strcmp(text(row, "label"), "list") == 0)
            list_row_adds_up(row);
        else
            other_row_knows_nothing_of_lists(row);
        net_is_gross_less_the_floor(rows, row);
    }
}

static size_t rows_named(const json_t *rows, const char *name)
{
    const json_t *row;
    size_t i, nr = 0;

    json_array_foreach(rows, i, row)
    {
        nr += strcmp(text(row, "name"), name) == 0 && number(row, "block") < BLOCKS;
    }
    return nr;
}

static void bench_json_is_complete_and_adds_up(void **state)
{
    static const char *const contenders[] = {"floor", "malloc+glibc", "malloc-aa+glibc",
                                             "spinlock+glibc"};
    static const char *const workloads[] = {"pair", "handoff"};
    char arguments[256], name[128];
    json_t *json, *rows;

    (void)state;
    snprintf(arguments, sizeof arguments,
             "--workload pair,handoff --strategy spinlock --threads %d --oversubscribe "
             "--repetitions %d --seed 1 --out %s",
             THREADS, BLOCKS, fixture_dir);
    assert_int_equal(run(arguments), CLI_DONE);
    json = tool_load(fixture_dir, "bench.json");
    rows = json_object_get(json, "benchmarks");
    check_rows(rows);
    for (size_t w = 0; w < 2; w++)
        for (size_t c = 0; c < 4; c++) {
            snprintf(name, sizeof name, "%s/%s/size:256/depth:256/placement:compact/threads:%d",
                     workloads[w], contenders[c], THREADS);
            assert_int_equal(rows_named(rows, name), BLOCKS);
        }
    json_decref(json);
}

static void the_context_says_how_it_was_measured(void **state)
{
    static const char *const keys[] = {"library_version", "lookaside_version", "window_ns",
                                       "warmup_ns",       "lost_limit",        "blocks_rejected",
                                       "timer_floor_ns",  "sample_operations", "host_name"};
    json_t *json = tool_load(fixture_dir, "bench.json"),
           *context = json_object_get(json, "context");

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_true(strlen(text(context, keys[i])) > 0);
    assert_string_equal(text(context, "seed"), "1");
    assert_string_equal(text(context, "suite"), "quick");
    assert_string_equal(text(context, "complete"), "true");
    json_decref(json);
}

static void the_manifest_says_what_was_asked(void **state)
{
    json_t *json = tool_load(fixture_dir, "manifest.json");
    json_t *settings = json_object_get(json_object_get(json, "settings"), "bench");
    json_t *noise = json_object_get(json_object_get(json, "noise"), "bench");

    (void)state;
    assert_true(json_is_true(json_object_get(settings, "complete")));
    assert_int_equal(json_integer_value(json_object_get(settings, "seed")), 1);
    assert_int_equal(json_array_size(json_object_get(settings, "contenders")), 4);
    assert_int_equal(json_array_size(json_object_get(settings, "groups")), 2);
    assert_int_equal(json_integer_value(json_object_get(noise, "rows_miscounted")), 0);
    assert_int_equal(json_array_size(json_object_get(noise, "aa")), 2);
    /* Two blocks make no interval, so nothing can be claimed. */
    assert_string_equal(text(json_object_get(noise, "trust"), "verdict"), "unusable");
    assert_true(json_array_size(json_object_get(json_object_get(noise, "trust"), "reasons")) > 0);
    json_decref(json);
}

/* Sum of the histogram's counts of a cell equals its number of samples. */
static void latency_tsv_adds_up(void **state)
{
    char path[512], line[1024], cell[256], kind[32], key[64];
    uint64_t samples = 0, counted = 0;
    double value;
    FILE *file;

    (void)state;
    snprintf(path, sizeof path, "%s/latency.tsv", fixture_dir);
    file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%255[^\t]\t%31[^\t]\t%63[^\t]\t%lf", cell, kind, key, &value) != 4)
            continue;
        samples += strcmp(kind, "samples") == 0 ? (uint64_t)value : 0;
        counted += strcmp(kind, "histogram") == 0 ? (uint64_t)value : 0;
    }
    fclose(file);
    assert_int_equal(samples, counted);
}

/* Starts a long run, interrupts it after a while, and returns its status. */
static int interrupted_after(unsigned milliseconds, const char *out)
{
    const struct timespec pause = {.tv_sec = milliseconds / 1000,
                                   .tv_nsec = (long)(milliseconds % 1000) * 1000000};
    const pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        const int null = open("/dev/null", O_WRONLY);

        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execl(LOOKASIDE_TOOL, "lookaside", "bench", "--workload", "pair", "--strategy", "spinlock",
              "--threads", "1", "--repetitions", "1000", "--out", out, (char *)NULL);
        _exit(127);
    }
    nanosleep(&pause, NULL);
    assert_int_equal(kill(child, SIGINT), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Too early, and nothing is kept: then again, with more patience. */
static void an_interruption_keeps_whole_blocks(void **state)
{
    char out[128];
    json_t *json, *rows;
    unsigned milliseconds = 500;
    int status;

    (void)state;
    snprintf(out, sizeof out, "%s/interrupted", fixture_dir);
    while ((status = interrupted_after(milliseconds, out)) == CLI_NOTHING && milliseconds < 30000) {
        assert_int_equal(access(out, F_OK), -1);
        milliseconds *= 2;
    }
    assert_int_equal(status, CLI_DONE);
    json = tool_load(out, "bench.json");
    rows = json_object_get(json, "benchmarks");
    assert_true(json_array_size(rows) >= 4);
    assert_int_equal(json_array_size(rows) % 4, 0);
    assert_string_equal(text(json_object_get(json, "context"), "complete"), "false");
    json_decref(json);
    json = tool_load(out, "manifest.json");
    assert_true(json_is_false(
        json_object_get(json_object_get(json_object_get(json, "settings"), "bench"), "complete")));
    json_decref(json);
}

/* A peer has a row as other contenders have, and no figure that only a list can answer for. */
static void peers_are_labelled_and_claim_nothing(void **state)
{
    char out[128], arguments[256];
    size_t i, nr_peers = 0;
    json_t *json, *row;
    int status;

    (void)state;
    snprintf(out, sizeof out, "%s/peers", fixture_dir);
    snprintf(arguments, sizeof arguments,
             "--workload pair --strategy bare_stack --threads 1 --repetitions 1 --out %s", out);
    status = run(arguments);
    if (status == CLI_BAD && strstr(tool_output, "cannot run here"))
        skip();
    assert_int_equal(status, CLI_DONE);
    json = tool_load(out, "bench.json");
    json_array_foreach(json_object_get(json, "benchmarks"), i, row)
    {
        other_row_knows_nothing_of_lists(row);
        nr_peers += strcmp(text(row, "label"), "peer") == 0;
    }
    assert_in_range(nr_peers, 1, 2); /* a second one for a rejected block */
    json_decref(json);
    json = tool_load(out, "manifest.json");
    assert_true(strlen(text(json_array_get(json_object_get(json, "peers"), 0), "lacks")) > 0);
    json_decref(json);
}

static void filters_and_lists_cells(void **state)
{
    (void)state;
    assert_int_equal(run("--benchmark_filter='^pair/spinlock.*threads:1$' "
                         "--benchmark_list_tests"),
                     CLI_DONE);
    assert_string_equal(tool_output,
                        "pair/floor/size:256/depth:256/placement:compact/threads:1\n"
                        "pair/malloc+glibc/size:256/depth:256/placement:compact/threads:1\n"
                        "pair/malloc-aa+glibc/size:256/depth:256/placement:compact/"
                        "threads:1\n"
                        "pair/spinlock+glibc/size:256/depth:256/placement:compact/"
                        "threads:1\n");
}

/* Status 2, one line on stderr that says the text, nothing on stdout, nothing written. */
static void refuses(const char *arguments, const char *says)
{
    char redirected[512], out[128];

    snprintf(out, sizeof out, "%s/refused", fixture_dir);
    snprintf(redirected, sizeof redirected, "--out %s %s 2>/dev/null", out, arguments);
    assert_int_equal(run(redirected), CLI_BAD);
    assert_string_equal(tool_output, "");
    snprintf(redirected, sizeof redirected, "--out %s %s", out, arguments);
    assert_int_equal(run(redirected), CLI_BAD);
    assert_int_equal(strncmp(tool_output, "lookaside: ", strlen("lookaside: ")), 0);
    tool_said_one_line(says);
    assert_int_equal(access(out, F_OK), -1);
}

static void unknown_names_are_refused(void **state)
{
    (void)state;
    refuses("--strategy spinlok", "spinlock");
    refuses("--allocator jemaloc", "jemalloc");
    refuses("--workload pairs", "pair");
    refuses("--suite quik", "quick");
    refuses("--placement compakt", "compact");
    refuses("--strategy spinlock,spinlock", "twice");
    refuses("--nonesuch", "nonesuch");
}

static void impossible_values_are_refused(void **state)
{
    (void)state;
    refuses("--threads 0", "--threads");
    refuses("--threads two", "--threads");
    refuses("--threads 100000", "--threads");
    refuses("--size 0", "--size");
    refuses("--size 1073741825", "--size");
    refuses("--depth 0", "--depth");
    refuses("--depth 1048577", "--depth");
    refuses("--depth deep", "--depth");
    refuses("--repetitions 0", "--repetitions");
    refuses("--threads 1000", "1000");
}

static void foreign_options_that_contradict_are_refused(void **state)
{
    (void)state;
    refuses("--benchmark_repetitions=3", "--repetitions");
    refuses("--benchmark_out=file", "--out");
    refuses("--benchmark_nonesuch=1", "nonesuch");
    refuses("--benchmark_filter='('", "regular expression");
    refuses("--benchmark_filter=nonesuch", "no cell");
}

/* Refused before measuring: a run would print its plan first. */
static void an_output_that_cannot_be_is_refused(void **state)
{
    char arguments[256];
    struct stat before, after;

    (void)state;
    snprintf(arguments, sizeof arguments, "--out %s/bench.json/below", fixture_dir);
    assert_int_equal(stat(fixture_dir, &before), 0);
    assert_int_equal(run(arguments), CLI_BAD);
    assert_int_equal(
        strncmp(tool_output, "lookaside: cannot write", strlen("lookaside: cannot write")), 0);
    assert_null(strstr(tool_output, "suite"));
    assert_int_equal(stat(fixture_dir, &after), 0);
    assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bench_json_is_complete_and_adds_up),
        cmocka_unit_test(the_context_says_how_it_was_measured),
        cmocka_unit_test(the_manifest_says_what_was_asked),
        cmocka_unit_test(latency_tsv_adds_up),
        cmocka_unit_test(an_interruption_keeps_whole_blocks),
        cmocka_unit_test(peers_are_labelled_and_claim_nothing),
        cmocka_unit_test(filters_and_lists_cells),
        cmocka_unit_test(unknown_names_are_refused),
        cmocka_unit_test(impossible_values_are_refused),
        cmocka_unit_test(foreign_options_that_contradict_are_refused),
        cmocka_unit_test(an_output_that_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, fixture_make, fixture_clear);
}
