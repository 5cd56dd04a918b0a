/* SPDX-License-Identifier: MIT */
/*
 * bench.c: `lookaside bench`: measures contenders against each other and writes what `report` and
 * `choose` read. Everything that can be refused is refused before the first measurement.
 */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "again.h"
#include "bench_budget.h"
#include "cli.h"
#include "effort_print.h"
#include "goals_print.h"
#include "plan.h"
#include "publish.h"
#include "request_options.h"
#include "run_output.h"
#include "runner.h"
#include "sampler.h"
#include "shim.h"
#include "strategy.h"
#include "table.h"
#include "trust_facts.h"

enum {
    KEY_SUITE = 'u',
    KEY_DEPTH = 'd',
    KEY_REPETITIONS = 'r',
    KEY_PROCESSES = 'P',
    KEY_BUDGET = 'b',
    KEY_SEED = 'e',
    KEY_OVERSUBSCRIBE = 'O',
    MAX_BENCHMARK_ARGUMENTS = 64,
    BUDGET_MAX_S = 7 * 24 * 3600,
};

struct options {
    struct la_request request;
    struct cli_output output;
    bool list_cells;
    struct cli_again again;
};

/* --- names and numbers --- */

static const char *suite_name(size_t index)
{
    return la_suite_at(index) ? la_suite_at(index)->name : NULL;
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Those that adapt: the first one is the fixed one. */
static const char *adaptive_name(size_t index)
{
    const struct lookaside_policy *policy = lookaside_policy_at(index + 1);

    return policy ? policy->name : NULL;
}

static error_t take_policy(struct la_request *request, const char *name)
{
    request->policy = lookaside_policy_find(name);
    return cli_known_name("adaptive policy", name, adaptive_name) ? 0 : EINVAL;
}

static error_t take_depth(struct la_request *request, const char *text)
{
    uint64_t depth;

    if (strcmp(text, "adaptive") == 0) {
        request->policy = lookaside_adaptive_policy();
        return 0;
    }
    if (starts_with(text, "adaptive:"))
        return take_policy(request, text + strlen("adaptive:"));
    if (!cli_number("--depth", text, 1, LOOKASIDE_DEPTH_LIMIT, &depth))
        return EINVAL;
    request->depth = (uint32_t)depth;
    return 0;
}

static error_t take_number(int key, const char *text, struct la_request *request)
{
    uint64_t value = 0;
    bool good;

    switch (key) {
    case KEY_REPETITIONS:
        good = cli_number("--repetitions", text, 1, LA_BLOCKS_MAX, &value);
        request->blocks = (unsigned)value;
        break;
    case KEY_PROCESSES:
        good = cli_number("--processes", text, 1, LA_PROCESSES_MAX, &value);
        request->processes = (unsigned)value;
        break;
    case KEY_BUDGET:
        good = cli_number("--budget", text, 1, BUDGET_MAX_S, &value);
        request->budget_s = (double)value;
        break;
    default:
        good = cli_number("--seed", text, 0, UINT64_MAX, &request->seed);
        break;
    }
    return good ? 0 : EINVAL;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    struct la_request *request = &options->request;

    switch (key) {
    case KEY_SUITE:
        request->suite = la_suite_find(argument);
        return cli_known_name("suite", argument, suite_name) ? 0 : EINVAL;
    case KEY_DEPTH:
        return take_depth(request, argument);
    case KEY_REPETITIONS:
    case KEY_PROCESSES:
    case KEY_BUDGET:
    case KEY_SEED:
        return take_number(key, argument, request);
    case KEY_OUT:
    case KEY_QUIET:
        return cli_take_output(key, argument, &options->output);
    case KEY_OVERSUBSCRIBE:
        request->oversubscribe = true;
        return 0;
    default:
        return cli_take_request(key, argument, request);
    }
}

/* --- Google Benchmark's options --- */

/* Those that would contradict ours, with what to say instead. */
static const char *instead_of(const char *option)
{
    static const struct {
        const char *option, *instead;
    } refused[] = {
        {"--benchmark_repetitions", "--repetitions N"},
        {"--benchmark_out", "--out DIR, which holds bench.json"},
        {"--benchmark_format", "--out DIR, which holds bench.json"},
        {"--benchmark_enable_random_interleaving", "nothing: contenders are always interleaved"},
    };

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (starts_with(option, refused[i].option))
            return refused[i].instead;
    }
    return NULL;
}

/* Takes --benchmark_... out of the command line and hands them over. 0 or CLI_BAD. */
static int pass_through(int *argc, char **argv, struct options *options)
{
    char *theirs[MAX_BENCHMARK_ARGUMENTS + 2] = {argv[0]};
    const char *unknown;
    int nr_theirs = 1, nr_ours = 1;

    for (int i = 1; i < *argc; i++) {
        if (!starts_with(argv[i], "--benchmark_")) {
            argv[nr_ours++] = argv[i];
            continue;
        }
        if (instead_of(argv[i]))
            return cli_bad("%s does not apply here; use %s", argv[i], instead_of(argv[i]));
        if (nr_theirs > MAX_BENCHMARK_ARGUMENTS)
            return cli_bad("more than %d --benchmark_ options", MAX_BENCHMARK_ARGUMENTS);
        if (starts_with(argv[i], "--benchmark_list_tests"))
            options->list_cells = strcmp(argv[i], "--benchmark_list_tests=false") != 0;
        else
            theirs[nr_theirs++] = argv[i];
    }
    argv[nr_ours] = NULL;
    *argc = nr_ours;
    if (!shim_init(&nr_theirs, theirs, &unknown))
        return cli_bad("Google Benchmark does not know or cannot read '%s'", unknown);
    return 0;
}

static bool bad_filter;

static bool selected(const char *name)
{
    bool bad, hit = shim_selected(name, &bad);

    bad_filter = bad_filter || bad;
    return hit;
}

/* --- the run --- */

static struct cli_progress progress;

static void show_progress(double done, const char *cell)
{
    cli_progress_update(&progress, done * progress.total, cell);
}

static void remark(const char *line)
{
    cli_progress_remark(&progress, line);
}

static void announce(const struct la_plan *plan)
{
    uint64_t longest_ns = plan->window_ns;
    char seconds[48];

    for (size_t i = 0; i < plan->nr_groups; i++) {
        const uint64_t own_ns = plan->groups[i].setting.window_ns;

        longest_ns = own_ns > longest_ns ? own_ns : longest_ns;
    }
    printf("suite %s: %zu cells in %zu groups, %u blocks in %u processes, windows of %.0f ",
           plan->suite->name, plan->nr_cells, plan->nr_groups, plan->blocks, plan->processes,
           (double)plan->window_ns / 1e6);
    if (longest_ns > plan->window_ns)
        printf("to %.0f ", (double)longest_ns / 1e6);
    if (plan->budget_s > 0)
        printf("ms at least; %u slices to screen; %.0f s in all\n", plan->screening_blocks,
               plan->budget_s);
    else
        printf("ms; about %s\n", cli_seconds(plan->estimate_s, seconds, sizeof seconds));
    if (*plan->left_out)
        printf("left out here: %s\n", plan->left_out);
    fflush(stdout);
}

static void conclude(const struct cli_output *output, const struct la_plan *plan,
                     const struct la_outcome *outcome, const struct la_trust *trust)
{
    char dir[CLI_SHOWN];

    la_table_print(stdout, plan, outcome);
    cli_budget_print(stdout, plan, outcome);
    la_trust_print(stdout, trust);
    if (strcmp(plan->suite->name, "goals") == 0) {
        putchar('\n');
        cli_goals_print(output->dir, false);
    }
    cli_effort_print(output->dir);
    if (strcmp(plan->suite->name, "regime") == 0)
        printf("the map of these cells: lookaside choose %s\n", cli_shown(output->dir, dir));
    cli_output_tell(output, "bench.json, latency.tsv, manifest.json");
}

/* What the machine says of its frequency, all of it where CPUs differ; or NULL. */
static const char *governor_of(const json_t *manifest)
{
    static char text[256];
    const json_t *machine = json_object_get(manifest, "machine");
    const json_t *governor = json_object_get(json_object_get(machine, "frequency"), "governor");
    const size_t length =
        governor ? json_dumpb(governor, text, sizeof text - 1, JSON_ENCODE_ANY) : 0;

    text[length < sizeof text ? length : 0] = '\0';
    return *text && !strstr(text, "unknown") && !strstr(text, "unavailable") ? text : NULL;
}

static const char *aslr_of(const json_t *manifest)
{
    return json_string_value(json_object_get(json_object_get(manifest, "machine"), "aslr"));
}

static int publish(struct cli_output *output, const struct la_plan *plan,
                   const struct la_outcome *outcome)
{
    const struct la_trust_facts facts =
        la_trust_facts_of(plan, outcome, governor_of(output->manifest), aslr_of(output->manifest));
    const char *file;
    struct la_trust trust;
    const int error = la_publish(output->dir, plan, outcome, &file);

    if (error)
        return cli_bad("cannot write %s/%s: %s", output->dir, file, strerror(-error));
    la_trust_judge(&facts, &trust);
    if (cli_output_publish(output, "bench", la_publish_settings(plan, outcome),
                           la_publish_noise(plan, outcome, &trust)))
        return CLI_BAD;
    if (!output->quiet)
        conclude(output, plan, outcome, &trust);
    return CLI_DONE;
}

static int run_plan(struct la_plan *plan, bool quiet, struct la_outcome *outcome)
{
    static const struct la_runner_hooks hooks = {.progress = show_progress,
                                                 .interrupted = cli_interrupted,
                                                 .lost = remark,
                                                 .judge = cli_budget_judge,
                                                 .command = cli_again_command};
    const char *why;
    int status;

    if (!quiet)
        announce(plan);
    cli_progress_start(&progress, "bench", plan->estimate_s, quiet);
    status = la_runner_run(plan, &hooks, outcome, &why);
    if (status)
        cli_progress_abandon(&progress);
    cli_progress_end(&progress);
    if (status)
        return why ? cli_bad("%s", why) : CLI_BAD;
    if (outcome->nr_rows > 0)
        return CLI_DONE;
    if (la_outcome_lost_processes(outcome) == plan->processes)
        return CLI_BAD; /* each has been told of */
    fprintf(stderr, "lookaside: %s before a block was complete; nothing is kept\n",
            outcome->out_of_time ? "out of time" : "interrupted");
    return CLI_NOTHING;
}

static int measure(struct options *options, struct la_plan *plan)
{
    struct cli_output *output = &options->output;
    struct la_outcome outcome = {0};
    int status = cli_output_begin(output);

    if (status)
        return status;
    status = run_plan(plan, output->quiet, &outcome);
    if (!status)
        status = publish(output, plan, &outcome);
    la_outcome_free(&outcome);
    return cli_output_end(output, status);
}

static int list_cells(const struct la_plan *plan)
{
    for (size_t i = 0; i < plan->nr_cells; i++)
        puts(plan->cells[i].name);
    return CLI_DONE;
}

static int serve(const struct options *options, struct la_plan *plan)
{
    return la_sampler_serve(plan, options->request.seed, options->again.process) ? CLI_DONE
                                                                                 : CLI_NOTHING;
}

static int plan_and_run(struct options *options)
{
    const char *why;
    struct la_topology *topology = la_topology_load(NULL, NULL, &why);
    struct la_plan *plan;
    int status;

    if (!topology)
        return cli_bad("%s", why);
    plan = la_plan_make(&options->request, topology, &why);
    la_topology_free(topology);
    if (bad_filter)
        status = cli_bad("--benchmark_filter is no regular expression");
    else if (!plan)
        status = cli_bad("%s", why);
    else if (options->again.measures)
        status = serve(options, plan);
    else
        status = options->list_cells ? list_cells(plan) : measure(options, plan);
    if (plan)
        la_plan_free(plan);
    return status;
}

int cmd_bench(int argc, char **argv)
{
    static const struct argp_option known[] = {
        {"suite", KEY_SUITE, "NAME", 0, "quick (default), standard, full, regime or goals", 0},
        {"strategy", KEY_STRATEGY, "A,B", 0,
         "these strategies or peers; malloc is every allocator without a list, NAME-bound a "
         "strategy compiled into the loop, tl-array an inlined array per thread, "
         "tl-array-called the same array behind one call",
         0},
        {"allocator", KEY_ALLOCATOR, "A,B", 0, "these allocators, plain and behind the lists", 0},
        {"workload", KEY_WORKLOAD, "A,B", 0, "these workloads", 0},
        {"threads", KEY_THREADS, "N,M", 0, "these numbers of threads", 0},
        {"size", KEY_SIZE, "N,M", 0, "these object sizes, bytes", 0},
        {"depth", KEY_DEPTH, "N|adaptive[:P]", 0,
         "entries that a list may hold (default: 256), or a policy that adapts them: working-set "
         "(default), miss-target, balance",
         0},
        {"placement", KEY_PLACEMENT, "P", 0, "which CPUs (default: compact)", 0},
        {"repetitions", KEY_REPETITIONS, "N", 0, "blocks; fewer than 6 give no intervals", 0},
        {"processes", KEY_PROCESSES, "N", 0,
         "processes that share the blocks, each an independent sample (default: the suite's)", 0},
        {"budget", KEY_BUDGET, "SECONDS", 0,
         "screen with short slices, give every group 6 blocks (or as --repetitions says), and "
         "spend "
         "the rest where cells are open",
         0},
        {"seed", KEY_SEED, "N", 0, "of orders and decisions (default: from the clock)", 0},
        {"out", KEY_OUT, "DIR", 0, "results go here (default: a new one under results/)", 0},
        {"oversubscribe", KEY_OVERSUBSCRIBE, NULL, 0, "allow more threads than CPUs", 0},
        {"quiet", KEY_QUIET, NULL, 0, "print nothing but errors", 0},
        {0}};
    static const struct argp argp = {
        .options = known,
        .parser = parse_option,
        .doc =
            "Measures lookaside lists against plain allocators, block by block in random order, "
            "with the harness's own cost (floor) and an A/A pair in every group.\v"
            "Options that begin with --benchmark_ go to Google Benchmark: --benchmark_filter=REGEX "
            "picks cells by name, --benchmark_list_tests prints the names. floor, malloc+glibc and "
            "its twin stay in every group. Ctrl-C keeps the blocks that are complete.\n\n"
            "Examples:\n"
            "  lookaside bench\n"
            "  lookaside bench --strategy percpu,magazine --workload pair,handoff --threads 2\n"
            "  lookaside bench --strategy slist,bare_stack,ck_stack --workload pair --threads 1\n"
            "  lookaside bench --suite standard --size 64 --out /tmp/mine\n"
            "  lookaside bench --workload pair,handoff --budget 120\n"
            "  lookaside bench --workload pair --placement oversubscribed --threads 8\n"
            "  lookaside bench --benchmark_filter='^pair/(percpu|malloc)'"};
    struct options options = {.request = {.suite = la_suite_at(0), .selected = selected}};

    if (cli_again_begin(&argc, argv, &options.again))
        return CLI_BAD;
    options.request.seed = options.again.measures ? options.again.seed : la_clock_system_ns();
    if (pass_through(&argc, argv, &options) || cli_parse(&argp, argc, argv, &options))
        return CLI_BAD;
    cli_again_seed(options.request.seed);
    if (!options.again.measures)
        cli_catch_interrupts();
    return plan_and_run(&options);
}
