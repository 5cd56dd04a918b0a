/* SPDX-License-Identifier: MIT */
/*
 * selftest.c: `lookaside selftest`: whether the harness, on this machine, finds what is known.
 */
#include "selftest.h"

#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "cli.h"
#include "shim.h"

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct la_selftest *test = state->input;

    switch (key) {
    case 'q':
        test->quick = true;
        return 0;
    case 'e':
        return cli_number("--seed", argument, 0, UINT64_MAX, &test->seed) ? 0 : EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int parse(struct la_selftest *test, int argc, char **argv)
{
    static const struct argp_option known[] = {
        {"quick", 'q', NULL, 0, "short windows and fewer resamples: some seconds", 0},
        {"seed", 'e', "N", 0, "of orders and simulations (default: 1)", 0},
        {0}};
    static const struct argp argp = {
        .options = known,
        .parser = parse_option,
        .doc = "Tries the harness on what is known: contenders that do known work must be ranked "
               "and sized right, known hit ratios must be found, and of equals, put together from "
               "recorded noise, no more may be claimed to differ than the rate that is promised. "
               "The exit status is 1 if one of these fails, 77 if the machine was too busy to "
               "tell.\v"
               "Examples:\n"
               "  lookaside selftest\n"
               "  lookaside selftest --quick"};

    return cli_parse(&argp, argc, argv, test);
}

static void print_number(double value, const char *unit)
{
    printf(*unit == 'x' ? " %9.4f" : *unit == 'p' ? " %9.0f" : " %9.3f", value);
}

static void print_line(const struct la_selftest_line *line)
{
    static const char *const outcomes[] = {
        [LA_TEST_PASSED] = "passed", [LA_TEST_FAILED] = "FAILED", [LA_TEST_NOT_DONE] = "not done"};

    printf("%-8s  %-56s", outcomes[line->outcome], line->what);
    print_number(line->measured, line->unit);
    printf(line->at_most ? "  <=" : "    ");
    print_number(line->known, line->unit);
    printf(" %s\n", line->unit);
    if (!isnan(line->low))
        printf("          95 %% interval [%.4f, %.4f]%s; %s\n", line->low, line->high,
               line->covered ? "" : ", which misses it", line->note);
    else
        printf("          %s\n", line->note);
}

static int conclude(const struct la_selftest *test)
{
    size_t nr = 0, nr_covered = 0;

    for (size_t i = 0; i < test->nr_lines; i++) {
        const bool has = !isnan(test->lines[i].low);

        nr += has;
        nr_covered += has && test->lines[i].covered;
    }
    printf("\n%zu passed, %zu failed, %zu not done; %zu of %zu intervals at 95 %% hold what is "
           "known\n",
           la_selftest_count(test, LA_TEST_PASSED), la_selftest_count(test, LA_TEST_FAILED),
           la_selftest_count(test, LA_TEST_NOT_DONE), nr_covered, nr);
    if (la_selftest_count(test, LA_TEST_FAILED))
        return CLI_NEGATIVE;
    return la_selftest_count(test, LA_TEST_NOT_DONE) ? CLI_NOTHING : CLI_DONE;
}

int cmd_selftest(int argc, char **argv)
{
    struct la_selftest test = {.seed = 1};
    struct la_why why;
    const char *unknown;
    int shim_argc = 1, result = parse(&test, argc, argv);

    if (result != CLI_DONE)
        return result;
    if (!shim_init(&shim_argc, argv, &unknown))
        return cli_bad("Google Benchmark cannot be started");
    printf("%-8s  %-56s %9s     %9s\n", "", "", "measured", "known");
    if (la_selftest_run(&test, &why)) {
        la_selftest_fini(&test);
        return cli_bad("%s", why.line);
    }
    for (size_t i = 0; i < test.nr_lines; i++)
        print_line(&test.lines[i]);
    result = conclude(&test);
    la_selftest_fini(&test);
    return result;
}
