/* SPDX-License-Identifier: MIT */
/*
 * gate_tool_test.c: the gate of counts: what is accepted passes, each kind of difference is told
 * and ends as it should, and nothing that is not known looks like a pass.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "baseline.h"
#include "cli.h"
#include "duel.h"
#include "script.h"
#include "shell.h"

static char path[64], output[1 << 16];

static int make(void **state)
{
    int file;

    (void)state;
    strcpy(path, "/tmp/lookaside-test-XXXXXX");
    file = mkstemp(path);
    if (file < 0)
        return -1;
    close(file);
    return unlink(path);
}

static int clear(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static int gate(const char *options)
{
    char command[512];

    snprintf(command, sizeof command, LOOKASIDE_TOOL " gate --only counts --baseline %s %s 2>&1",
             path, options);
    return shell_run(command, output, sizeof output);
}

static void says(const char *text)
{
    if (!strstr(output, text))
        fail_msg("'%s' is not in: %s", text, output);
}

/* A machine with one CPU cannot run all of it. */
static bool accepted(void)
{
    if (gate("--write") == CLI_DONE)
        return true;
    says("a baseline needs two CPUs");
    return false;
}

static void edit(const char *name, json_t *value)
{
    json_t *root = json_load_file(path, 0, NULL), *counts = json_object_get(root, "counts");

    assert_non_null(json_object_get(counts, name));
    if (value)
        json_object_set_new(counts, name, value);
    else
        json_object_del(counts, name);
    assert_int_equal(json_dump_file(root, path, JSON_INDENT(1)), 0);
    json_decref(root);
}

static void what_was_accepted_passes(void **state)
{
    (void)state;
    if (!accepted())
        skip();
    assert_int_equal(gate(""), CLI_DONE);
    says("gate: pass");
    says("all as accepted");
}

static void a_change_fails_and_is_told(void **state)
{
    (void)state;
    if (!accepted())
        skip();
    edit("spinlock/overflow/allocate misses", json_integer(1400));
    assert_int_equal(gate(""), CLI_NEGATIVE);
    says("  spinlock/overflow/allocate misses: 1400 -> 1408 (+0.57 %), 0.219 -> 0.220 an "
         "operation\n");
    says("gate: fail");
    says("accept it: lookaside gate --write");
    assert_int_equal(gate("--write"), CLI_DONE);
    assert_int_equal(gate(""), CLI_DONE);
}

static void a_new_count_fails(void **state)
{
    (void)state;
    if (!accepted())
        skip();
    edit("spinlock/pair/held", NULL);
    assert_int_equal(gate(""), CLI_NEGATIVE);
    says("  spinlock/pair/held: 1, not in the baseline\n");
}

static void no_baseline_is_no_pass(void **state)
{
    (void)state;
    assert_int_equal(gate(""), CLI_NOTHING);
    says("no baseline yet");
    says("gate: undecided");
    assert_null(strstr(output, "pass\n"));
}

static void what_cannot_be_read_is_refused(void **state)
{
    FILE *stream = fopen(path, "w");

    (void)state;
    fputs("{\"schema\": 1, \"counts\"", stream);
    fclose(stream);
    assert_int_equal(gate(""), CLI_BAD);
    says("is no baseline of counts");
    assert_int_equal(gate("--only nothing"), CLI_BAD);
    says("unknown part 'nothing'");
}

/* Another compiler's counts are not ours, and do not vanish when ours are accepted. */
static void keys_are_kept_apart(void **state)
{
    struct la_why why;
    json_t *baseline = la_gate_load(path, &why);
    struct la_gate_counts first = {0}, second = {0};

    (void)state;
    la_gate_counts_add(&first, "slist", "pair", "instructions", 92017, 2000);
    la_gate_counts_add(&second, "slist", "pair", "instructions", 94017, 2000);
    la_gate_accept(baseline, "one", &first);
    assert_int_equal(la_gate_compare(baseline, "two", &first, stdout), LA_GATE_UNDECIDED);
    la_gate_accept(baseline, "two", &second);
    assert_int_equal(la_gate_compare(baseline, "one", &first, stdout), LA_GATE_PASS);
    assert_int_equal(la_gate_compare(baseline, "one", &second, stdout), LA_GATE_FAIL);
    assert_int_equal(la_gate_compare(baseline, "two", &second, stdout), LA_GATE_PASS);
    la_gate_counts_fini(&second);
    assert_int_equal(la_gate_compare(baseline, "two", &second, stdout), LA_GATE_UNDECIDED);
    la_gate_counts_fini(&first);
    json_decref(baseline);
}

/* Every script gives back what it took, whatever the strategy. */
static void scripts_lose_nothing(void **state)
{
    const struct lookaside_strategy *strategy;
    const struct la_gate_script *script;

    (void)state;
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++)
        for (size_t j = 0; (script = la_gate_script_at(j)); j++) {
            struct la_gate_bed bed;
            struct lookaside_stats stats;
            uint64_t operations;

            if (la_gate_bed_init(&bed, strategy))
                continue;
            operations = la_gate_measured(script, &bed);
            lookaside_get_stats(&bed.list, &stats);
            assert_int_equal(stats.total_allocates + stats.total_frees, operations);
            assert_int_equal(stats.allocate_failures, 0);
            lookaside_flush(&bed.list);
            assert_int_equal(bed.nr_spare, LA_GATE_ENTRIES);
            la_gate_bed_fini(&bed);
        }
}

static struct la_estimate interval(double low, double high)
{
    return (struct la_estimate){.point = (low + high) / 2, .low = low, .high = high};
}

/* Margin 5 %: 0.0488 in logarithms. */
static void time_is_judged_by_the_whole_interval(void **state)
{
    const struct la_estimate same = interval(-0.01, 0.02), slower = interval(0.08, 0.12),
                             either = interval(0.01, 0.08), faster = interval(-0.3, -0.2),
                             unknown = LA_NO_ESTIMATE;

    (void)state;
    assert_int_equal(la_duel_judge(&same, 1, 0.01, 0.05, 0.05), LA_GATE_PASS);
    assert_int_equal(la_duel_judge(&faster, 1, 0.01, 0.05, 0.05), LA_GATE_PASS);
    assert_int_equal(la_duel_judge(&slower, 0.001, 0.01, 0.05, 0.05), LA_GATE_FAIL);
    assert_int_equal(la_duel_judge(&slower, 0.001, 0.01, 0.15, 0.05), LA_GATE_PASS);
    assert_int_equal(la_duel_judge(&slower, 0.2, 0.01, 0.05, 0.05), LA_GATE_UNDECIDED);
    assert_int_equal(la_duel_judge(&either, 0.001, 0.01, 0.05, 0.05), LA_GATE_UNDECIDED);
    assert_int_equal(la_duel_judge(&unknown, NAN, 0.01, 0.05, 0.05), LA_GATE_UNDECIDED);
    /* What did not change seems to have: nothing can be said of what did. */
    assert_int_equal(la_duel_judge(&slower, 0.001, 0.06, 0.05, 0.05), LA_GATE_UNDECIDED);
    assert_int_equal(la_duel_judge(&same, 1, NAN, 0.05, 0.05), LA_GATE_UNDECIDED);
}

/* One block: both builds run, everything is told, and nothing is decided. */
static void one_block_decides_nothing(void **state)
{
    (void)state;
    assert_int_equal(shell_run(LOOKASIDE_TOOL " gate --against " LOOKASIDE_TOOL
                                              " --blocks 1 --workload pair --threads 1 "
                                              "--strategy spinlock 2>/dev/null",
                               output, sizeof output),
                     CLI_NOTHING);
    says("0 pass, 0 fail,");
    says("gate: undecided");
}

/* The harness, by which every block of one contender is rejected. */
static const char rejecting[] = "#!/bin/sh\n" LOOKASIDE_TOOL " \"$@\" || exit\n"
                                "for dir; do :; done\n"
                                "sed -i '/\"name\": \"pair\\/spinlock+/,/}/"
                                "s/\"rejected\": 0[.0e+]*/\"rejected\": 1/' \"$dir/bench.json\"\n";

static void a_cell_without_a_block_is_told_and_open(void **state)
{
    const struct la_duel duel = {.self = path,
                                 .other = path,
                                 .blocks = 1,
                                 .margin = 0.05,
                                 .workloads = "pair",
                                 .strategies = "spinlock",
                                 .threads = "1"};
    enum la_gate_outcome outcome = LA_GATE_PASS;
    FILE *script = fopen(path, "w"), *told = fmemopen(output, sizeof output, "w");
    struct la_why why = {.line = ""};

    (void)state;
    assert_non_null(script);
    assert_non_null(told);
    assert_true(fputs(rejecting, script) >= 0);
    assert_int_equal(fclose(script), 0);
    assert_int_equal(chmod(path, S_IRWXU), 0);
    if (la_duel_run(&duel, &outcome, told, &why))
        fail_msg("%s", why.line);
    fclose(told);
    assert_int_equal(outcome, LA_GATE_UNDECIDED);
    says("spinlock+glibc      n/a");
    says("0 pass, 0 fail, 1 undecided");
}

static void what_cannot_run_is_refused(void **state)
{
    (void)state;
    assert_int_equal(
        shell_run(LOOKASIDE_TOOL " gate --against /nonexistent 2>&1", output, sizeof output),
        CLI_BAD);
    says("cannot run /nonexistent");
    assert_int_equal(shell_run(LOOKASIDE_TOOL " gate --against " LOOKASIDE_TOOL
                                              " --blocks 1 --workload pear 2>&1",
                               output, sizeof output),
                     CLI_BAD);
    says("unknown workload 'pear'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_accepted_passes, make, clear),
        cmocka_unit_test_setup_teardown(a_change_fails_and_is_told, make, clear),
        cmocka_unit_test_setup_teardown(a_new_count_fails, make, clear),
        cmocka_unit_test_setup_teardown(no_baseline_is_no_pass, make, clear),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_refused, make, clear),
        cmocka_unit_test_setup_teardown(keys_are_kept_apart, make, clear),
        cmocka_unit_test(scripts_lose_nothing),
        cmocka_unit_test(time_is_judged_by_the_whole_interval),
        cmocka_unit_test(one_block_decides_nothing),
        cmocka_unit_test_setup_teardown(a_cell_without_a_block_is_told_and_open, make, clear),
        cmocka_unit_test(what_cannot_run_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
