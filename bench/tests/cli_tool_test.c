/* SPDX-License-Identifier: MIT */
/*
 * cli_tool_test.c: the executable as its user meets it: help with examples for every command, and
 * bad usage answered by one line on stderr, nothing on stdout, and status 2.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli.h"
#include "shell.h"

static const char *const commands[] = {
#define LOOKASIDE_COMMAND(name, summary, example) #name,
#include "commands.def"
#undef LOOKASIDE_COMMAND
};

enum { NR_COMMANDS = sizeof commands / sizeof *commands, OUTPUT_BYTES = 1 << 18 };

static char output[OUTPUT_BYTES];

/* Runs the tool by the shell and keeps what it printed; redirections say which stream. */
static int tool(const char *arguments)
{
    char command[1024];

    snprintf(command, sizeof command, LOOKASIDE_TOOL " %s", arguments);
    return shell_run(command, output, sizeof output);
}

static void says(const char *text)
{
    if (!strstr(output, text))
        fail_msg("'%s' is not in: %s", text, output);
}

/* Bad usage: status 2, one line with the prefix on stderr that says the text, empty stdout. */
static void refuses(const char *arguments, const char *text)
{
    char redirected[512];
    const char *end;

    snprintf(redirected, sizeof redirected, "%s 2>/dev/null", arguments);
    assert_int_equal(tool(redirected), CLI_BAD);
    assert_string_equal(output, "");
    snprintf(redirected, sizeof redirected, "%s 2>&1", arguments);
    assert_int_equal(tool(redirected), CLI_BAD);
    assert_int_equal(strncmp(output, "lookaside: ", strlen("lookaside: ")), 0);
    end = strchr(output, '\n');
    assert_non_null(end);
    assert_string_equal(end, "\n");
    says(text);
}

static void help_lists_every_command(void **state)
{
    (void)state;
    assert_int_equal(tool("--help"), CLI_DONE);
    says("Usage: lookaside");
    says("Examples:");
    for (size_t i = 0; i < NR_COMMANDS; i++)
        says(commands[i]);
}

static void help_of_every_command_shows_an_example(void **state)
{
    char arguments[128], usage[128], example[128];

    (void)state;
    for (size_t i = 0; i < NR_COMMANDS; i++) {
        snprintf(usage, sizeof usage, "Usage: lookaside %s", commands[i]);
        snprintf(example, sizeof example, "\n  lookaside %s", commands[i]);
        snprintf(arguments, sizeof arguments, "%s --help", commands[i]);
        assert_int_equal(tool(arguments), CLI_DONE);
        says(usage);
        says("Examples:");
        says(example);
        snprintf(arguments, sizeof arguments, "help %s", commands[i]);
        assert_int_equal(tool(arguments), CLI_DONE);
        says(usage);
    }
}

static void version_names_the_tool(void **state)
{
    (void)state;
    assert_int_equal(tool("--version"), CLI_DONE);
    assert_int_equal(strncmp(output, "lookaside 0.", strlen("lookaside 0.")), 0);
}

static void unknown_commands_are_refused(void **state)
{
    (void)state;
    refuses("", "no command");
    refuses("lsit", "did you mean 'list'?");
    refuses("frobnicate", "known: list");
    refuses("help lsit", "did you mean 'list'?");
    refuses("help list list", "unexpected argument 'list'");
    refuses("--colour", "unknown option '--colour'");
}

static void every_command_refuses_unknown_options(void **state)
{
    char arguments[128];

    (void)state;
    for (size_t i = 0; i < NR_COMMANDS; i++) {
        snprintf(arguments, sizeof arguments, "%s --no-such-option", commands[i]);
        refuses(arguments, "--no-such-option");
    }
}

static void list_shows_strategies_and_policies(void **state)
{
    (void)state;
    assert_int_equal(tool("list"), CLI_DONE);
    says("strategies\n");
    says("  malloc ");
    says("peers\n");
    says("  bare_stack ");
    says(" lacks a limit");
    says("policies\n");
    says("  fixed ");
    says("workloads\n");
    says("  pair ");
    says("allocators\n");
    says("  glibc ");
    says("  jemalloc ");
    says("placements\n");
    says("  compact ");
    assert_int_equal(tool("list --json"), CLI_DONE);
    says("\"strategies\"");
    refuses("list everything", "unexpected argument 'everything'");
}

/* Contenders that cannot be used are listed with a reason, and refused by name. */
static void what_is_no_slice_is_no_contender(void **state)
{
    (void)state;
    setenv("LD_LIBRARY_PATH", NEWER_LIBRARIES, 1);
    assert_int_equal(tool("list"), CLI_DONE);
    says("unavailable: GLib 2.80 has no slices any more\n");
    refuses("bench --allocator gslice", "GLib 2.80 has no slices any more");
    unsetenv("LD_LIBRARY_PATH");
    setenv("G_SLICE", "always-malloc", 1);
    refuses("bench --allocator gslice", "gslice cannot be used here: ");
    unsetenv("G_SLICE");
}

/* A file that is no library stands for a library that is not there: the loader stops at it. */
static void a_missing_library_has_a_reason(void **state)
{
    char dir[] = "/tmp/lookaside-test-XXXXXX", path[64];
    FILE *file;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/libtbbmalloc.so.2", dir);
    file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    setenv("LD_LIBRARY_PATH", dir, 1);
    assert_int_equal(tool("list"), CLI_DONE);
    says("unavailable: ");
    says("libtbbmalloc.so.2: ");
    refuses("bench --allocator tbbmalloc", "tbbmalloc cannot be used here: ");
    unsetenv("LD_LIBRARY_PATH");
    unlink(path);
    rmdir(dir);
}

static void an_answer_that_is_lost_is_no_success(void **state)
{
    (void)state;
    assert_int_equal(tool("list 2>&1 >/dev/full"), CLI_BAD);
    says("cannot write to standard output");
}

static void topology_keeps_to_the_mask(void **state)
{
    cpu_set_t given, one;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof given, &given), 0);
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(tool("topology"), CLI_DONE);
    assert_int_equal(sched_setaffinity(0, sizeof given, &given), 0);
    says("1 usable CPU\n");
    says("compact        up to 1 thread:");
}

static void topology_plans_on_described_machines(void **state)
{
    (void)state;
    assert_int_equal(tool("topology --synthetic 'pack:2 l3:2 core:2 pu:2' -p smt-pair -t 2"), 0);
    says("2 packages");
    says("placement smt-pair, 2 threads");
    says("thread 1    CPU 1");
    assert_int_equal(tool("topology"), CLI_DONE);
    says("placement compact");
}

static void topology_refuses(void **state)
{
    (void)state;
    refuses("topology --threads 0", "out of range: 1 to");
    refuses("topology --threads many", "'many' is not a whole number");
    refuses("topology --placement sctter", "did you mean 'scatter'?");
    refuses("topology --synthetic 'core:2 pu:1' --placement smt-pair", "two usable hardware");
    refuses("topology --synthetic 'core:2 pu:1' --threads 3", "at most 2 threads");
    refuses("topology --synthetic cores", "not a synthetic topology description");
    refuses("topology --xml /nonexistent.xml", "No such file");
    refuses("topology --xml /proc/self/exe", "hwloc");
    refuses("topology --synthetic pu:1 --xml x", "one of them");
    refuses("topology --threads", "--threads");
}

static void stress_runs_what_is_named(void **state)
{
    (void)state;
    assert_int_equal(tool("stress --scenario churn --strategy malloc,spinlock --seed 9"), CLI_DONE);
    says("seed 9");
    says("2 passed, 0 failed");
}

static void stress_refuses(void **state)
{
    (void)state;
    refuses("stress --scenario chrun", "did you mean 'churn'?");
    refuses("stress --strategy spinloc", "did you mean 'spinlock'?");
    refuses("stress --seconds 0", "out of range: 1 to");
    refuses("stress --threads 1", "out of range: 2 to");
    refuses("stress --seed -1", "'-1' is not a whole number");
    refuses("stress churn", "unexpected argument 'churn'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_lists_every_command),
        cmocka_unit_test(help_of_every_command_shows_an_example),
        cmocka_unit_test(version_names_the_tool),
        cmocka_unit_test(unknown_commands_are_refused),
        cmocka_unit_test(every_command_refuses_unknown_options),
        cmocka_unit_test(list_shows_strategies_and_policies),
        cmocka_unit_test(what_is_no_slice_is_no_contender),
        cmocka_unit_test(a_missing_library_has_a_reason),
        cmocka_unit_test(an_answer_that_is_lost_is_no_success),
        cmocka_unit_test(topology_keeps_to_the_mask),
        cmocka_unit_test(topology_plans_on_described_machines),
        cmocka_unit_test(topology_refuses),
        cmocka_unit_test(stress_runs_what_is_named),
        cmocka_unit_test(stress_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
