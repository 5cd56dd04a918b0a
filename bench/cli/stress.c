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

enum { MAX_NAMES = 64, MAX_DOC = 4096, MAX_SECONDS = 86400, NR_SEEDS = 1000000 };

struct settings {
    const char *strategies[MAX_NAMES], *scenarios[MAX_NAMES];
    size_t nr_strategies, nr_scenarios;
    uint64_t seconds, nr_threads, seed;
    bool quiet;
};

struct tally {
    unsigned passed, failed, skipped;
    struct cli_progress progress;
};

static const char *strategy_name(size_t index)
{
    const struct lookaside_strategy *strategy = lookaside_strategy_at(index);

    return strategy ? lookaside_strategy_name(strategy) : NULL;
}

static const char *scenario_name(size_t index)
{
    const struct stress_scenario *scenario = stress_scenario_at(index);

    return scenario ? stress_scenario_name(scenario) : NULL;
}

static size_t all_names(const char *(*name_at)(size_t index), const char **names)
{
    size_t nr = 0;

    while (nr < MAX_NAMES && (names[nr] = name_at(nr)))
        nr++;
    return nr;
}

static bool is_among(const char *word, const char *const *known, size_t nr_known)
{
    for (size_t i = 0; i < nr_known; i++) {
        if (strcmp(word, known[i]) == 0)
            return true;
    }
    return false;
}

/* Takes "a,b" into names, each of them known; argp's error after one line on stderr. */
static error_t take_names(const char *what, const char *list, const char *(*name_at)(size_t index),
                          const char **names, size_t *nr_names)
{
    const char *known[MAX_NAMES];
    const size_t nr_known = all_names(name_at, known);

    *nr_names = cli_split(list, names, MAX_NAMES);
    for (size_t i = 0; i < *nr_names; i++) {
        if (!is_among(names[i], known, nr_known))
            return cli_unknown(what, names[i], known, nr_known);
    }
    return *nr_names > 0 ? 0 : EINVAL;
}

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
        return take_names("scenario", argument, scenario_name, settings->scenarios,
                          &settings->nr_scenarios);
    case 's':
        return take_names("strategy", argument, strategy_name, settings->strategies,
                          &settings->nr_strategies);
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

/* Drops the strategies that cannot run here, and says why. */
static void keep_supported(struct settings *settings)
{
    size_t kept = 0;

    for (size_t i = 0; i < settings->nr_strategies; i++) {
        const struct lookaside_strategy *strategy =
            lookaside_strategy_find(settings->strategies[i]);
        const char *why = NULL;

        if (!strategy->supported || strategy->supported(&why))
            settings->strategies[kept++] = settings->strategies[i];
        else
            fprintf(stderr, "lookaside: %s left out: %s\n", strategy->name,
                    why ? why : "it cannot run here");
    }
    settings->nr_strategies = kept;
}

static int run_all(const struct settings *settings, struct tally *tally)
{
    const size_t nr_pairs = settings->nr_scenarios * settings->nr_strategies;
    int status = CLI_DONE;

    cli_progress_start(&tally->progress, "stress", (double)(nr_pairs * settings->seconds),
                       settings->quiet);
    for (size_t i = 0; i < nr_pairs && !status && !cli_interrupted(); i++)
        status = run_pair(settings, tally, settings->scenarios[i / settings->nr_strategies],
                          settings->strategies[i % settings->nr_strategies]);
    cli_progress_end(&tally->progress);
    return status;
}

static int stress(struct settings *settings)
{
    struct tally tally = {.passed = 0};
    size_t nr_pairs;
    int status;

    keep_supported(settings);
    nr_pairs = settings->nr_scenarios * settings->nr_strategies;
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

/* With the scenarios as they are: their files say what they do. */
static void write_doc(char *doc, size_t size)
{
    const struct stress_scenario *scenario;
    size_t used = (size_t)snprintf(
        doc, size,
        "Many threads use lists in hostile ways, and an oracle knows at every moment who owns each "
        "entry: an entry with two owners, a lost one, a wrong counter or a leaked part of the "
        "limit fails the run with exit status 1.\v"
        "A seed repeats the threads' choices, not their timing. What cannot be done here is "
        "skipped, and says why.\n\nScenarios:\n");

    for (size_t i = 0; (scenario = stress_scenario_at(i)) && used < size; i++)
        used += (size_t)snprintf(doc + used, size - used, "  %-14s%s\n",
                                 stress_scenario_name(scenario), stress_scenario_summary(scenario));
    if (used < size)
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
    if (settings.nr_scenarios == 0)
        settings.nr_scenarios = all_names(scenario_name, settings.scenarios);
    if (settings.nr_strategies == 0)
        settings.nr_strategies = all_names(strategy_name, settings.strategies);
    cli_catch_interrupts();
    return stress(&settings);
}
