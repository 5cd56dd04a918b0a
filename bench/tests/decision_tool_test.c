/* SPDX-License-Identifier: MIT */
/*
 * decision_tool_test.c: what `lookaside choose` advises under limits and where little is to be
 * gained, over result files whose truth is known: malloc takes 14 ns, the 99.9th percentile is
 * twenty times the mean.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli.h"
#include "fixture.h"
#include "tool.h"

static struct fixture fixture;

static int make(void **state)
{
    fixture_make(state);
    fixture = (struct fixture){.workloads = {"pair"},
                               .threads = {1, 2},
                               .nr_blocks = 9,
                               .noise = 0.005,
                               .seed = 5,
                               .contenders = {FIXTURE_STANDARD,
                                              {.name = "percpu+glibc", .ns_per_op = 4},
                                              {.name = "spinlock+glibc", .ns_per_op = 7}}};
    return 0;
}

static void choose(const char *options)
{
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(tool_run("choose %s %s", fixture_dir, options), CLI_DONE);
}

/* Lines are wrapped at blanks: a blank in text matches any stretch of them. */
static bool printed(const char *text)
{
    for (const char *from = tool_output; *from; from++) {
        const char *at = from, *want = text;

        while (*want && (*want == *at || (*want == ' ' && *at == '\n'))) {
            at++;
            if (*want++ == ' ')
                at += strspn(at, " ");
        }
        if (!*want)
            return true;
    }
    return false;
}

static void says(const char *text)
{
    if (!printed(text))
        fail_msg("'%s' is not in: %s", text, tool_output);
}

static void says_not(const char *text)
{
    if (printed(text))
        fail_msg("'%s' is in: %s", text, tool_output);
}

static void a_small_gain_is_not_worth_it(void **state)
{
    (void)state;
    fixture.contenders[3].ns_per_op = 13.9;
    fixture.contenders[4].ns_per_op = 13.8;
    choose("");
    says("Plain malloc: nothing here is worth a dependency.");
    says("asked for are 5 %");
    says_not("lookaside_init");
}

static void what_is_asked_for_can_be_said(void **state)
{
    (void)state;
    fixture.contenders[3].ns_per_op = 13; /* 7.7 % */
    fixture.contenders[4].ns_per_op = 20;
    choose("");
    says("Adopt percpu+glibc");
    choose("--worth 20");
    says("Plain malloc: nothing here is worth a dependency.");
    says_not("lookaside_init");
}

/* Better beyond noise, but the interval holds what is asked for. */
static void a_gain_that_may_be_too_small_is_open(void **state)
{
    (void)state;
    fixture.noise = 0.02;
    fixture.contenders[3].ns_per_op = 14 / 1.09;
    fixture.contenders[4].ns_per_op = 20;
    choose("--worth 9");
    says("Keep malloc for now: a gain is proven, but not that it exceeds 9 %");
    says_not("lookaside_init");
}

static void slow_tails_are_not_ranked(void **state)
{
    (void)state;
    choose("--max-p999 100");
    says("Adopt percpu+glibc");
    says("p99.9 at most 100 ns");
    says("not ranked: not shown to keep p99.9 under the limit (up to 14");
    says("not ranked: not shown to keep p99.9 under the limit (up to 28");
    choose("--max-p999 100000");
    says_not("not ranked");
    says("Tails of single operations: percentiles are of means over several operations");
}

/* Plain malloc breaks the limit: then it is no question of what is gained over it. */
static void a_limit_that_malloc_breaks_makes_lists_worth_it(void **state)
{
    (void)state;
    fixture.contenders[0].p999_ns = fixture.contenders[1].p999_ns = 5000;
    fixture.contenders[3].ns_per_op = 13.9;
    fixture.contenders[4].ns_per_op = 20;
    choose("--max-p999 1000");
    says("Adopt percpu+glibc");
    says("not ranked: not shown to keep p99.9 under the limit (up to 5000 ns");
}

static void nothing_may_qualify(void **state)
{
    (void)state;
    choose("--max-p999 10");
    says("Nothing that was measured keeps the limits, plain malloc included.");
    says_not("lookaside_init");
}

static void an_unknown_tail_does_not_qualify(void **state)
{
    (void)state;
    fixture.contenders[3].p999_ns = -1;
    choose("--max-p999 100000");
    says("not ranked: not shown to keep p99.9 under the limit (not known in some cell)");
    says("Adopt spinlock+glibc");
}

static void binding_is_advised_where_it_is_proven(void **state)
{
    (void)state;
    fixture.contenders[5] =
        (struct fixture_contender){.name = "percpu-bound+glibc", .label = "bound", .ns_per_op = 3};
    choose("");
    says("Bound to its caller (LOOKASIDE_BIND) it is 1.3");
    says("#define LOOKASIDE_BIND percpu");
    fixture.contenders[5].ns_per_op = 4;
    choose("");
    says("Bound to its caller it is not proven faster");
    says_not("#define");
}

static void nonsense_is_refused(void **state)
{
    static const char *const wrong[] = {"--max-p999 0", "--max-p999 fast", "--worth -1",
                                        "--worth 5000"};

    (void)state;
    fixture_write_bench(fixture_dir, &fixture);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(tool_run("choose %s %s", fixture_dir, wrong[i]), CLI_BAD);
        tool_said_one_line("");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST_AFTER(make, a_small_gain_is_not_worth_it),
        FIXTURE_TEST_AFTER(make, what_is_asked_for_can_be_said),
        FIXTURE_TEST_AFTER(make, a_gain_that_may_be_too_small_is_open),
        FIXTURE_TEST_AFTER(make, slow_tails_are_not_ranked),
        FIXTURE_TEST_AFTER(make, a_limit_that_malloc_breaks_makes_lists_worth_it),
        FIXTURE_TEST_AFTER(make, nothing_may_qualify),
        FIXTURE_TEST_AFTER(make, an_unknown_tail_does_not_qualify),
        FIXTURE_TEST_AFTER(make, binding_is_advised_where_it_is_proven),
        FIXTURE_TEST_AFTER(make, nonsense_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
