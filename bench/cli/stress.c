/* SPDX-License-Identifier: MIT */
/*
 * stress.c: `lookaside stress`: many threads on one list under the eyes of an ownership oracle,
 * every scenario on every strategy. A failure ends in exit status 1 and the command that repeats
 * it. The build is the ordinary one, without injected delays: the project's tests add those.
 */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "platform.h"
#include "strategy.h"
#include "stress.h"
#include "stress_names.h"

enum { MAX_DOC = 4096, MAX_SECONDS = 86400, NR_SEEDS = 1000000 };

struct settings {
    struct stress_names names;
    uint64_t seconds, nr_threads, seed;
    bool quiet;
};

struct tally {
    unsigned passed, failed, skipped;
    struct cli_progress progress;
};

static error_t take_number(const char *option, const char *text, uint64_t min, uint64_t max,
                           uint64_t *value)
{
    return cli_number(option, text, min, max, value) ? 0 : EINVAL;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct settings *settings = state->input;

    switch (key) {
    case 'c':
        return cli_take_scenarios(&settings->names, argument);
    case 's':
        return cli_take_strategies(&settings->names, argument);
    case 'n':
        return take_number("--seconds", argument, 1, MAX_SECONDS, &settings->seconds);
    case 'e':
        return take_number("--seed", argument, 0, UINT64_MAX, &settings->seed);
    case 't':
        return take_number("--threads", argument, 2, STRESS_MAX_THREADS, &settings->nr_threads);
    case 'q':
        settings->quiet = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void print_failure(const struct settings *settings, const char *scenario,
                          const char *strategy, const struct stress_report *report)
{
    printf("FAILED %s on %s, %" PRIu64 " findings, the first: %s\n", scenario, strategy,
           report->failures, report->first_failure);
    printf("  again: lookaside stress --scenario %s --strategy %s --seconds %" PRIu64
           " --threads %u --seed %" PRIu64 "\n",
           scenario, strategy, settings->seconds, report->threads, settings->seed);
}

static unsigned nr_done(const struct tally *tally)
{
    return tally->passed + tally->failed + tally->skipped;
}

static int run_pair(const struct settings *settings, struct tally *tally, const char *scenario,
                    const char *strategy)
{
    const struct stress_options options = {.seconds = (double)settings->seconds,
                                           .seed = settings->seed,
                                           .threads = (unsigned)settings->nr_threads,
                                           .interrupted = cli_interrupted};
    struct stress_report report;
    char detail[128];
    int error;

    snprintf(detail, sizeof detail, "%s on %s", scenario, strategy);
    cli_progress_update(&tally->progress, (double)(nr_done(tally) * settings->seconds), detail);
    error = stress_run_apart(stress_scenario_find(scenario), lookaside_strategy_find(strategy),
                             &options, &report);
    if (error == -ENOTSUP) {
        tally->skipped++;
        printf("%-12s %-10s skipped: %s\n", scenario, strategy, report.first_failure);
        return CLI_DONE;
    }
    if (error)
        return cli_bad("cannot run %s on %s: %s", scenario, strategy, strerror(-error));
    if (report.failures) {
        tally->failed++;
        print_failure(settings, scenario, strategy, &report);
    } else {
        tally->passed++;
        if (!settings->quiet)
            printf("%-12s %-10s passed %12" PRIu64 " operations, %u threads\n", scenario, strategy,
                   report.operations, report.threads);
    }
    fflush(stdout);
    return CLI_DONE;
}

static int run_all(const struct settings *settings, struct tally *tally)
{
    const size_t nr_pairs = settings->names.nr_scenarios * settings->names.nr_strategies;
    int status = CLI_DONE;

    cli_progress_start(&tally->progress, "stress", (double)(nr_pairs * settings->seconds),
                       settings->quiet);
    for (size_t i = 0; i < nr_pairs && !status && !cli_interrupted(); i++)
        status =
            run_pair(settings, tally, settings->names.scenarios[i / settings->names.nr_strategies],
                     settings->names.strategies[i % settings->names.nr_strategies]);
    cli_progress_end(&tally->progress);
    return status;
}

static int stress(struct settings *settings)
{
    struct tally tally = {.passed = 0};
    size_t nr_pairs;
    int status;

    nr_pairs = settings->names.nr_scenarios * settings->names.nr_strategies;
    if (nr_pairs == 0)
        return CLI_NOTHING;
    if (!settings->quiet)
        printf("seed %" PRIu64 ", %" PRIu64 " s each\n", settings->seed, settings->seconds);
    status = run_all(settings, &tally);
    if (status)
        return status;
    if (cli_interrupted())
        printf("interrupted: %u of %zu runs done\n", nr_done(&tally), nr_pairs);
    if (!settings->quiet || tally.failed)
        printf("%u passed, %u failed, %u skipped\n", tally.passed, tally.failed, tally.skipped);
    if (tally.failed)
        return CLI_NEGATIVE;
    return tally.passed || !tally.skipped ? CLI_DONE : CLI_NOTHING;
}

static void write_doc(char *doc, size_t size)
{
    size_t used = (size_t)snprintf(
        doc, size,
        "Many threads use lists in hostile ways, and an oracle knows at every moment who owns each "
        "entry: an entry with two owners, a lost one, a wrong counter or a leaked part of the "
        "limit fails the run with exit status 1.\v"
        "A seed repeats the threads' choices, not their timing. What cannot be done here is "
        "skipped, and says why.\n\nScenarios:\n");

    used += cli_describe_scenarios(doc + used, size - used);
    snprintf(doc + used, size - used,
             "\nExamples:\n"
             "  lookaside stress\n"
             "  lookaside stress --strategy percpu,magazine --seconds 60\n"
             "  lookaside stress --scenario unmap --seed 7");
}

int cmd_stress(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"scenario", 'c', "A,B", 0, "what the threads do, see below (default: all)", 0},
        {"strategy", 's', "A,B", 0, "these strategies (default: all)", 0},
        {"seconds", 'n', "N", 0, "how long each scenario runs on each strategy (default: 1)", 0},
        {"seed", 'e', "N", 0, "of the threads' choices (default: from the clock)", 0},
        {"threads", 't', "N", 0, "threads (default: two per CPU, at least 4)", 0},
        {"quiet", 'q', NULL, 0, "print failures only", 0},
        {0}};
    static char doc[MAX_DOC];
    const struct argp argp = {.options = options, .parser = parse_option, .doc = doc};
    struct settings settings = {.seconds = 1, .seed = la_now_ns() % NR_SEEDS};

    write_doc(doc, sizeof doc);
    if (cli_parse(&argp, argc, argv, &settings))
        return CLI_BAD;
    cli_complete_names(&settings.names);
    cli_catch_interrupts();
    return stress(&settings);
}
