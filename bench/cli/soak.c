/* SPDX-License-Identifier: MIT */
/*
 * soak.c: `lookaside soak`: stress for hours. Random scenarios with random seeds run one after the
 * other in one process, whose memory and descriptors must not grow; what is done so far is kept in
 * a file, and the same command goes on from there.
 */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "lookaside.h"
#include "platform.h"
#include "series.h"
#include "soak_state.h"
#include "stress.h"

enum { NR_SEEDS = 1000000, MAX_HOURS = 10000, SAVE_EVERY_S = 5, PATH_BYTES = 4096, REPEAT_S = 60 };
enum { KEY_OPERATIONS = 'o', KEY_OUT = 'O' };

/* Of one run; long against its start and end, short enough for many of them. */
#define RUN_S 0.4

struct soak {
    struct soak_state state;
    struct stress_series series;
    struct cli_progress progress;
    const char *dir;
    char path[PATH_BYTES];
    uint64_t random, started_ns, saved_ns;
    double elapsed_before_s;
    bool quiet;
};

/* Marsaglia's xorshift: what is drawn depends on the seed and on the number of runs before. */
static uint32_t draw(struct soak *soak, uint32_t bound)
{
    soak->random ^= soak->random << 13;
    soak->random ^= soak->random >> 7;
    soak->random ^= soak->random << 17;
    return (uint32_t)((soak->random >> 32) * bound >> 32);
}

static void seed_run(struct soak *soak)
{
    soak->random = (soak->state.seed + 1) * UINT64_C(0x9E3779B97F4A7C15) +
                   (soak->state.nr_runs + soak->state.nr_skipped) * UINT64_C(0xD1B54A32D192ED03);
    soak->random |= 1;
    for (int i = 0; i < 4; i++)
        (void)draw(soak, 2);
}

static bool wants(const struct soak_state *state, size_t strategy)
{
    return state->operations == 0 || state->done[strategy] < state->operations;
}

/* A strategy that has not done enough; the number of strategies if all have. */
static size_t pick_strategy(struct soak *soak)
{
    const size_t nr = soak->state.names.nr_strategies;
    const size_t first = draw(soak, (uint32_t)nr);

    for (size_t i = 0; i < nr; i++) {
        if (wants(&soak->state, (first + i) % nr))
            return (first + i) % nr;
    }
    return nr;
}

static bool is_done(const struct soak_state *state)
{
    size_t left = 0;

    if (state->operations == 0)
        return state->elapsed_s >= state->hours * 3600;
    for (size_t i = 0; i < state->names.nr_strategies; i++)
        left += wants(state, i);
    return left == 0;
}

static double progress_of(const struct soak_state *state)
{
    double done = 0;

    if (state->operations == 0)
        return state->elapsed_s;
    for (size_t i = 0; i < state->names.nr_strategies; i++)
        done += fmin((double)state->done[i], (double)state->operations);
    return done;
}

static double progress_total(const struct soak_state *state)
{
    return state->operations == 0 ? state->hours * 3600
                                  : (double)state->operations * (double)state->names.nr_strategies;
}

static void note(struct soak *soak, const char *text)
{
    struct soak_state *state = &soak->state;

    cli_progress_remark(&soak->progress, text);
    if (state->nr_findings < SOAK_MAX_FINDINGS)
        snprintf(state->findings[state->nr_findings++], SOAK_FINDING_BYTES, "%s", text);
}

static void note_failure(struct soak *soak, const char *scenario, const char *strategy,
                         const struct stress_options *options, const struct stress_report *report)
{
    char text[SOAK_FINDING_BYTES];
    char threads[32] = "";

    if (options->threads)
        snprintf(threads, sizeof threads, " --threads %u", options->threads);
    snprintf(text, sizeof text,
             "%s on %s: %s; again: lookaside stress --scenario %s --strategy %s --seconds %d%s "
             "--seed %" PRIu64,
             scenario, strategy, report->first_failure, scenario, strategy, REPEAT_S, threads,
             options->seed);
    note(soak, text);
}

static void tell(struct soak *soak, const char *scenario, const char *strategy)
{
    char detail[160];

    snprintf(detail, sizeof detail, "%" PRIu64 " runs, %zu findings, %s on %s", soak->state.nr_runs,
             soak->state.nr_findings, scenario, strategy);
    cli_progress_update(&soak->progress, progress_of(&soak->state), detail);
}

static void read_clock(struct soak *soak)
{
    soak->state.elapsed_s = soak->elapsed_before_s + (double)(la_now_ns() - soak->started_ns) / 1e9;
}

static void take_in(struct soak *soak, size_t strategy, const struct stress_report *report,
                    const struct stress_usage *usage)
{
    struct soak_state *state = &soak->state;

    state->nr_runs++;
    state->runs[strategy]++;
    state->done[strategy] += report->operations;
    read_clock(soak);
    if (report->failures)
        soak_state_end_process(state);
    else
        soak_memory_add(&state->memory, state->elapsed_s,
                        (const double[]){[SOAK_IN_USE] = (double)usage->in_use_bytes,
                                         [SOAK_RESIDENT] = (double)usage->resident_bytes,
                                         [SOAK_DESCRIPTORS] = (double)usage->descriptors});
}

static struct stress_options draw_options(struct soak *soak)
{
    struct stress_options options = {.seconds = RUN_S, .interrupted = cli_interrupted};

    options.seed = draw(soak, NR_SEEDS);
    /* Mostly the scenario's own number. */
    if (draw(soak, 4) == 0)
        options.threads = 2 + draw(soak, 14);
    return options;
}

/* One run more; CLI_DONE or a complaint's status. */
static int run_one(struct soak *soak)
{
    const struct stress_names *names = &soak->state.names;
    struct stress_options options;
    struct stress_report report;
    struct stress_usage usage;
    const char *scenario;
    size_t strategy;
    int error;

    seed_run(soak);
    strategy = pick_strategy(soak);
    scenario = names->scenarios[draw(soak, (uint32_t)names->nr_scenarios)];
    options = draw_options(soak);
    tell(soak, scenario, names->strategies[strategy]);
    error = soak->series.pid ? 0 : stress_series_start(&soak->series);
    if (!error)
        error = stress_series_run(&soak->series, stress_scenario_find(scenario),
                                  lookaside_strategy_find(names->strategies[strategy]), &options,
                                  &report, &usage);
    if (error == -ENOTSUP) {
        soak->state.nr_skipped++;
        return CLI_DONE;
    }
    if (error)
        return cli_bad("cannot run %s on %s: %s", scenario, names->strategies[strategy],
                       strerror(-error));
    if (report.failures)
        note_failure(soak, scenario, names->strategies[strategy], &options, &report);
    take_in(soak, strategy, &report, &usage);
    return CLI_DONE;
}

static int save(struct soak *soak)
{
    soak->saved_ns = la_now_ns();
    if (soak_state_save(&soak->state, soak->path))
        return CLI_DONE;
    return cli_bad("cannot write %s: %s", soak->path, strerror(errno));
}

static int run_all(struct soak *soak)
{
    const uint64_t period_ns = UINT64_C(1000000000) * SAVE_EVERY_S;
    int status = save(soak);

    while (!status && !is_done(&soak->state) && !cli_interrupted() &&
           soak->state.nr_findings < SOAK_MAX_FINDINGS) {
        status = run_one(soak);
        if (!status && la_now_ns() - soak->saved_ns > period_ns)
            status = save(soak);
    }
    read_clock(soak);
    stress_series_end(&soak->series);
    soak_state_end_process(&soak->state);
    return status ? status : save(soak);
}

static void print_trend(const char *what, const struct la_trend *trend, double unit)
{
    printf("%s: %+.1f an hour, between %+.1f and %+.1f with 95 %%\n", what, trend->slope / unit,
           trend->low / unit, trend->high / unit);
}

static void print_summary(const struct soak_state *state)
{
    printf("%.3f hours, %" PRIu64 " runs, %" PRIu64 " skipped, seed %" PRIu64 "\n",
           state->elapsed_s / 3600, state->nr_runs, state->nr_skipped, state->seed);
    for (size_t i = 0; i < state->names.nr_strategies; i++)
        printf("%-10s %16" PRIu64 " operations in %" PRIu64 " runs\n", state->names.strategies[i],
               state->done[i], state->runs[i]);
    if (state->has_steepest) {
        print_trend("memory in use, KiB", &state->steepest.trends[SOAK_IN_USE], 1024);
        print_trend("resident memory, KiB", &state->steepest.trends[SOAK_RESIDENT], 1024);
        print_trend("descriptors", &state->steepest.trends[SOAK_DESCRIPTORS], 1);
    } else {
        printf("memory and descriptors: too few runs to say\n");
    }
    if (state->grew)
        printf("FAILED: the process keeps growing\n");
    for (size_t i = 0; i < state->nr_findings; i++)
        printf("FAILED: %s\n", state->findings[i]);
    printf("%zu findings\n", state->nr_findings + state->grew);
}

/* A soak that came to its end gets a name of its own, so that the next begins anew. */
static int finish(struct soak *soak)
{
    const struct soak_state *state = &soak->state;
    const bool failed = state->grew || state->nr_findings > 0;
    char kept[PATH_BYTES + 64], shown[CLI_SHOWN];

    print_summary(state);
    if (!is_done(state) && state->nr_findings < SOAK_MAX_FINDINGS) {
        printf("interrupted: the same command goes on (seed %" PRIu64 ", %s)\n", state->seed,
               cli_shown(soak->path, shown));
        return failed ? CLI_NEGATIVE : CLI_DONE;
    }
    snprintf(kept, sizeof kept, "%s/soak-%" PRIu64 "-%" PRIu64 "-runs.json", soak->dir, state->seed,
             state->nr_runs);
    if (rename(soak->path, kept) == 0)
        printf("kept in %s\n", cli_shown(kept, shown));
    return failed ? CLI_NEGATIVE : CLI_DONE;
}

static int soak_on(struct soak *soak)
{
    int status;

    if (soak->state.names.nr_strategies == 0)
        return CLI_NOTHING;
    soak->elapsed_before_s = soak->state.elapsed_s;
    soak->started_ns = la_now_ns();
    cli_catch_interrupts();
    cli_progress_start(&soak->progress, "soak", progress_total(&soak->state), soak->quiet);
    status = run_all(soak);
    if (status) {
        cli_progress_abandon(&soak->progress);
        return status;
    }
    cli_progress_end(&soak->progress);
    return finish(soak);
}

static error_t take_hours(struct soak *soak, const char *text)
{
    char *end;

    soak->state.hours = strtod(text, &end);
    if (*end == '\0' && end != text && soak->state.hours > 0 && soak->state.hours <= MAX_HOURS)
        return 0;
    return cli_bad("HOURS must be above 0 and at most %d: '%s'", MAX_HOURS, text);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct soak *soak = state->input;

    switch (key) {
    case 'c':
        return cli_take_scenarios(&soak->state.names, argument);
    case 's':
        return cli_take_strategies(&soak->state.names, argument);
    case 'e':
        return cli_number("--seed", argument, 0, NR_SEEDS, &soak->state.seed) ? 0 : EINVAL;
    case KEY_OPERATIONS:
        return cli_number("--operations", argument, 1, INT64_MAX, &soak->state.operations) ? 0
                                                                                           : EINVAL;
    case KEY_OUT:
        soak->dir = argument;
        return 0;
    case 'q':
        soak->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        return soak->state.hours > 0 ? ARGP_ERR_UNKNOWN : take_hours(soak, argument);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The state's file, and what it has of an earlier part of this soak. */
static int open_state(struct soak *soak)
{
    char shown[CLI_SHOWN];
    int status;

    if (mkdir(soak->dir, 0777) && errno != EEXIST)
        return cli_bad("cannot make %s: %s", soak->dir, strerror(errno));
    snprintf(soak->path, sizeof soak->path, "%s/soak.json", soak->dir);
    status = soak_state_load(&soak->state, soak->path);
    if (status == CLI_DONE && !soak->quiet)
        printf("going on with %s: %.3f hours, %" PRIu64 " runs so far\n",
               cli_shown(soak->path, shown), soak->state.elapsed_s / 3600, soak->state.nr_runs);
    return status == CLI_NOTHING ? CLI_DONE : status;
}

int cmd_soak(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"operations", KEY_OPERATIONS, "N", 0, "until each strategy did so many, instead of HOURS",
         0},
        {"scenario", 'c', "A,B", 0, "of these scenarios, see lookaside stress (default: all)", 0},
        {"strategy", 's', "A,B", 0, "these strategies (default: all)", 0},
        {"seed", 'e', "N", 0, "of what is drawn (default: 1)", 0},
        {"out", KEY_OUT, "DIR", 0, "where the state is kept (default: results)", 0},
        {"quiet", 'q', NULL, 0, "no progress", 0},
        {0}};
    static const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .args_doc = "[HOURS]",
        .doc = "Stress for HOURS (a fraction is fine): random scenarios, strategies and seeds one "
               "after the other in one process, whose memory and descriptors must stay level. A "
               "finding is shown with the command that repeats it, and ends in exit status 1.\v"
               "Interrupted, it goes on from there when the same command is given again.\n\n"
               "Examples:\n"
               "  lookaside soak 8\n"
               "  lookaside soak 0.1 --strategy percpu\n"
               "  lookaside soak --operations 1000000000"};
    static struct soak soak = {.dir = "results", .state = {.seed = 1}};
    int status;

    if (cli_parse(&argp, argc, argv, &soak))
        return CLI_BAD;
    if ((soak.state.hours > 0) == (soak.state.operations > 0))
        return cli_bad("soak takes HOURS, or --operations N");
    cli_complete_names(&soak.state.names);
    status = open_state(&soak);
    return status ? status : soak_on(&soak);
}
