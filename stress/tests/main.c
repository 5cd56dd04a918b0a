/* SPDX-License-Identifier: MIT */
/*
 * main.c: one scenario on every strategy, or on the one that is named, in the build with injected
 * delays: `stress_injected SCENARIO SECONDS[/OPERATIONS] SEED [STRATEGY]`.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "each.h"
#include "inject_plan.h"
#include "lookaside.h"

enum { EXIT_BAD = 2 };

static int bad_usage(const char *why)
{
    fprintf(stderr,
            "lookaside: stress_injected: %s; usage: stress_injected SCENARIO SECONDS[/OPERATIONS] "
            "SEED [STRATEGY]\n",
            why);
    return EXIT_BAD;
}

int main(int argc, char **argv)
{
    const struct stress_scenario *scenario =
        argc == 4 || argc == 5 ? stress_scenario_find(argv[1]) : NULL;
    struct stress_options options = {0};
    char *rest;

    if (!scenario)
        return bad_usage("no such scenario");
    if (argc == 5 && !lookaside_strategy_find(argv[4]))
        return bad_usage("no such strategy");
    options.seconds = strtod(argv[2], &rest);
    if (*rest == '/')
        options.operations = strtoull(rest + 1, NULL, 10);
    options.seed = strtoull(argv[3], NULL, 10);
    if (!(options.seconds > 0 && options.seconds < 3600))
        return bad_usage("SECONDS must be above 0 and below 3600");
    stress_inject_plan(&(struct stress_plan){.seed = options.seed, .every = 1});
    printf("%s: %s; seed %" PRIu64 "\n", argv[1], stress_scenario_summary(scenario), options.seed);
    return run_on_each(scenario, &options, argc == 5 ? argv[4] : NULL);
}
