/* SPDX-License-Identifier: MIT */
/*
 * main.c: runs every group of clauses on the strategy that the first argument names.
 *
 * The strategy is made the process's default, so that the clauses of the WDM face, whose routines
 * cannot name one, are run on it too. A strategy that cannot run here ends with 77, which ctest
 * shows as skipped, never as passed.
 */
#include "conformance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lookaside.h"
#include "strategy.h"

#define CLAUSES(name) extern const struct clause_group name##_clauses;
#include "clauses.def"
#undef CLAUSES

static const struct {
    const char *name;
    const struct clause_group *group;
} groups[] = {
#define CLAUSES(name) {#name, &name##_clauses},
#include "clauses.def"
#undef CLAUSES
};

enum { EXIT_BAD = 2, EXIT_SKIPPED = 77 };

static const struct lookaside_strategy *under_test;

const struct lookaside_strategy *conformance_strategy(void)
{
    return under_test;
}

bool conformance_keeps(void)
{
    return strcmp(under_test->name, "malloc") != 0;
}

static int run_all(void)
{
    int failed = 0;

    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        failed += _cmocka_run_group_tests(groups[i].name, groups[i].group->tests,
                                          groups[i].group->nr_tests, NULL, NULL);
    return failed;
}

int main(int argc, char **argv)
{
    const char *detail = NULL;

    /* A crash must not swallow the name of the test that it happened in. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    under_test = argc == 2 ? lookaside_strategy_find(argv[1]) : NULL;
    if (!under_test) {
        fprintf(stderr, "lookaside: conformance: give the name of one strategy\n");
        return EXIT_BAD;
    }
    if (under_test->supported && !under_test->supported(&detail)) {
        fprintf(stderr, "lookaside: %s cannot run here: %s\n", argv[1], detail ? detail : "?");
        return EXIT_SKIPPED;
    }
    printf("strategy %s%s%s\n", argv[1], detail ? ": " : "", detail ? detail : "");
    lookaside_set_default_strategy(under_test);
    return run_all() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
