/* SPDX-License-Identifier: MIT */
/*
 * memory.c: `lookaside memory`: throughput against the memory that is kept for it, and memory over
 * time, with lists at every depth of a sweep and mallocs beside them. Everything that can be
 * refused is refused before the first measurement.
 */
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cast.h"
#include "cli.h"
#include "clock.h"
#include "memory_print.h"
#include "request_options.h"
#include "retention_files.h"
#include "run_output.h"

enum {
    KEY_DEPTH = 'd',
    KEY_BURST = 'b',
    KEY_PEAK = 'k',
    KEY_WINDOW = 'w',
    KEY_REPETITIONS = 'r',
    KEY_SEED = 'e',

    DEFAULT_SIZE = 256,
    DEFAULT_BURST = 1024,
    DEFAULT_PEAK = 8192,
    DEFAULT_BLOCKS = 7,
    MAX_OBJECTS = 1 << 20,
    MAX_WINDOW_MS = 10 * 1000,
    WARMUP_NS = 15 * 1000 * 1000,
};

struct options {
    struct la_request request;
    struct la_retention_plan plan;
    uint32_t depths[LA_REQUEST_MAX];
    uint64_t window_ms;
    struct cli_output output;
};

/* --- options --- */

static error_t take_depths(struct options *options, const char *list)
{
    uint64_t depths[LA_REQUEST_MAX];
    const size_t nr = cli_rising_numbers("--depth", "depths", list, 1, LOOKASIDE_DEPTH_LIMIT,
                                         depths, LA_REQUEST_MAX);

    for (size_t i = 0; i < nr; i++)
        options->depths[i] = (uint32_t)depths[i];
    options->plan.nr_depths = nr;
    return nr ? 0 : EINVAL;
}

static error_t take_number(int key, const char *argument, struct options *options)
{
    struct la_retention_plan *plan = &options->plan;
    uint64_t value = 0;
    bool good = false;

    switch (key) {
    case KEY_BURST:
        good = cli_number("--burst", argument, 1, MAX_OBJECTS, &value);
        plan->setting.longest = (uint32_t)value;
        break;
    case KEY_PEAK:
        good = cli_number("--peak", argument, 1, MAX_OBJECTS, &value);
        plan->setting.peak = (uint32_t)value;
        break;
    case KEY_WINDOW:
        good = cli_number("--window", argument, 1, MAX_WINDOW_MS, &options->window_ms);
        break;
    case KEY_REPETITIONS:
        good = cli_number("--repetitions", argument, 1, LA_RETENTION_BLOCKS_MAX / 2, &value);
        plan->blocks = (unsigned)value;
        break;
    default:
        good = cli_number("--seed", argument, 0, INT64_MAX, &plan->seed);
        break;
    }
    return good ? 0 : EINVAL;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case KEY_DEPTH:
        return take_depths(options, argument);
    case KEY_BURST:
    case KEY_PEAK:
    case KEY_WINDOW:
    case KEY_REPETITIONS:
    case KEY_SEED:
        return take_number(key, argument, options);
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
    la_retention_tsv_write(stream, outcome);
}

static int publish(struct options *options, const struct la_retention_outcome *outcome)
{
    struct cli_output *output = &options->output;
    const struct la_retention_plan *plan = &options->plan;

    if (outcome->nr_blocks + outcome->nr_rejected == 0)
        return cli_output_nothing();
    if (cli_output_write(output, "memory.tsv", write_tsv, outcome) ||
        cli_output_write_json(output, "memory.json", la_retention_json(plan, outcome)) ||
        cli_output_publish(output, "memory", la_retention_settings_json(plan),
                           la_retention_noise_json(outcome)))
        return CLI_BAD;
    if (output->quiet)
        return CLI_DONE;
    cli_memory_print(plan, outcome);
    cli_output_tell(output, "memory.json, memory.tsv, manifest.json");
    return CLI_DONE;
}

static void announce(const struct la_retention_plan *plan)
{
    char seconds[48];

    printf("%zu contenders, lists at %zu depths, %u thread%s, bursts of up to %u objects of %zu "
           "bytes, %u blocks; about %s\n",
           plan->nr_contenders, plan->nr_depths, plan->setting.placement->nr_threads,
           plan->setting.placement->nr_threads == 1 ? "" : "s", plan->setting.longest,
           plan->setting.size, plan->blocks,
           cli_seconds(la_retention_estimate_s(plan), seconds, sizeof seconds));
    fflush(stdout);
}

static int run_plan(struct options *options)
{
    static const struct la_retention_hooks hooks = {.progress = show_progress,
                                                    .interrupted = cli_interrupted};
    const bool quiet = options->output.quiet;
    struct la_retention_outcome outcome;
    const char *why;
    int status;

    if (!quiet)
        announce(&options->plan);
    cli_progress_start(&progress, "memory", la_retention_estimate_s(&options->plan), quiet);
    status = la_retention_run(&options->plan, &hooks, &outcome, &why);
    if (status)
        cli_progress_abandon(&progress);
    cli_progress_end(&progress);
    if (status)
        return cli_bad("%s", why);
    status = publish(options, &outcome);
    la_retention_outcome_fini(&outcome);
    return status;
}

/* --- planning --- */

static void fill_defaults(struct options *options)
{
    static const uint32_t usual[] = {16, 64, 256, 1024, 4096};
    struct la_retention_plan *plan = &options->plan;

    plan->depths = plan->nr_depths ? options->depths : usual;
    plan->nr_depths = plan->nr_depths ? plan->nr_depths : sizeof usual / sizeof *usual;
    plan->setting.size = options->request.nr_sizes ? options->request.sizes[0] : DEFAULT_SIZE;
    plan->setting.window_ns = options->window_ms * 1000 * 1000;
    plan->setting.warmup_ns = WARMUP_NS;
}

static int plan_and_run(struct options *options)
{
    static struct la_placement placement;
    struct la_contender *contenders;
    const char *why;
    int status;

    if (options->request.nr_threads > 1 || options->request.nr_sizes > 1)
        return cli_bad("memory takes one number of threads and one size");
    fill_defaults(options);
    if (cli_plan_placements(&options->request, &placement))
        return CLI_BAD;
    options->plan.setting.placement = &placement;
    contenders = la_cast_make(&options->request, &options->plan.nr_contenders, &why);
    if (!contenders)
        return cli_bad("%s", why);
    /* The floor keeps nothing and gives nothing: it is the first. */
    options->plan.contenders = contenders + 1;
    options->plan.nr_contenders--;
    status = cli_output_begin(&options->output);
    if (!status)
        status = cli_output_end(&options->output, run_plan(options));
    free(contenders);
    return status;
}

int cmd_memory(int argc, char **argv)
{
    static const struct argp_option argp_options[] = {
        CLI_PLAN_OPTIONS,
        {"depth", KEY_DEPTH, "A,B", 0, "limits of the lists (default: 16,64,256,1024,4096)", 0},
        {"threads", KEY_THREADS, "N", 0, "number of threads (default: one on each CPU)", 0},
        {"burst", KEY_BURST, "N", 0, "longest burst of a thread, objects (default: 1024)", 0},
        {"peak", KEY_PEAK, "N", 0, "objects of a thread at the peak (default: 8192)", 0},
        {"window", KEY_WINDOW, "MS", 0, "length of the busy stage (default: 60)", 0},
        {"repetitions", KEY_REPETITIONS, "N", 0, "blocks (default: 7)", 0},
        {"seed", KEY_SEED, "N", 0, "of bursts and order", 0},
        {0}};
    static const struct argp argp = {
        .options = argp_options,
        .parser = parse_option,
        .doc =
            "Measures throughput against the memory that is kept for it, each trial in a process "
            "of its own: live, cached, the lists' own and resident bytes while threads are busy, "
            "after a peak, idle, and after they were asked to give back. Ctrl-C keeps the blocks "
            "that are complete.\v"
            "Examples:\n"
            "  lookaside memory\n"
            "  lookaside memory --strategy percpu --depth 64,128,256,512 --threads 1\n"
            "  lookaside memory --strategy malloc --burst 4096 --peak 65536\n"
            "  lookaside memory --allocator jemalloc --out results/latest"};
    struct options options = {
        .request = {.suite = la_suite_at(0)},
        .plan = {.blocks = DEFAULT_BLOCKS,
                 .setting = {.longest = DEFAULT_BURST, .peak = DEFAULT_PEAK}},
        .window_ms = 60,
    };

    options.plan.seed = la_clock_system_ns() & INT64_MAX;
    if (cli_parse(&argp, argc, argv, &options))
        return CLI_BAD;
    cli_catch_interrupts();
    return plan_and_run(&options);
}
