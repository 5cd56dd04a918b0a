/* SPDX-License-Identifier: MIT */
/*
 * latency.c: `lookaside latency`: response times under arrivals that are planned beforehand, and
 * the highest rate that keeps a target. Everything that can be refused is refused before the first
 * measurement.
 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "again.h"
#include "cast.h"
#include "cli.h"
#include "clock.h"
#include "latency_print.h"
#include "openloop_files.h"
#include "request_options.h"
#include "result_dir.h"
#include "run_output.h"
#include "station.h"

enum {
    KEY_DEPTH = 'd',
    KEY_RATE = 'R',
    KEY_ARRIVALS = 'A',
    KEY_REMOTE = 'm',
    KEY_HOLD = 'h',
    KEY_SHAPE = 'H',
    KEY_WINDOW = 'w',
    KEY_REPETITIONS = 'r',
    KEY_PROCESSES = 'P',
    KEY_TARGET = 'T',
    KEY_WITHOUT_MACHINE = 'M',
    KEY_SEED = 'e',

    DEFAULT_SIZE = 256,
    DEFAULT_DEPTH = 256,
    DEFAULT_BLOCKS = 6,
    MOST_PROCESSES = 20, /* unless more are asked for */
    MIN_RATE = 1000,
    MAX_RATE = 1000 * 1000 * 1000,
    MAX_HOLD_NS = 1000 * 1000 * 1000,
    MAX_WINDOW_MS = 10 * 1000,
    WARMUP_NS = 10 * 1000 * 1000, /* at least; and three times the mean hold */
};

#define MAX_OPERATIONS 20e6 /* planned at once: 16 bytes each */

struct options {
    struct la_request request;
    struct la_openloop_plan plan; /* what is the same for every number of threads */
    double rates[LA_REQUEST_MAX];
    uint64_t hold_ns, window_ms;
    struct cli_output output;
    struct cli_again again;
};

/* --- options --- */

static error_t take_rates(struct options *options, const char *list)
{
    uint64_t rates[LA_REQUEST_MAX];
    const size_t nr =
        cli_rising_numbers("--rate", "rates", list, MIN_RATE, MAX_RATE, rates, LA_REQUEST_MAX);

    for (size_t i = 0; i < nr; i++)
        options->rates[i] = (double)rates[i];
    options->plan.nr_rates = nr;
    return nr ? 0 : EINVAL;
}

static size_t index_of(const char *name, const char *(*name_at)(size_t index))
{
    size_t index = 0;

    while (strcmp(name_at(index), name) != 0)
        index++;
    return index;
}

static error_t take_demand(int key, const char *argument, struct la_demand *demand)
{
    if (key == KEY_ARRIVALS) {
        if (!cli_known_name("arrival process", argument, la_arrivals_name))
            return EINVAL;
        demand->process = (enum la_arrival_process)index_of(argument, la_arrivals_name);
        return 0;
    }
    if (!cli_known_name("shape of holds", argument, la_hold_name))
        return EINVAL;
    demand->shape = (enum la_hold_shape)index_of(argument, la_hold_name);
    return 0;
}

static error_t take_number(int key, const char *argument, struct options *options)
{
    struct la_openloop_plan *plan = &options->plan;
    uint64_t value = 0;
    bool good = false;

    switch (key) {
    case KEY_DEPTH:
        good = cli_number("--depth", argument, 1, LOOKASIDE_DEPTH_LIMIT, &value);
        plan->depth = (uint32_t)value;
        break;
    case KEY_REPETITIONS:
        good = cli_number("--repetitions", argument, 1, LA_OPENLOOP_BLOCKS_MAX, &value);
        plan->blocks = (unsigned)value;
        break;
    case KEY_PROCESSES:
        good = cli_number("--processes", argument, 1, LA_OPENLOOP_BLOCKS_MAX, &value);
        plan->processes = (unsigned)value;
        break;
    case KEY_TARGET:
        good = cli_number("--target", argument, 1, 1000 * 1000 * 1000, &value);
        plan->target_ns = (double)value;
        break;
    case KEY_REMOTE:
        good = cli_number("--remote", argument, 0, 100, &value);
        plan->remote_share = (double)value / 100;
        break;
    case KEY_HOLD:
        good = cli_number("--hold", argument, 1, MAX_HOLD_NS, &options->hold_ns);
        break;
    case KEY_WINDOW:
        good = cli_number("--window", argument, 1, MAX_WINDOW_MS, &options->window_ms);
        break;
    default:
        good = cli_number("--seed", argument, 0, UINT64_MAX, &plan->seed);
        break;
    }
    return good ? 0 : EINVAL;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case KEY_RATE:
        return take_rates(options, argument);
    case KEY_ARRIVALS:
    case KEY_SHAPE:
        return take_demand(key, argument, &options->plan.demand);
    case KEY_DEPTH:
    case KEY_REPETITIONS:
    case KEY_PROCESSES:
    case KEY_TARGET:
    case KEY_REMOTE:
    case KEY_HOLD:
    case KEY_WINDOW:
    case KEY_SEED:
        return take_number(key, argument, options);
    case KEY_WITHOUT_MACHINE:
        options->plan.view = LA_VIEW_OWN;
        return 0;
    default:
        return cli_take_plan(key, argument, &options->output, &options->request);
    }
}

/* --- the run --- */

/* What is gathered over all numbers of threads. */
static struct {
    const struct cli_output *output;
    struct la_result_file tsv;
    json_t *json, *settings, *noise;
    size_t nr_blocks;
} kept;
static struct cli_progress progress;

static void discard_files(void)
{
    la_result_file_abandon(&kept.tsv);
    la_result_dir_discard_empty(kept.output->dir);
}

static void show_progress(double done_s, const char *cell)
{
    cli_progress_update(&progress, done_s, cell);
}

static void remark(const char *line)
{
    cli_progress_remark(&progress, line);
}

static void announce(const struct la_openloop_plan *plan)
{
    char seconds[48];

    printf(
        "%zu contenders at %zu rates on %u thread%s, %s arrivals, objects held for %.0f ns (%s), "
        "%.0f %% freed by another thread, "
        "%u blocks in %u processes; about %s%s\n",
        plan->nr_contenders, plan->nr_rates, plan->placement->nr_threads,
        plan->placement->nr_threads == 1 ? "" : "s", la_arrivals_name(plan->demand.process),
        plan->demand.hold_ns, la_hold_name(plan->demand.shape), 100 * plan->remote_share,
        plan->blocks, plan->processes,
        cli_seconds(la_openloop_estimate_s(plan), seconds, sizeof seconds),
        plan->target_ns > 0 ? ", and the search" : "");
    fflush(stdout);
}

static void keep(const struct la_openloop_plan *plan, const struct la_openloop_outcome *outcome)
{
    char threads[32];

    snprintf(threads, sizeof threads, "threads:%u", plan->placement->nr_threads);
    la_openloop_tsv_add(kept.tsv.stream, outcome);
    la_openloop_json_add(kept.json, plan, outcome);
    json_object_set_new(kept.settings, threads, la_openloop_settings_json(plan));
    json_object_set_new(kept.noise, threads, la_openloop_noise_json(plan, outcome));
    for (size_t i = 0; i < outcome->nr_cells; i++)
        kept.nr_blocks += outcome->cells[i].nr_blocks + outcome->cells[i].nr_rejected;
}

static int run_one(const struct options *options, const struct la_openloop_plan *plan, size_t which,
                   struct la_crew *crew)
{
    const struct la_openloop_hooks hooks = {.progress = show_progress,
                                            .interrupted = cli_interrupted,
                                            .lost = remark,
                                            .crew = crew,
                                            .plan = which};
    struct la_openloop_outcome outcome;
    const char *why;
    int status;

    if (!options->output.quiet)
        announce(plan);
    cli_progress_start(&progress, "latency", la_openloop_estimate_s(plan), options->output.quiet);
    status = la_openloop_run(plan, &hooks, &outcome, &why);
    if (status)
        cli_progress_abandon(&progress);
    cli_progress_end(&progress);
    if (status)
        return cli_bad("%s", why);
    keep(plan, &outcome);
    if (!options->output.quiet)
        cli_latency_print(plan, &outcome);
    la_openloop_outcome_fini(&outcome);
    return CLI_DONE;
}

static int publish(struct cli_output *output)
{
    int error;

    if (kept.nr_blocks == 0)
        return cli_output_nothing();
    error = la_result_file_commit(&kept.tsv);
    if (error)
        return cli_bad("cannot write %s/openloop.tsv: %s", output->dir, strerror(-error));
    if (cli_output_write_json(output, "latency.json", json_incref(kept.json)) ||
        cli_output_publish(output, "latency", json_incref(kept.settings), json_incref(kept.noise)))
        return CLI_BAD;
    if (!output->quiet)
        cli_output_tell(output, "latency.json, openloop.tsv, manifest.json");
    return CLI_DONE;
}

static int begin_files(const struct cli_output *output)
{
    const int error = la_result_file_open(&kept.tsv, output->dir, "openloop.tsv");

    if (error)
        return cli_bad("cannot write to %s: %s", output->dir, strerror(-error));
    kept.output = output;
    la_worker_on_exhausted = discard_files;
    la_clock_init();
    la_openloop_tsv_begin(kept.tsv.stream);
    kept.json = la_openloop_json_new();
    kept.settings = json_object();
    kept.noise = json_object();
    return CLI_DONE;
}

static void end_files(int status)
{
    json_decref(kept.json);
    json_decref(kept.settings);
    json_decref(kept.noise);
    if (status)
        la_result_file_abandon(&kept.tsv);
}

static int run_all(const struct options *options, const struct la_openloop_plan *plans, size_t nr)
{
    struct la_crew crew = {0};
    const char *why = "out of memory";
    int status = CLI_DONE;

    if (!la_crew_init(&crew, options->plan.processes, options->plan.seed) ||
        la_crew_start(&crew, cli_again_command, nr, &why))
        status = why ? cli_bad("%s", why) : CLI_BAD;
    for (size_t i = 0; i < nr && !status && !cli_interrupted(); i++)
        status = run_one(options, &plans[i], i, &crew);
    la_crew_stop(&crew, cli_interrupted());
    la_crew_fini(&crew);
    return status;
}

static int measure(struct options *options, const struct la_openloop_plan *plans, size_t nr)
{
    int status = cli_output_begin(&options->output);

    if (status)
        return status;
    status = begin_files(&options->output);
    if (status)
        return cli_output_end(&options->output, status);
    status = run_all(options, plans, nr);
    if (!status)
        status = publish(&options->output);
    end_files(status);
    return cli_output_end(&options->output, status);
}

/* --- planning --- */

/* What nobody could measure, said before anything is. */
static int check(const struct options *options)
{
    const struct la_openloop_plan *plan = &options->plan;
    const double window_s = (double)(plan->window_ns + plan->warmup_ns) / 1e9;

    if (options->request.nr_sizes > 1)
        return cli_bad("--size: latency takes one size");
    if (plan->rates[plan->nr_rates - 1] * window_s > MAX_OPERATIONS)
        return cli_bad("--rate %.0f for %.3g s is more than %.0f operations in a window",
                       plan->rates[plan->nr_rates - 1], window_s, MAX_OPERATIONS);
    for (size_t i = 0; i < options->request.nr_threads && plan->remote_share > 0; i++) {
        if (options->request.threads[i] == 1)
            return cli_bad("--remote: with one thread there is no other one to free");
    }
    if (plan->remote_share > 0 && (options->request.tl_array || options->request.tl_array_called))
        return cli_bad(
            "--remote: an array per thread is about objects that stay with their thread");
    if (plan->view == LA_VIEW_OWN && plan->target_ns <= 0)
        return cli_bad("--without-machine is about --target, which is not given");
    return CLI_DONE;
}

static void fill_defaults(struct options *options)
{
    static const double usual[] = {0.5e6, 1e6, 2e6, 4e6, 8e6};
    struct la_request *request = &options->request;
    struct la_openloop_plan *plan = &options->plan;

    plan->rates = plan->nr_rates ? options->rates : usual;
    plan->nr_rates = plan->nr_rates ? plan->nr_rates : sizeof usual / sizeof *usual;
    plan->size = request->nr_sizes ? request->sizes[0] : DEFAULT_SIZE;
    plan->demand.hold_ns = (double)options->hold_ns;
    plan->window_ns = options->window_ms * 1000 * 1000;
    if (!plan->processes)
        plan->processes = MOST_PROCESSES;
    if (plan->processes > plan->blocks)
        plan->processes = plan->blocks;
    plan->warmup_ns = 3 * options->hold_ns > WARMUP_NS ? 3 * options->hold_ns : WARMUP_NS;
}

static int plan_and_run(struct options *options)
{
    static struct la_placement placements[LA_REQUEST_MAX];
    static struct la_openloop_plan plans[LA_REQUEST_MAX];
    struct la_contender *contenders;
    const char *why;
    int status;

    fill_defaults(options);
    if (cli_plan_placements(&options->request, placements) || check(options))
        return CLI_BAD;
    contenders = la_cast_make(&options->request, &options->plan.nr_contenders, &why);
    if (!contenders)
        return cli_bad("%s", why);
    options->plan.contenders = contenders;
    for (size_t i = 0; i < options->request.nr_threads; i++) {
        plans[i] = options->plan;
        plans[i].placement = &placements[i];
        if (options->again.measures)
            la_schedule_cpus(la_schedule_process(options->again.seed, options->again.process).seed,
                             placements[i].cpu, placements[i].nr_threads);
    }
    if (options->again.measures)
        status = la_openloop_serve(plans, options->request.nr_threads) ? CLI_DONE : CLI_NOTHING;
    else
        status = measure(options, plans, options->request.nr_threads);
    free(contenders);
    return status;
}

int cmd_latency(int argc, char **argv)
{
    static const struct argp_option argp_options[] = {
        CLI_PLAN_OPTIONS,
        {"threads", KEY_THREADS, "1,2", 0, "numbers of threads (default: one on each CPU)", 0},
        {"depth", KEY_DEPTH, "N", 0, "limit of the lists, entries (default: 256)", 0},
        {"rate", KEY_RATE, "A,B", 0,
         "operations a second, all threads together (default: 0.5 to 8 million)", 0},
        {"arrivals", KEY_ARRIVALS, "P", 0, "poisson (default) or periodic", 0},
        {"hold", KEY_HOLD, "NS", 0, "mean time for which an object is held (default: 100000)", 0},
        {"remote", KEY_REMOTE, "PERCENT", 0,
         "of the objects are freed by another thread, the next one (default: 0)", 0},
        {"hold-shape", KEY_SHAPE, "S", 0, "fixed, exponential (default) or pareto", 0},
        {"window", KEY_WINDOW, "MS", 0,
         "length of a window (default: 50; longer where the rate is too low for p99.9)", 0},
        {"repetitions", KEY_REPETITIONS, "N", 0, "blocks (default: 6)", 0},
        {"processes", KEY_PROCESSES, "N", 0,
         "processes that share the blocks, each an independent sample (default: one for each, up "
         "to 20)",
         0},
        {"target", KEY_TARGET, "NS", 0,
         "also search the highest rate that keeps the response's p99.9 within NS", 0},
        {"without-machine", KEY_WITHOUT_MACHINE, NULL, 0,
         "in that search, set responses aside that the machine caused", 0},
        {"seed", KEY_SEED, "N", 0, "of arrivals, holds and order", 0},
        {0}};
    static const struct argp argp = {
        .options = argp_options,
        .parser = parse_option,
        .doc =
            "Measures allocations and frees that are due at times planned beforehand, whether or "
            "not the one before is done: response time from when an operation was due, service "
            "time "
            "from its start, and what the slow ones were slow for. Ctrl-C keeps the blocks that "
            "are "
            "complete.\v"
            "The search tries rates between the lowest and the highest of --rate.\n\n"
            "Examples:\n"
            "  lookaside latency\n"
            "  lookaside latency --strategy percpu,magazine --threads 1,2 --rate 1000000,4000000\n"
            "  lookaside latency --arrivals periodic --hold-shape pareto --hold 1000000\n"
            "  lookaside latency --target 10000 --without-machine --rate 100000,10000000"};
    struct options options = {
        .request = {.suite = la_suite_at(0)},
        .plan = {.depth = DEFAULT_DEPTH,
                 .blocks = DEFAULT_BLOCKS,
                 .demand = {.process = LA_ARRIVALS_POISSON, .shape = LA_HOLD_EXPONENTIAL}},
        .hold_ns = 100 * 1000,
        .window_ms = 50,
    };

    if (cli_again_begin(&argc, argv, &options.again))
        return CLI_BAD;
    options.plan.seed =
        options.again.measures ? options.again.seed : la_clock_system_ns() & INT64_MAX;
    if (cli_parse(&argp, argc, argv, &options))
        return CLI_BAD;
    cli_again_seed(options.plan.seed);
    if (!options.again.measures)
        cli_catch_interrupts();
    return plan_and_run(&options);
}
