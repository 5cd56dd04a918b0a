/* SPDX-License-Identifier: MIT */
/*
 * adapt.c: `lookaside adapt`: how the depth, the hit ratio and the memory kept follow a demand that
 * moves. Writes every tick of every run to adapt.tsv and prints one line per run.
 */
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "drive.h"
#include "record.h"
#include "result_dir.h"
#include "run_manifest.h"
#include "strategy.h"
#include "summary.h"

enum { MAX_NAMES = 64, DEFAULT_TICKS = 240 };

struct settings {
    const char *strategies[MAX_NAMES], *policies[MAX_NAMES], *profiles[MAX_NAMES];
    size_t nr_strategies, nr_policies, nr_profiles;
    const char *out;
    uint64_t nr_ticks;
    bool quiet;
};

struct output {
    char dir[4096];
    struct la_result_file file;
    struct la_adapt_row *rows;
    size_t nr_done;
};

static const char *strategy_name(size_t index)
{
    const struct lookaside_strategy *strategy = lookaside_strategy_at(index);

    return strategy ? strategy->name : NULL;
}

static const char *policy_name(size_t index)
{
    const struct lookaside_policy *policy = lookaside_policy_at(index);

    return policy ? policy->name : NULL;
}

static const char *profile_name(size_t index)
{
    const struct la_profile *profile = la_profile_at(index);

    return profile ? profile->name : NULL;
}

static size_t all_names(const char *(*name_at)(size_t index), const char **names)
{
    size_t nr = 0;

    while (nr < MAX_NAMES && (names[nr] = name_at(nr)))
        nr++;
    return nr;
}

/* Takes "a,b" into names, each of them known; argp's error after one line on stderr. */
static error_t take_names(const char *what, const char *list, const char *(*name_at)(size_t index),
                          const char **names, size_t *nr_names)
{
    const char *known[MAX_NAMES];
    const size_t nr_known = all_names(name_at, known);

    *nr_names = cli_split(list, names, MAX_NAMES);
    for (size_t i = 0; i < *nr_names; i++) {
        size_t at = 0;

        while (at < nr_known && strcmp(names[i], known[at]) != 0)
            at++;
        if (at == nr_known)
            return cli_unknown(what, names[i], known, nr_known);
    }
    return *nr_names > 0 ? 0 : EINVAL;
}

enum {
    KEY_STRATEGY = 's',
    KEY_POLICY = 'p',
    KEY_PROFILE = 'f',
    KEY_OUT = 'o',
    KEY_TICKS = 't',
    KEY_QUIET = 'q'
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct settings *settings = state->input;

    switch (key) {
    case KEY_STRATEGY:
        return take_names("strategy", argument, strategy_name, settings->strategies,
                          &settings->nr_strategies);
    case KEY_POLICY:
        return take_names("policy", argument, policy_name, settings->policies,
                          &settings->nr_policies);
    case KEY_PROFILE:
        return take_names("profile", argument, profile_name, settings->profiles,
                          &settings->nr_profiles);
    case KEY_OUT:
        settings->out = argument;
        return 0;
    case KEY_TICKS:
        return cli_number("--ticks", argument, LA_PROFILE_MIN_TICKS, LA_PROFILE_MAX_TICKS,
                          &settings->nr_ticks)
                   ? 0
                   : EINVAL;
    case KEY_QUIET:
        settings->quiet = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Sharded strategies answer for the CPU that asks: with one CPU the counts repeat exactly. */
static bool bind_to_one_cpu(void)
{
    const int cpu = sched_getcpu();
    cpu_set_t one;

    if (cpu < 0)
        return false;
    CPU_ZERO(&one);
    CPU_SET((size_t)cpu, &one);
    return sched_setaffinity(0, sizeof one, &one) == 0;
}

static void print_hit(double ratio)
{
    if (isnan(ratio))
        printf(" %9s", "-");
    else
        printf(" %7.1f %%", 100 * ratio);
}

static void print_summary_header(uint32_t nr_ticks)
{
    printf("%u ticks of one virtual second, %d bursts a tick, entries of %d bytes\n\n", nr_ticks,
           LA_ADAPT_BURSTS, LA_ADAPT_SIZE_BYTES);
    printf("%-10s %-10s %-8s %8s %6s %6s %9s %9s %10s %10s\n", "strategy", "profile", "policy",
           "settles", "final", "over-", "hits", "hits", "kept,", "kept,");
    printf("%-10s %-10s %-8s %8s %6s %6s %9s %9s %10s %10s\n", "", "", "", "(ticks)", "depth",
           "shoot", "at first", "steady", "mean", "at the end");
}

static void print_summary(const struct la_adapt_case *what, const struct la_adapt_row *rows)
{
    const struct la_adapt_summary summary = la_adapt_summarise(what, rows);

    printf("%-10s %-10s %-8s", what->strategy->name, what->profile->name, what->policy->name);
    if (summary.settles)
        printf(" %8u", summary.settle_ticks);
    else
        printf(" %8s", summary.stays ? "never" : "-");
    if (summary.stays)
        printf(" %6.0f %6.0f", summary.final_depth, summary.overshoot);
    else
        printf(" %6s %6s", "-", "-");
    print_hit(summary.transient_hit);
    print_hit(summary.steady_hit);
    printf(" %6.1f KiB %6.1f KiB\n", summary.mean_bytes / 1024, (double)summary.end_bytes / 1024);
}

static void print_legend(void)
{
    printf("\nsettles: from the top of the demand until the depth stays within 10 %% of its final "
           "value\nat first: the first %d ticks after the demand rose; steady: the last quarter of "
           "the\ntime at its top (of the run, for a demand that never stays)\n",
           LA_ADAPT_TRANSIENT_TICKS);
}

static int run_case(const struct settings *settings, struct output *output,
                    const struct la_adapt_case *what)
{
    const int status = la_adapt_drive(what, output->rows);

    if (status)
        return cli_bad("cannot run %s: %s", what->strategy->name, strerror(-status));
    la_adapt_write_rows(output->file.stream, what, output->rows);
    if (!settings->quiet)
        print_summary(what, output->rows);
    output->nr_done++;
    return CLI_DONE;
}

static int run_strategy(const struct settings *settings, struct output *output,
                        const struct lookaside_strategy *strategy)
{
    int status = CLI_DONE;

    for (size_t f = 0; f < settings->nr_profiles; f++) {
        for (size_t p = 0; p < settings->nr_policies && !status && !cli_interrupted(); p++) {
            const struct la_adapt_case what = {
                .strategy = strategy,
                .policy = lookaside_policy_find(settings->policies[p]),
                .profile = la_profile_find(settings->profiles[f]),
                .nr_ticks = (uint32_t)settings->nr_ticks,
            };

            status = run_case(settings, output, &what);
        }
    }
    return status;
}

/* Whether it can run here; says why not. */
static bool available(const struct lookaside_strategy *strategy)
{
    const char *why = NULL;

    if (!strategy->supported || strategy->supported(&why))
        return true;
    fprintf(stderr, "lookaside: %s left out: %s\n", strategy->name, why ? why : "unavailable");
    return false;
}

static int run_all(const struct settings *settings, struct output *output)
{
    int status = CLI_DONE;

    la_adapt_write_header(output->file.stream);
    if (!settings->quiet)
        print_summary_header((uint32_t)settings->nr_ticks);
    for (size_t s = 0; s < settings->nr_strategies && !status; s++) {
        const struct lookaside_strategy *strategy =
            lookaside_strategy_find(settings->strategies[s]);

        if (available(strategy))
            status = run_strategy(settings, output, strategy);
    }
    return !status && output->nr_done == 0 ? CLI_NOTHING : status;
}

static json_t *name_array(const char *const *names, size_t nr)
{
    json_t *array = json_array();

    for (size_t i = 0; i < nr; i++)
        json_array_append_new(array, json_string(names[i]));
    return array;
}

static json_t *settings_json(const struct settings *settings)
{
    return json_pack("{s:o, s:o, s:o, s:I, s:i, s:i}", "strategies",
                     name_array(settings->strategies, settings->nr_strategies), "policies",
                     name_array(settings->policies, settings->nr_policies), "profiles",
                     name_array(settings->profiles, settings->nr_profiles), "ticks",
                     (json_int_t)settings->nr_ticks, "bursts_per_tick", LA_ADAPT_BURSTS,
                     "size_bytes", LA_ADAPT_SIZE_BYTES);
}

/* Keeps the file if there is something in it, else leaves no trace. */
static int finish(const struct settings *settings, struct output *output, int status)
{
    if (status) {
        la_result_file_abandon(&output->file);
        la_result_dir_discard_empty(output->dir);
        return status;
    }
    status = la_result_file_commit(&output->file);
    if (status) {
        la_result_dir_discard_empty(output->dir);
        return cli_bad("cannot write %s/adapt.tsv: %s", output->dir, strerror(-status));
    }
    if (!settings->out)
        la_result_dir_set_latest(output->dir);
    if (!settings->quiet) {
        print_legend();
        printf("\n%s%zu runs in %s/adapt.tsv\n", cli_interrupted() ? "interrupted: the first " : "",
               output->nr_done, output->dir);
    }
    return CLI_DONE;
}

static int measure(const struct settings *settings, json_t *manifest)
{
    struct output output = {.nr_done = 0};
    int status = la_result_dir_create(settings->out, output.dir, sizeof output.dir);

    if (status)
        return cli_bad("cannot write to %s: %s", settings->out ? settings->out : "results",
                       strerror(-status));
    status = la_result_file_open(&output.file, output.dir, "adapt.tsv");
    if (status) {
        la_result_dir_discard_empty(output.dir);
        return cli_bad("cannot write to %s: %s", output.dir, strerror(-status));
    }
    output.rows = calloc(settings->nr_ticks, sizeof *output.rows);
    status = output.rows ? run_all(settings, &output) : cli_bad("out of memory");
    status = finish(settings, &output, status);
    free(output.rows);
    if (status)
        return status;
    /* Counts repeat exactly: there is no noise to tell of. */
    return cli_manifest_end(json_incref(manifest), output.dir, "adapt", settings_json(settings),
                            json_object());
}

static void fill_defaults(struct settings *settings)
{
    if (settings->nr_strategies == 0)
        settings->nr_strategies = all_names(strategy_name, settings->strategies);
    if (settings->nr_policies == 0)
        settings->nr_policies = all_names(policy_name, settings->policies);
    if (settings->nr_profiles == 0)
        settings->nr_profiles = cli_split("step,idle-burst", settings->profiles, MAX_NAMES);
}

int cmd_adapt(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"strategy", KEY_STRATEGY, "A,B", 0, "these strategies (default: all)", 0},
        {"policy", KEY_POLICY, "A,B", 0, "these depth policies (default: all)", 0},
        {"profile", KEY_PROFILE, "A,B", 0,
         "how demand moves: step, ramp, sine, idle-burst (default: step,idle-burst)", 0},
        {"ticks", KEY_TICKS, "N", 0, "length of a run; a tick is a virtual second (default: 240)",
         0},
        {"out", KEY_OUT, "DIR", 0,
         "write adapt.tsv into DIR (default: a new directory under results/)", 0},
        {"quiet", KEY_QUIET, NULL, 0, "print nothing but errors", 0},
        {0}};
    static const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .doc = "Drives a demand that moves over time against every strategy under every depth "
               "policy, with ticks made by hand, and records depth, hit ratio and memory kept. "
               "Counts, not times: the same run gives the same numbers.\v"
               "Examples:\n"
               "  lookaside adapt\n"
               "  lookaside adapt --strategy percpu --profile sine --ticks 480\n"
               "  lookaside adapt --policy balance --out results/latest"};
    struct settings settings = {.nr_ticks = DEFAULT_TICKS};
    json_t *manifest;
    int status;

    if (cli_parse(&argp, argc, argv, &settings))
        return CLI_BAD;
    fill_defaults(&settings);
    cli_catch_interrupts();
    manifest = cli_manifest_begin(); /* the affinity as it was given, not as bound below */
    if (!bind_to_one_cpu())
        fprintf(stderr, "lookaside: not bound to one CPU: a migration may show in the counts\n");
    status = measure(&settings, manifest);
    json_decref(manifest);
    return status;
}
