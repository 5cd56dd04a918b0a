/* SPDX-License-Identifier: MIT */
/* soak_tool_test.c: a soak that ends, one that goes on, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli.h"
#include "shell.h"

static char output[1 << 16];
static char dir[] = "/tmp/lookaside-soak-XXXXXX";

static int soak(const char *arguments)
{
    char command[512];

    snprintf(command, sizeof command, LOOKASIDE_TOOL " soak --out %s --quiet %s", dir, arguments);
    return shell_run(command, output, sizeof output);
}

static int soak_interrupted(const char *arguments)
{
    char command[640];

    snprintf(command, sizeof command,
             "setsid " LOOKASIDE_TOOL " soak --out %s --quiet %s & leader=$!; sleep 1; "
             "kill -INT -$leader; wait $leader",
             dir, arguments);
    return shell_run(command, output, sizeof output);
}

static void says(const char *text)
{
    if (!strstr(output, text))
        fail_msg("'%s' is not in: %s", text, output);
}

static int begin(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int end(void **state)
{
    char command[256];

    (void)state;
    snprintf(command, sizeof command, "rm -r %s", dir);
    return system(command);
}

static void it_ends_when_each_strategy_did_enough(void **state)
{
    (void)state;
    assert_int_equal(soak("--operations 1000 --strategy spinlock,slist --scenario churn,chain"),
                     CLI_DONE);
    says("0 findings");
    says("spinlock");
    says("kept in");
}

/* The signal goes once to all processes of a group, as a terminal sends it; timeout(1) would send
 * it to its own child a second time, and a second one ends the soak at once. */
static void an_interrupted_one_goes_on(void **state)
{
    static const char asked[] = "0.0008 --strategy spinlock --scenario churn";

    (void)state;
    assert_int_equal(soak_interrupted(asked), CLI_DONE);
    says("0 findings");
    says("interrupted: the same command goes on");
    assert_int_equal(soak("2 --strategy spinlock 2>&1"), CLI_BAD);
    says("asked for something else");
    assert_int_equal(soak(asked), CLI_DONE);
    says("0.001 hours");
    says("kept in");
}

static void bad_arguments_are_refused(void **state)
{
    (void)state;
    assert_int_equal(soak("2>&1"), CLI_BAD);
    says("HOURS, or --operations");
    assert_int_equal(soak("-- -1 2>&1"), CLI_BAD);
    says("above 0");
    assert_int_equal(soak("1 --scenario nonsense 2>&1"), CLI_BAD);
    says("unknown scenario");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_when_each_strategy_did_enough),
        cmocka_unit_test(an_interrupted_one_goes_on),
        cmocka_unit_test(bad_arguments_are_refused),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
