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
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli.h"
#include "fixture.h"
#include "shell.h"
#include "tool.h"

static int choose(const char *options)
{
    return tool_run("choose %s %s", fixture_dir, options);
}

static bool has_file(const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", fixture_dir, name);
    return access(path, F_OK) == 0;
}

/* Status 2, one line with the prefix that says the text, and no answer written. */
static void refuses(const char *options, const char *text)
{
    assert_int_equal(choose(options), CLI_BAD);
    assert_int_equal(strncmp(tool_output, "lookaside: ", strlen("lookaside: ")), 0);
    tool_said_one_line(text);
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

static void a_winner_is_adopted(void **state)
{
    const struct fixture fixture = winner();

    (void)state;
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(choose(""), CLI_DONE);
    tool_said("percpu+glibc, proven ahead of all others");
    tool_said("Adopt percpu+glibc");
    tool_said("lookaside_strategy_find(\"percpu\")");
    tool_said("50 KiB");
    tool_said("overall: 4 cells");
    assert_true(has_file("choice.json"));
}

static void no_line_is_wider_than_the_terminal(void **state)
{
    const struct fixture fixture = winner();
    const char *line = tool_output;

    (void)state;
    fixture_write_bench(fixture_dir, &fixture);
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
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(choose(""), CLI_DONE);
    tool_said("undecided between");
    tool_said("Adopt a list; which one is undecided");
}

static void malloc_is_kept(void **state)
{
    struct fixture fixture = winner();

    (void)state;
    fixture.contenders[3].ns_per_op = 40;
    fixture.contenders[4].ns_per_op = 40;
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(choose(""), CLI_DONE);
    tool_said("Keep malloc");
    assert_null(strstr(tool_output, "lookaside_init"));
}

static void few_blocks_are_undecided(void **state)
{
    struct fixture fixture = winner();

    (void)state;
    fixture.rejected = 0x1e;
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(choose(""), CLI_DONE);
    tool_said("undecided: 5 usable blocks");
    tool_said("16 of 36 blocks rejected");
    assert_null(strstr(tool_output, "lookaside_init"));
}

static void selections_narrow(void **state)
{
    const struct fixture fixture = winner();

    (void)state;
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(choose("--workload burst --threads 2"), CLI_DONE);
    tool_said("burst: 1 cell, 2 threads");
    assert_null(strstr(tool_output, "pair"));
    assert_null(strstr(tool_output, "overall"));
}

static void retained_bytes_exclude(void **state)
{
    const struct fixture fixture = winner();

    (void)state;
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(choose("--max-retained 51199"), CLI_DONE);
    tool_said("Adopt spinlock+glibc");
    tool_said("kept more than allowed (50 KiB)");
    assert_int_equal(choose("--max-retained 51200"), CLI_DONE);
    tool_said("Adopt percpu+glibc");
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
    json_t *printed, *saved, *workload;

    (void)state;
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(choose("--json"), CLI_DONE);
    printed = tool_json();
    saved = tool_load(fixture_dir, "choice.json");
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
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(choose("--json"), CLI_DONE);
    printed = tool_json();
    overall = json_object_get(printed, "overall");
    assert_true(json_is_null(json_object_get(overall, "winner")));
    assert_string_equal(json_string_value(json_object_get(overall, "verdict")), "undecided");
    assert_int_equal(json_array_size(json_object_get(overall, "tied")), 1);
    json_decref(printed);
}

static void the_same_file_gives_the_same_answer(void **state)
{
    const struct fixture fixture = winner();
    static char first[sizeof tool_output];

    (void)state;
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(choose("--json"), CLI_DONE);
    strcpy(first, tool_output);
    assert_int_equal(choose("--json"), CLI_DONE);
    assert_string_equal(first, tool_output);
}

static void wrong_results_are_refused(void **state)
{
    struct fixture fixture = winner();

    (void)state;
    refuses("", "bench.json: No such file");
    fixture_write_text(fixture_dir, "bench.json", "{\"benchmarks\": [{\"name\"");
    refuses("", "truncated");
    fixture_write_text(fixture_dir, "bench.json", "{\"benchmarks\": [{\"name\": \"BM_other/1\"}]}");
    refuses("", "'BM_other/1' is not the name of a cell");
    fixture.contenders[0].name = "malloc+jemalloc";
    fixture_write_bench(fixture_dir, &fixture);
    refuses("", "holds no malloc+glibc");
}

static void wrong_options_are_refused(void **state)
{
    const struct fixture fixture = winner();

    (void)state;
    fixture_write_bench(fixture_dir, &fixture);
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
    assert_int_equal(tool_run("choose"), CLI_BAD);
    tool_said("no result directory given");
    assert_int_equal(tool_run("choose /nonexistent"), CLI_BAD);
    tool_said("/nonexistent/bench.json: No such file");
}

/* What is printed to be pasted compiles, links and runs. */
static void printed_code_works(const struct fixture *fixture)
{
    char command[2048];

    fixture_write_bench(fixture_dir, fixture);
    snprintf(command, sizeof command,
             "cd %s && { echo '#include \"lookaside.h\"' && echo 'int main(void) {' && "
             "%s choose . | sed -n '/static struct lookaside list/,$p' && "
             "echo 'return !list.strategy; }'; } > adopt.c && "
             "%s -std=c11 -Wall -Wextra -Werror %s -I%s adopt.c %s -pthread -o adopt && ./adopt",
             fixture_dir, LOOKASIDE_TOOL, LOOKASIDE_CC, LOOKASIDE_CC_FLAGS, LOOKASIDE_INCLUDE,
             LOOKASIDE_ARCHIVE);
    assert_int_equal(shell_run(command, tool_output, sizeof tool_output), 0);
}

static void the_printed_code_works(void **state)
{
    const struct fixture fixture = winner();

    (void)state;
    printed_code_works(&fixture);
}

/* The policy under which it was measured, and what makes the depth move. */
static void an_adaptive_depth_is_adopted_with_its_policy(void **state)
{
    struct fixture fixture = winner();

    (void)state;
    fixture.depths[0] = "adaptive-miss-target";
    printed_code_works(&fixture);
    assert_int_equal(choose(""), CLI_DONE);
    tool_said("lookaside_policy_find(\"miss-target\")");
    tool_said("lookaside_balancer_start(0)");
    fixture.depths[0] = "adaptive"; /* of older files */
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(choose(""), CLI_DONE);
    tool_said("lookaside_policy_find(\"balance\")");
}

static void numbers_are_told_in_order(void **state)
{
    struct fixture fixture = winner();

    (void)state;
    fixture.threads[0] = 16;
    fixture.threads[1] = 2;
    fixture.threads[2] = 4;
    fixture.depths[0] = "1024";
    fixture.depths[1] = "adaptive-working-set";
    fixture.depths[2] = "64";
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(choose(""), CLI_DONE);
    tool_said("pair: 9 cells, 2, 4 and 16 threads");
    tool_said("a depth of 64, 1024 and adaptive-working-set;");
    tool_said("Programs that allocate unlike pair and burst.");
}

/* Neither a second line nor what a terminal obeys. */
static void a_directory_is_shown_in_one_line(void **state)
{
    const struct fixture fixture = winner();
    char dir[sizeof fixture_dir + 16];

    (void)state;
    snprintf(dir, sizeof dir, "%s/a\nb\033[2J", fixture_dir);
    assert_int_equal(mkdir(dir, 0777), 0);
    fixture_write_bench(dir, &fixture);
    assert_int_equal(tool_run("choose '%s'", dir), CLI_DONE);
    tool_said("/a\\nb\\x1B[2J: objective throughput");
    tool_said_not("\033");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_winner_is_adopted),
        FIXTURE_TEST(no_line_is_wider_than_the_terminal),
        FIXTURE_TEST(a_tie_is_undecided),
        FIXTURE_TEST(malloc_is_kept),
        FIXTURE_TEST(few_blocks_are_undecided),
        FIXTURE_TEST(selections_narrow),
        FIXTURE_TEST(retained_bytes_exclude),
        FIXTURE_TEST(json_holds_the_answer),
        FIXTURE_TEST(json_has_no_winner_in_a_tie),
        FIXTURE_TEST(the_same_file_gives_the_same_answer),
        FIXTURE_TEST(wrong_results_are_refused),
        FIXTURE_TEST(wrong_options_are_refused),
        FIXTURE_TEST(a_missing_directory_is_refused),
        FIXTURE_TEST(the_printed_code_works),
        FIXTURE_TEST(an_adaptive_depth_is_adopted_with_its_policy),
        FIXTURE_TEST(numbers_are_told_in_order),
        FIXTURE_TEST(a_directory_is_shown_in_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
