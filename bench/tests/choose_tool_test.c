/* SPDX-License-Identifier: MIT */
/*
 * choose_tool_test.c: `lookaside choose` as its user meets it, over result files whose truth is
 * known, and over ones that are no results at all.
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
#include "fixture.h"
#include "shell.h"

enum { OUTPUT_BYTES = 1 << 18 };

static char dir[64];
static char output[OUTPUT_BYTES];

static int run_shell(const char *command)
{
    return shell_run(command, output, sizeof output);
}

static int choose(const char *options)
{
    char command[1024];

    snprintf(command, sizeof command, LOOKASIDE_TOOL " choose %s %s", dir, options);
    return run_shell(command);
}

static void says(const char *text)
{
    if (!strstr(output, text))
        fail_msg("'%s' is not in: %s", text, output);
}

static bool has_file(const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

/* Status 2, one line with the prefix that says the text, and no answer written. */
static void refuses(const char *options, const char *text)
{
    char redirected[512];

    snprintf(redirected, sizeof redirected, "%s 2>&1", options);
    assert_int_equal(choose(redirected), CLI_BAD);
    assert_int_equal(strncmp(output, "lookaside: ", strlen("lookaside: ")), 0);
    assert_string_equal(strchr(output, '\n'), "\n");
    says(text);
    assert_false(has_file("choice.json"));
}

static struct fixture winner(void)
{
    return (struct fixture){
        .workloads = {"pair", "burst"},
        .threads = {1, 2},
        .nr_blocks = 9,
        .noise = 0.01,
        .seed = 5,
        .contenders = {FIXTURE_STANDARD,
                       {.name = "percpu+glibc", .ns_per_op = 4, .kept_entries = 200},
                       {.name = "spinlock+glibc", .ns_per_op = 7, .kept_entries = 100}}};
}

static int make(void **state)
{
    (void)state;
    fixture_make_dir(dir);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    fixture_remove_dir(dir);
    return 0;
}

static void a_winner_is_adopted(void **state)
{
    const struct fixture fixture = winner();

    (void)state;
    fixture_write_bench(dir, &fixture);
    assert_int_equal(choose(""), CLI_DONE);
    says("percpu+glibc, proven ahead of all others");
    says("Adopt percpu+glibc");
    says("lookaside_strategy_find(\"percpu\")");
    says("50 KiB");
    says("overall: 4 cells");
    assert_true(has_file("choice.json"));
}

static void no_line_is_wider_than_the_terminal(void **state)
{
    const struct fixture fixture = winner();
    const char *line = output;

    (void)state;
    fixture_write_bench(dir, &fixture);
    assert_int_equal(choose(""), CLI_DONE);
    while (*line) {
        const size_t length = strcspn(line, "\n");

        if (length > 100)
            fail_msg("%zu columns: %.*s", length, (int)length, line);
        line += length + (line[length] == '\n');
    }
}

static void a_tie_is_undecided(void **state)
{
    struct fixture fixture = winner();

    (void)state;
    fixture.contenders[4].ns_per_op = 4;
    fixture_write_bench(dir, &fixture);
    assert_int_equal(choose(""), CLI_DONE);
    says("undecided between");
    says("Adopt a list; which one is undecided");
}

static void malloc_is_kept(void **state)
{
    struct fixture fixture = winner();

    (void)state;
    fixture.contenders[3].ns_per_op = 40;
    fixture.contenders[4].ns_per_op = 40;
    fixture_write_bench(dir, &fixture);
    assert_int_equal(choose(""), CLI_DONE);
    says("Keep malloc");
    assert_null(strstr(output, "lookaside_init"));
}

static void few_blocks_are_undecided(void **state)
{
    struct fixture fixture = winner();

    (void)state;
    fixture.rejected = 0x1e;
    fixture_write_bench(dir, &fixture);
    assert_int_equal(choose(""), CLI_DONE);
    says("undecided: 5 usable blocks");
    says("16 of 36 blocks rejected");
    assert_null(strstr(output, "lookaside_init"));
}

static void selections_narrow(void **state)
{
    const struct fixture fixture = winner();

    (void)state;
    fixture_write_bench(dir, &fixture);
    assert_int_equal(choose("--workload burst --threads 2"), CLI_DONE);
    says("burst: 1 cell, 2 threads");
    assert_null(strstr(output, "pair"));
    assert_null(strstr(output, "overall"));
}

static void retained_bytes_exclude(void **state)
{
    const struct fixture fixture = winner();

    (void)state;
    fixture_write_bench(dir, &fixture);
    assert_int_equal(choose("--max-retained 51199"), CLI_DONE);
    says("Adopt spinlock+glibc");
    says("kept more than allowed (50 KiB)");
    assert_int_equal(choose("--max-retained 51200"), CLI_DONE);
    says("Adopt percpu+glibc");
}

static double number_at(const json_t *object, const char *key)
{
    const json_t *found = json_object_get(object, key);

    assert_true(json_is_number(found));
    return json_number_value(found);
}

static void json_holds_the_answer(void **state)
{
    const struct fixture fixture = winner();
    char path[128];
    json_t *printed, *saved, *workload;

    (void)state;
    fixture_write_bench(dir, &fixture);
    assert_int_equal(choose("--json"), CLI_DONE);
    printed = json_loads(output, 0, NULL);
    snprintf(path, sizeof path, "%s/choice.json", dir);
    saved = json_load_file(path, 0, NULL);
    assert_non_null(printed);
    assert_true(json_equal(printed, saved));
    assert_int_equal(json_array_size(json_object_get(printed, "workloads")), 2);
    workload = json_array_get(json_object_get(printed, "workloads"), 0);
    assert_string_equal(json_string_value(json_object_get(workload, "name")), "pair");
    assert_string_equal(json_string_value(json_object_get(workload, "winner")), "percpu+glibc");
    assert_string_equal(json_string_value(json_object_get(workload, "verdict")), "better");
    assert_true(number_at(workload, "low") < number_at(workload, "ratio"));
    assert_true(number_at(workload, "ratio") < number_at(workload, "high"));
    assert_true(number_at(workload, "low") > 3.3 && number_at(workload, "high") < 3.7);
    json_decref(printed);
    json_decref(saved);
}

static void json_has_no_winner_in_a_tie(void **state)
{
    struct fixture fixture = winner();
    json_t *printed, *overall;

    (void)state;
    fixture.contenders[4].ns_per_op = 4;
    fixture_write_bench(dir, &fixture);
    assert_int_equal(choose("--json"), CLI_DONE);
    printed = json_loads(output, 0, NULL);
    overall = json_object_get(printed, "overall");
    assert_true(json_is_null(json_object_get(overall, "winner")));
    assert_string_equal(json_string_value(json_object_get(overall, "verdict")), "undecided");
    assert_int_equal(json_array_size(json_object_get(overall, "tied")), 1);
    json_decref(printed);
}

static void the_same_file_gives_the_same_answer(void **state)
{
    const struct fixture fixture = winner();
    static char first[OUTPUT_BYTES];

    (void)state;
    fixture_write_bench(dir, &fixture);
    assert_int_equal(choose("--json"), CLI_DONE);
    strcpy(first, output);
    assert_int_equal(choose("--json"), CLI_DONE);
    assert_string_equal(first, output);
}

static void wrong_results_are_refused(void **state)
{
    struct fixture fixture = winner();

    (void)state;
    refuses("", "bench.json: No such file");
    fixture_write_text(dir, "bench.json", "{\"benchmarks\": [{\"name\"");
    refuses("", "truncated");
    fixture_write_text(dir, "bench.json", "{\"benchmarks\": [{\"name\": \"BM_other/1\"}]}");
    refuses("", "'BM_other/1' is not the name of a cell");
    fixture.contenders[0].name = "malloc+jemalloc";
    fixture_write_bench(dir, &fixture);
    refuses("", "holds no malloc+glibc");
}

static void wrong_options_are_refused(void **state)
{
    const struct fixture fixture = winner();

    (void)state;
    fixture_write_bench(dir, &fixture);
    refuses("--workload brust", "did you mean 'burst'");
    refuses("--threads 7", "no cell of any workload with 7 threads");
    refuses("--threads 0", "out of range");
    refuses("--objective speed", "unknown objective 'speed'");
    refuses("--max-retained lots", "not a whole number");
    refuses("another", "unexpected argument 'another'");
}

static void a_missing_directory_is_refused(void **state)
{
    (void)state;
    assert_int_equal(run_shell(LOOKASIDE_TOOL " choose 2>&1"), CLI_BAD);
    says("no result directory given");
    assert_int_equal(run_shell(LOOKASIDE_TOOL " choose /nonexistent 2>&1"), CLI_BAD);
    says("/nonexistent/bench.json: No such file");
}

/* What is printed to be pasted compiles, links and runs. */
static void the_printed_code_works(void **state)
{
    const struct fixture fixture = winner();
    char command[2048];

    (void)state;
    fixture_write_bench(dir, &fixture);
    snprintf(command, sizeof command,
             "cd %s && { echo '#include \"lookaside.h\"' && echo 'int main(void) {' && "
             "%s choose . | sed -n '/static struct lookaside list/,$p' && "
             "echo 'return !list.strategy; }'; } > adopt.c && "
             "%s -std=c11 -Wall -Wextra -Werror %s -I%s adopt.c %s -pthread -o adopt && ./adopt",
             dir, LOOKASIDE_TOOL, LOOKASIDE_CC, LOOKASIDE_CC_FLAGS, LOOKASIDE_INCLUDE,
             LOOKASIDE_ARCHIVE);
    assert_int_equal(run_shell(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_winner_is_adopted, make, clear),
        cmocka_unit_test_setup_teardown(no_line_is_wider_than_the_terminal, make, clear),
        cmocka_unit_test_setup_teardown(a_tie_is_undecided, make, clear),
        cmocka_unit_test_setup_teardown(malloc_is_kept, make, clear),
        cmocka_unit_test_setup_teardown(few_blocks_are_undecided, make, clear),
        cmocka_unit_test_setup_teardown(selections_narrow, make, clear),
        cmocka_unit_test_setup_teardown(retained_bytes_exclude, make, clear),
        cmocka_unit_test_setup_teardown(json_holds_the_answer, make, clear),
        cmocka_unit_test_setup_teardown(json_has_no_winner_in_a_tie, make, clear),
        cmocka_unit_test_setup_teardown(the_same_file_gives_the_same_answer, make, clear),
        cmocka_unit_test_setup_teardown(wrong_results_are_refused, make, clear),
        cmocka_unit_test_setup_teardown(wrong_options_are_refused, make, clear),
        cmocka_unit_test_setup_teardown(a_missing_directory_is_refused, make, clear),
        cmocka_unit_test_setup_teardown(the_printed_code_works, make, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
