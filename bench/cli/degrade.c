/* SPDX-License-Identifier: MIT */
/*
 * degrade.c: `lookaside degrade`: throughput and tail of lists and plain malloc while CPUs are
 * taken away, signals arrive and threads are moved, at rising rates.
 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cast.h"
#include "cli.h"
#include "clock.h"
#include "degrade_files.h"
#include "request_options.h"
#include "run_output.h"

enum {
    KEY_NUISANCE = 'n',
    KEY_RATE = 'r',
    KEY_DEPTH = 'd',
    KEY_WINDOW = 'w',
    KEY_REPETITIONS = 'k',
    KEY_SEED = 'e',

    DEFAULT_SIZE = 256,
    DEFAULT_DEPTH = 256,
    DEFAULT_WINDOW_MS = 250,
    DEFAULT_BLOCKS = 7,
    LONGEST_TURN = 32,
    MAX_RATE = 100 * 1000,
    MAX_WINDOW_MS = 10 * 1000,
    WARMUP_NS = 10 * 1000 * 1000,
};

struct options {
    struct la_request request;
    struct la_degrade_plan plan;
    uint64_t depth, window_ms, blocks;
    struct cli_output output;
};

/* --- options --- */

static error_t take_rates(struct la_degrade_plan *plan, const char *list)
{
    uint64_t rates[LA_DEGRADE_RATES_MAX];

    plan->nr_rates =
        cli_rising_numbers("--rate", "rates", list, 1, MAX_RATE, rates, LA_DEGRADE_RATES_MAX);
    for (size_t i = 0; i < plan->nr_rates; i++)
        plan->rates[i] = (double)rates[i];
    return plan->nr_rates ? 0 : EINVAL;
}

static error_t take_nuisance(struct la_degrade_plan *plan, const char *word)
{
    static const char *const known[] = {"preempt", "signal", "migrate"};
    enum la_nuisance nuisance = LA_PREEMPT;

    while (nuisance < LA_NR_NUISANCES && strcmp(la_nuisance_name(nuisance), word) != 0)
        nuisance++;
    if (nuisance == LA_NR_NUISANCES)
        return cli_unknown("nuisance", word, known, sizeof known / sizeof *known);
    plan->nuisances[plan->nr_nuisances++] = nuisance;
    return 0;
}

static error_t take_nuisances(struct la_degrade_plan *plan, const char *list)
{
    const char *words[LA_NR_NUISANCES];
    const size_t nr = cli_split(list, words, LA_NR_NUISANCES);
    error_t error = nr ? 0 : EINVAL;

    plan->nr_nuisances = 0;
    for (size_t i = 0; i < nr && !error; i++)
        error = take_nuisance(plan, words[i]);
    return error;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case KEY_NUISANCE:
        return take_nuisances(&options->plan, argument);
    case KEY_RATE:
        return take_rates(&options->plan, argument);
    case KEY_DEPTH:
        return cli_number("--depth", argument, 1, LOOKASIDE_DEPTH_LIMIT, &options->depth) ? 0
                                                                                          : EINVAL;
    case KEY_WINDOW:
        return cli_number("--window", argument, 1, MAX_WINDOW_MS, &options->window_ms) ? 0 : EINVAL;
    case KEY_REPETITIONS:
        return cli_number("--repetitions", argument, 1, LA_DEGRADE_BLOCKS_MAX, &options->blocks)
                   ? 0
                   : EINVAL;
    case KEY_SEED:
        return cli_number("--seed", argument, 0, INT64_MAX, &options->plan.seed) ? 0 : EINVAL;
    default:
        return cli_take_plan(key, argument, &options->output, &options->request);
    }
}

/* --- the run --- */

static struct cli_progress progress;

static void show_progress(double done_s, const char *cell)
{
    cli_progress_update(&progress, done_s, cell);
}

static void write_tsv(FILE *stream, const void *outcome)
{
    la_degrade_tsv_write(stream, outcome);
}

static void print_cell(const struct la_degrade_outcome *outcome, const struct la_degrade_cell *cell)
{
    struct la_degrade_estimate estimates[LA_DEGRADE_NR_FIGURES];

    for (int f = 0; f < LA_DEGRADE_NR_FIGURES; f++)
        estimates[f] = la_degrade_estimate(outcome, cell, (enum la_degrade_figure)f);
    printf("%-18s %-8s %8.0f %8.0f  %6.2f [%6.2f, %6.2f]  %4.2f  %8.2f [%8.2f, %8.2f]\n",
           cell->contender->name, la_nuisance_name(cell->nuisance), cell->rate,
           estimates[LA_DEGRADE_EVENTS_PER_S].median, estimates[LA_DEGRADE_OPS_PER_S].median / 1e6,
           estimates[LA_DEGRADE_OPS_PER_S].low / 1e6, estimates[LA_DEGRADE_OPS_PER_S].high / 1e6,
           estimates[LA_DEGRADE_KEPT].median, estimates[LA_DEGRADE_P999_NS].median / 1e3,
           estimates[LA_DEGRADE_P999_NS].low / 1e3, estimates[LA_DEGRADE_P999_NS].high / 1e3);
}

static void print_outcome(const struct la_degrade_outcome *outcome)
{
    printf("%-18s %-8s %8s %8s  %24s  %4s  %30s\n", "contender", "nuisance", "asked/s", "got/s",
           "million operations/s", "kept", "p99.9 of a turn, us");
    for (size_t i = 0; i < outcome->nr_cells; i++)
        print_cell(outcome, &outcome->cells[i]);
    printf("%u blocks%s\n", outcome->nr_blocks,
           outcome->nr_blocks < 6 ? ": too few for intervals, which need six" : "");
    if (la_degrade_wants_priority(outcome) && !outcome->real_time)
        printf("no permission for real-time priority: threads that preempt and move had a nice "
               "value instead\n");
}

static int publish(struct options *options, const struct la_degrade_outcome *outcome)
{
    struct cli_output *output = &options->output;
    const struct la_degrade_plan *plan = &options->plan;

    if (outcome->nr_blocks == 0)
        return cli_output_nothing();
    if (cli_output_write(output, "degrade.tsv", write_tsv, outcome) ||
        cli_output_write_json(output, "degrade.json", la_degrade_json(plan, outcome)) ||
        cli_output_publish(output, "degrade", la_degrade_settings_json(plan),
                           la_degrade_noise_json(outcome)))
        return CLI_BAD;
    if (output->quiet)
        return CLI_DONE;
    print_outcome(outcome);
    cli_output_tell(output, "degrade.json, degrade.tsv, manifest.json");
    return CLI_DONE;
}

static int run_plan(struct options *options)
{
    static const struct la_degrade_hooks hooks = {.progress = show_progress,
                                                  .interrupted = cli_interrupted};
    struct la_degrade_outcome outcome;
    const char *why;
    int status;

    cli_progress_start(&progress, "degrade", la_degrade_estimate_s(&options->plan),
                       options->output.quiet);
    status = la_degrade_run(&options->plan, &hooks, &outcome, &why);
    if (status)
        cli_progress_abandon(&progress);
    cli_progress_end(&progress);
    if (status)
        return cli_bad("%s", why);
    status = publish(options, &outcome);
    la_degrade_outcome_fini(&outcome);
    return status;
}

/* --- planning --- */

/* Lists, and each plain malloc once. */
static void choose_contenders(struct la_degrade_plan *plan, const struct la_contender *contenders,
                              size_t nr)
{
    const size_t room = sizeof plan->contenders / sizeof *plan->contenders;

    for (size_t i = 0; i < nr && plan->nr_contenders < room; i++) {
        const enum la_contender_role role = contenders[i].role;

        if (role != LA_ROLE_FLOOR && role != LA_ROLE_TWIN)
            plan->contenders[plan->nr_contenders++] = &contenders[i];
    }
}

static void fill_defaults(struct options *options, const struct la_placement *placement)
{
    static const double usual[] = {10, 100, 1000, 10000};
    struct la_degrade_plan *plan = &options->plan;

    if (plan->nr_rates == 0) {
        memcpy(plan->rates, usual, sizeof usual);
        plan->nr_rates = sizeof usual / sizeof *usual;
    }
    /* A thread that has only one CPU cannot be moved. */
    if (plan->nr_nuisances == 0) {
        plan->nuisances[plan->nr_nuisances++] = LA_PREEMPT;
        plan->nuisances[plan->nr_nuisances++] = LA_SIGNAL;
        if (placement->nr_threads > 1)
            plan->nuisances[plan->nr_nuisances++] = LA_MIGRATE;
    }
    plan->blocks = (unsigned)options->blocks;
    plan->setting = (struct la_trial_setting){
        .size = options->request.nr_sizes ? options->request.sizes[0] : DEFAULT_SIZE,
        .depth = (uint32_t)options->depth,
        .placement = placement,
        .longest = LONGEST_TURN,
        .peak = LONGEST_TURN,
        .warmup_ns = WARMUP_NS,
        .window_ns = options->window_ms * 1000 * 1000,
    };
}

static int plan_and_run(struct options *options)
{
    static struct la_placement placement;
    struct la_contender *contenders;
    const char *why;
    size_t nr;
    int status;

    if (options->request.nr_threads > 1 || options->request.nr_sizes > 1)
        return cli_bad("degrade takes one number of threads and one size");
    if (cli_plan_placements(&options->request, &placement))
        return CLI_BAD;
    fill_defaults(options, &placement);
    contenders = la_cast_make(&options->request, &nr, &why);
    if (!contenders)
        return cli_bad("%s", why);
    choose_contenders(&options->plan, contenders, nr);
    status = cli_output_begin(&options->output);
    if (!status)
        status = cli_output_end(&options->output, run_plan(options));
    free(contenders);
    return status;
}

int cmd_degrade(int argc, char **argv)
{
    static const struct argp_option argp_options[] = {
        CLI_PLAN_OPTIONS,
        {"nuisance", KEY_NUISANCE, "A,B", 0, "preempt, signal, migrate (default: all)", 0},
        {"rate", KEY_RATE, "A,B", 0,
         "events per second and thread (default: 10,100,1000,10000); undisturbed comes by itself",
         0},
        {"depth", KEY_DEPTH, "N", 0, "limit of the lists (default: 256)", 0},
        {"threads", KEY_THREADS, "N", 0, "number of threads (default: one on each CPU)", 0},
        {"window", KEY_WINDOW, "MS", 0, "length of each trial (default: 250)", 0},
        {"repetitions", KEY_REPETITIONS, "N", 0, "blocks (default: 7; intervals need 6)", 0},
        {"seed", KEY_SEED, "N", 0, "of turns and order", 0},
        {0}};
    static const struct argp argp = {
        .options = argp_options,
        .parser = parse_option,
        .doc =
            "What a noisy machine leaves of throughput and tail: one list, a thread on each CPU, "
            "and from outside CPUs that are taken away for 20 us, signals, or moves to another "
            "CPU, at rising rates. Rates are shown as they came about. Each trial is a process "
            "of its own, and antagonists end with it. Ctrl-C keeps the blocks that are "
            "complete.\v"
            "Examples:\n"
            "  lookaside degrade\n"
            "  lookaside degrade --strategy percpu,spinlock --nuisance preempt\n"
            "  lookaside degrade --rate 1000,5000 --allocator glibc --out results/latest"};
    struct options options = {.request = {.suite = la_suite_at(0)},
                              .depth = DEFAULT_DEPTH,
                              .window_ms = DEFAULT_WINDOW_MS,
                              .blocks = DEFAULT_BLOCKS};

    options.plan.seed = la_clock_system_ns() & INT64_MAX;
    if (cli_parse(&argp, argc, argv, &options))
        return CLI_BAD;
    cli_catch_interrupts();
    return plan_and_run(&options);
}
