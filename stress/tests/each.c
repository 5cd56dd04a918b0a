/* SPDX-License-Identifier: MIT */
/* each.c: see each.h. */
#include "each.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lookaside.h"

enum { EXIT_SKIPPED = 77 };

/* Whether it passed; *ran counts the strategies that could run. */
static int run_on(const struct stress_scenario *scenario, const struct lookaside_strategy *strategy,
                  const struct stress_options *options, unsigned *ran)
{
    const char *name = lookaside_strategy_name(strategy);
    struct stress_report report;
    int error = stress_run_apart(scenario, strategy, options, &report);

    if (error == -ENOTSUP) {
        printf("%-10s skipped: %s\n", name, report.first_failure);
        return 1;
    }
    ++*ran;
    if (error) {
        printf("%-10s could not be run: %s\n", name, strerror(-error));
        return 0;
    }
    printf("%-10s %10" PRIu64 " operations, %10" PRIu64 " hits, %8" PRIu64 " released: %s%s\n",
           name, report.operations, report.hits, report.released, report.failures ? "FAILED: " : "",
           report.failures ? report.first_failure : "passed");
    return report.failures == 0;
}

int run_on_each(const struct stress_scenario *scenario, const struct stress_options *options,
                const char *only)
{
    const struct lookaside_strategy *strategy;
    unsigned ran = 0, failed = 0;

    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        if (!only || strcmp(only, lookaside_strategy_name(strategy)) == 0)
            failed += !run_on(scenario, strategy, options, &ran);
    }
    if (ran == 0)
        return EXIT_SKIPPED;
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
