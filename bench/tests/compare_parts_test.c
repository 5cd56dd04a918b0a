/* SPDX-License-Identifier: MIT */
/*
 * compare_parts_test.c: `lookaside compare` on latency.json and memory.json made by hand: what a
 * list lost in its tail, in the rate that it sustains and in the memory that it keeps is found and
 * sized, noise and a slow day are not called a loss, and bounds are not compared with bounds.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include <cmocka.h>

#include "cli.h"
#include "compare_tool.h"
#include "fixture.h"

enum { NR_BLOCKS = 12 };

/* A run that never was: what its list costs, in nanoseconds and bytes, beside plain malloc. */
struct made {
    double p50_ns, p999_ns;        /* of the list's responses; services take half as long */
    double machine;                /* factor of all times */
    bool overloaded;               /* the list, in one block */
    double kept_rate, missed_rate; /* of the list; 0: none */
    int confirmed; /* of 12 windows at each of the list's rates, those that say the same again */
    double malloc_rate;          /* that plain malloc keeps; it misses a tenth more */
    double retained, after_idle; /* bytes, of the list */
    double byte_s;
    uint64_t seed;
};

static const struct made usual = {.p50_ns = 100,
                                  .p999_ns = 2000,
                                  .machine = 1,
                                  .kept_rate = 4e6,
                                  .missed_rate = 4.3e6,
                                  .confirmed = 11,
                                  .malloc_rate = 2e6,
                                  .retained = 1e6,
                                  .after_idle = 2e5,
                                  .byte_s = 3e5,
                                  .seed = 1};

static const char *const names[] = {"floor", "malloc+glibc", "malloc-aa+glibc", "percpu+glibc"};
enum { LIST = 3, NR_CONTENDERS = 4 };

static gsl_rng *chance;

static double noisy(double value, double noise)
{
    return value * exp(gsl_ran_gaussian(chance, noise));
}

static json_t *percentiles(double p50_ns, double p999_ns)
{
    return json_pack("{s:f, s:f, s:f, s:f}", "p50_ns", noisy(p50_ns, 0.005), "p90_ns", p50_ns * 2,
                     "p99_ns", noisy(p50_ns * 4, 0.01), "p999_ns", noisy(p999_ns, 0.02));
}

/* --- latency.json --- */

static json_t *latency_block(const struct made *made, size_t contender, size_t block)
{
    const double p50 = (contender == LIST ? made->p50_ns : 150) * made->machine;
    const double p999 = (contender == LIST ? made->p999_ns : 3000) * made->machine;
    const bool late = contender == LIST && made->overloaded && block == 0;

    return json_pack("{s:i, s:i, s:b, s:o, s:o, s:o}", "block", (int)block, "process", (int)block,
                     "overloaded", late, "service", percentiles(p50 / 2, p999 / 2), "response",
                     percentiles(p50, p999), "response_without_machine", percentiles(p50, p999));
}

static json_t *latency_cells(const struct made *made)
{
    json_t *cells = json_array();

    for (size_t i = 0; i < NR_CONTENDERS; i++) {
        json_t *blocks = json_array();

        for (size_t block = 0; block < NR_BLOCKS; block++)
            json_array_append_new(blocks, latency_block(made, i, block));
        json_array_append_new(cells, json_pack("{s:s, s:f, s:o}", "contender", names[i], "rate",
                                               1e6, "each_block", blocks));
    }
    return cells;
}

static json_t *rate(double value)
{
    return value > 0 ? json_real(value) : json_null();
}

static json_t *answer(const char *contender, double kept, double missed, int confirmed)
{
    return json_pack("{s:s, s:o, s:o, s:{s:i, s:i}, s:{s:i, s:i}}", "contender", contender,
                     "kept_rate", rate(kept), "missed_rate", rate(missed), "at_kept_rate",
                     "windows", kept > 0 ? 12 : 0, "kept", kept > 0 ? confirmed : 0,
                     "at_missed_rate", "windows", missed > 0 ? 12 : 0, "kept",
                     missed > 0 ? 12 - confirmed : 0);
}

static json_t *answers(const struct made *made)
{
    return json_pack("[o, o]", answer(names[1], made->malloc_rate, 1.1 * made->malloc_rate, 12),
                     answer(names[LIST], made->kept_rate, made->missed_rate, made->confirmed));
}

static void write_json(const char *dir, const char *name, json_t *json)
{
    char *text = json_dumps(json, JSON_INDENT(1));

    assert_non_null(text);
    fixture_write_text(dir, name, text);
    free(text);
    json_decref(json);
}

static void write_latency(const char *dir, const struct made *made)
{
    json_t *settings = json_pack("{s:i, s:i, s:s, s:i, s:s, s:s, s:f}", "size_bytes", 256, "depth",
                                 256, "placement", "compact", "threads", 2, "arrivals", "poisson",
                                 "hold_shape", "exponential", "hold_ns", 1e5);
    json_t *target = json_pack("{s:f, s:b, s:o}", "p999_ns", 1e4, "without_machine", 0, "answers",
                               answers(made));

    write_json(dir, "latency.json",
               json_pack("{s:i, s:[{s:o, s:o, s:o}]}", "schema", 1, "runs", "settings", settings,
                         "cells", latency_cells(made), "target", target));
}

/* --- memory.json --- */

static json_t *memory_block(const struct made *made, bool list, size_t block)
{
    const double retained = list ? made->retained : 5e5;

    return json_pack("{s:i, s:b, s:f, s:f, s:f, s:f, s:o, s:f}", "block", (int)block, "rejected",
                     block == 1, "ops_per_s",
                     noisy((list ? 2e8 : 5e7) / made->machine / (block == 1 ? 9 : 1), 0.005),
                     "retained_busy_bytes", noisy(retained, 0.005), "peak_bytes", noisy(8e6, 0.005),
                     "retained_idle_bytes", noisy(list ? made->after_idle : 5e5, 0.005),
                     "cached_busy_bytes", list ? json_real(65536) : json_null(), "resident_byte_s",
                     noisy(list ? made->byte_s : 4e5, 0.005));
}

static json_t *memory_cell(const struct made *made, const char *name, int depth)
{
    json_t *blocks = json_array();

    for (size_t block = 0; block < NR_BLOCKS; block++) {
        json_t *one = memory_block(made, depth > 0, block);

        assert_non_null(one);
        json_array_append_new(blocks, one);
    }
    return json_pack("{s:s, s:o, s:o}", "contender", name, "depth",
                     depth ? json_integer(depth) : json_null(), "each_block", blocks);
}

static void write_memory(const char *dir, const struct made *made)
{
    json_t *settings =
        json_pack("{s:i, s:s, s:i, s:i, s:i, s:i}", "size_bytes", 256, "placement", "compact",
                  "threads", 2, "longest_burst", 1024, "peak_objects", 8192, "window_ns", 60000000);

    write_json(dir, "memory.json",
               json_pack("{s:i, s:o, s:[o, o, o, o]}", "schema", 1, "settings", settings, "cells",
                         memory_cell(made, names[1], 0), memory_cell(made, names[2], 0),
                         memory_cell(made, names[LIST], 64), memory_cell(made, names[LIST], 256)));
}

static void write_run(const char *dir, struct made made)
{
    chance = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(chance, made.seed);
    write_latency(dir, &made);
    write_memory(dir, &made);
    gsl_rng_free(chance);
}

static void write_runs(struct made first, struct made second)
{
    second.seed = 2;
    write_run(compare_base, first);
    write_run(compare_new, second);
}

static json_t *compared(struct made first, struct made second, int status)
{
    write_runs(first, second);
    return compare_json(status);
}

static void lines(const json_t *root, const char *counter, const char *verdict, double truth,
                  size_t nr)
{
    compare_lines(root, (struct compare_wanted){"percpu+glibc", counter, verdict, truth, 0.03, nr});
}

/* --- what is found --- */

static void what_did_not_change_is_no_loss(void **state)
{
    json_t *root;

    (void)state;
    root = compared(usual, usual, CLI_DONE);
    assert_int_equal(compare_summary(root, "worse"), 0);
    assert_int_equal(compare_summary(root, "better"), 0);
    lines(root, "response_p50_ns", "same", 1, 1);
    lines(root, "service_p50_ns", "same", 1, 1);
    lines(root, "retained_busy_bytes", "same", 1, 2);
    lines(root, "retained_idle_bytes", "same", 1, 2);
    lines(root, "cached_busy_bytes", "same", 1, 2);
    lines(root, "resident_byte_s", "same", 1, 2);
    lines(root, "ops_per_s", "same", 1, 2);
    /* Rates are known to a tenth only. */
    lines(root, "kept_rate", "undecided", 1, 1);
    json_decref(root);
}

static void a_longer_tail_is_a_regression(void **state)
{
    struct made second = usual;
    json_t *root;

    (void)state;
    second.p999_ns = 3000;
    root = compared(usual, second, CLI_NEGATIVE);
    lines(root, "response_p999_ns", "worse", 2 / 3.0, 1);
    lines(root, "response_without_machine_p999_ns", "worse", 2 / 3.0, 1);
    lines(root, "service_p999_ns", "worse", 2 / 3.0, 1);
    lines(root, "response_p50_ns", "same", 1, 1);
    lines(root, "ops_per_s", "same", 1, 2);
    json_decref(root);
    compare_run("");
    tool_said("open-loop-poisson-exponential-100000-rate-1000000/percpu+glibc, 256 B, depth 256");
}

static void memory_kept_after_idle_is_a_regression(void **state)
{
    struct made second = usual;
    json_t *root;

    (void)state;
    second.after_idle = 4e5;
    second.byte_s = 1.5e5;
    root = compared(usual, second, CLI_NEGATIVE);
    lines(root, "retained_idle_bytes", "worse", 0.5, 2);
    lines(root, "resident_byte_s", "better", 2, 2);
    lines(root, "retained_busy_bytes", "same", 1, 2);
    json_decref(root);
}

/* Plain malloc and its rate stand for the machine. */
static void a_slow_day_is_no_regression(void **state)
{
    struct made second = usual;

    (void)state;
    second.machine = 1.6;
    second.kept_rate /= 1.6;
    second.missed_rate /= 1.6;
    second.malloc_rate /= 1.6;
    write_runs(usual, second);
    assert_int_equal(compare_run(""), CLI_DONE);
    tool_said("0 worse, 0 better");
}

/* --- rates --- */

static void a_lower_rate_is_a_regression(void **state)
{
    struct made second = usual;
    json_t *root;

    (void)state;
    second.kept_rate = 2e6;
    second.missed_rate = 2.15e6;
    root = compared(usual, second, CLI_NEGATIVE);
    lines(root, "kept_rate", "worse", 0.5, 1);
    json_decref(root);
    root = compared(second, usual, CLI_DONE);
    lines(root, "kept_rate", "better", 2, 1);
    json_decref(root);
}

/* The search had luck: when the rates are tried again they say nothing. */
static void rates_that_are_not_confirmed_are_undecided(void **state)
{
    struct made first = usual, second = usual;
    json_t *root;

    (void)state;
    second.kept_rate = 2e6;
    second.missed_rate = 2.15e6;
    first.confirmed = second.confirmed = 7;
    root = compared(first, second, CLI_DONE);
    lines(root, "kept_rate", "undecided", 0.5, 1);
    json_decref(root);
}

/* The rates that are proven are no farther apart than those of plain malloc may be. */
static void rates_that_may_be_equal_are_undecided(void **state)
{
    struct made second = usual;
    json_t *root;

    (void)state;
    second.kept_rate = 3.4e6;
    second.missed_rate = 3.7e6;
    root = compared(usual, second, CLI_DONE);
    lines(root, "kept_rate", "undecided", 3.55 / 4.15, 1);
    json_decref(root);
}

/* Kept at the highest rate that was tried, and missed below that afterwards: worse, by how much at
 * most is not known. */
static void a_rate_without_an_end_has_a_bound(void **state)
{
    struct made first = usual, second = usual;

    (void)state;
    first.kept_rate = 8e6;
    first.missed_rate = 0;
    write_runs(first, second);
    assert_int_equal(compare_run(""), CLI_NEGATIVE);
    tool_said("kept_rate");
    write_runs(first, first);
    assert_int_equal(compare_run("--all"), CLI_DONE);
    assert_null(strstr(tool_output, "kept_rate"));
}

/* --- what is left out --- */

static void bounds_are_not_compared_with_bounds(void **state)
{
    struct made late = usual;

    (void)state;
    late.overloaded = true;
    late.p999_ns = 1e6;
    write_runs(late, late);
    assert_int_equal(compare_run("--all"), CLI_DONE);
    tool_said("8 times are lower bounds in both runs");
    assert_null(strstr(tool_output, " response_p999_ns"));
    write_runs(usual, late);
    assert_int_equal(compare_run(""), CLI_NEGATIVE);
    tool_said(" response_p999_ns");
}

static void a_part_of_one_run_is_named(void **state)
{
    char path[128];

    (void)state;
    write_runs(usual, usual);
    snprintf(path, sizeof path, "%s/latency.json", compare_new);
    assert_int_equal(remove(path), 0);
    assert_int_equal(compare_run("--all"), CLI_DONE);
    tool_said("note: NEW has no latency.json with single blocks: not compared");
    tool_said(" retained_busy_bytes");
    assert_null(strstr(tool_output, " service_p50_ns"));
}

static void broken_parts_are_refused(void **state)
{
    (void)state;
    write_runs(usual, usual);
    fixture_write_text(compare_new, "latency.json", "{\"runs\": [{\"settings\": {}}]}");
    assert_int_equal(compare_run(""), CLI_BAD);
    tool_said_one_line("latency.json: not a result of this tool");
    fixture_write_text(compare_new, "latency.json", "{\"runs\": ");
    assert_int_equal(compare_run(""), CLI_BAD);
    tool_said_one_line("truncated?");
}

static void other_machines_are_refused(void **state)
{
    (void)state;
    write_runs(usual, usual);
    fixture_write_text(compare_new, "manifest.json", MANIFEST("other", "6.1"));
    assert_int_equal(compare_run(""), CLI_BAD);
    tool_said_one_line("different machines are not comparable");
    assert_int_equal(compare_run("--across-machines --all"), CLI_DONE);
    tool_said(" response_p50_ns");
    assert_null(strstr(tool_output, "retained_busy_bytes"));
    assert_null(strstr(tool_output, "kept_rate"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COMPARE_TEST(what_did_not_change_is_no_loss),
        COMPARE_TEST(a_longer_tail_is_a_regression),
        COMPARE_TEST(memory_kept_after_idle_is_a_regression),
        COMPARE_TEST(a_slow_day_is_no_regression),
        COMPARE_TEST(a_lower_rate_is_a_regression),
        COMPARE_TEST(rates_that_are_not_confirmed_are_undecided),
        COMPARE_TEST(rates_that_may_be_equal_are_undecided),
        COMPARE_TEST(a_rate_without_an_end_has_a_bound),
        COMPARE_TEST(bounds_are_not_compared_with_bounds),
        COMPARE_TEST(a_part_of_one_run_is_named),
        COMPARE_TEST(broken_parts_are_refused),
        COMPARE_TEST(other_machines_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
