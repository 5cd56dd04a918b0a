/* SPDX-License-Identifier: MIT */
/*
 * main.c: one scenario on every strategy, or on the one that is named, in the build with injected
 * delays: `stress_injected SCENARIO SECONDS SEED [STRATEGY]`.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inject_plan.h"
#include "lookaside.h"
#include "stress.h"

enum { EXIT_BAD = 2, EXIT_SKIPPED = 77 };

static int bad_usage(const char *why)
{
    fprintf(stderr,
            "lookaside: stress_injected: %s; usage: stress_injected SCENARIO SECONDS SEED\n", why);
    return EXIT_BAD;
}

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

int main(int argc, char **argv)
{
    const struct stress_scenario *scenario =
        argc == 4 || argc == 5 ? stress_scenario_find(argv[1]) : NULL;
    const struct lookaside_strategy *strategy;
    struct stress_options options = {0};
    unsigned ran = 0, failed = 0;

    if (!scenario)
        return bad_usage("no such scenario");
    if (argc == 5 && !lookaside_strategy_find(argv[4]))
        return bad_usage("no such strategy");
    options.seconds = strtod(argv[2], NULL);
    options.seed = strtoull(argv[3], NULL, 10);
    if (!(options.seconds > 0 && options.seconds < 3600))
        return bad_usage("SECONDS must be above 0 and below 3600");
    stress_inject_plan(&(struct stress_plan){.seed = options.seed, .every = 1});
    printf("%s: %s; seed %" PRIu64 "\n", argv[1], stress_scenario_summary(scenario), options.seed);
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        if (argc == 5 && strcmp(argv[4], lookaside_strategy_name(strategy)) != 0)
            continue;
        failed += !run_on(scenario, strategy, &options, &ran);
    }
    if (ran == 0)
        return EXIT_SKIPPED;
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
