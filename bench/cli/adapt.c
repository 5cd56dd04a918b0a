/* SPDX-License-Identifier: MIT */
/*
 * adapt.c: `lookaside adapt`: how the depth, the hit ratio and the memory kept follow a demand that
 * moves. Writes every tick to adapt.tsv and every run to adaptation.tsv, and prints one line for
 * each strategy, profile and policy.
 */
#include <argp.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapt_runs.h"
#include "adaptation.h"
#include "cli.h"
#include "memory.h"
#include "request_options.h"
#include "result_dir.h"
#include "run_output.h"
#include "strategy.h"

enum { DEFAULT_REPETITIONS = 9, MAX_REPETITIONS = 1000 };

struct settings {
    struct adapt_plan plan;
    struct cli_output output;
};

struct files {
    struct la_result_file ticks, runs;
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

static error_t take_strategies(struct adapt_plan *plan, const char *list)
{
    const char *names[ADAPT_MAX_NAMES];

    plan->nr_strategies = cli_split(list, names, ADAPT_MAX_NAMES);
    for (size_t i = 0; i < plan->nr_strategies; i++) {
        if (!cli_known_name("strategy", names[i], strategy_name))
            return EINVAL;
        plan->strategies[i] = lookaside_strategy_find(names[i]);
    }
    return plan->nr_strategies ? 0 : EINVAL;
}

static error_t take_policies(struct adapt_plan *plan, const char *list)
{
    const char *names[ADAPT_MAX_NAMES];

    plan->nr_policies = cli_split(list, names, ADAPT_MAX_NAMES);
    for (size_t i = 0; i < plan->nr_policies; i++) {
        if (!cli_known_name("policy", names[i], policy_name))
            return EINVAL;
        plan->policies[i] = lookaside_policy_find(names[i]);
    }
    return plan->nr_policies ? 0 : EINVAL;
}

/* A recorded one; its file's name may not be that of another profile, as results know only names.
 */
static error_t take_file(struct adapt_plan *plan, const char *path)
{
    struct la_envelope *envelope = &plan->envelopes[plan->nr_envelopes];
    struct la_why why;

    if (la_envelope_load(envelope, path, &why))
        return cli_bad("--profile: %s", why.line);
    plan->nr_envelopes++;
    if (la_profile_find(envelope->name))
        return cli_bad("--profile: %s has the name of the profile %s", path, envelope->name);
    plan->profiles[plan->nr_profiles++] = la_profile_recorded(envelope);
    return 0;
}

static error_t take_profile(struct adapt_plan *plan, const char *name)
{
    if (strpbrk(name, "/.")) {
        if (take_file(plan, name))
            return EINVAL;
    } else {
        if (!cli_known_name("profile", name, profile_name))
            return EINVAL;
        plan->profiles[plan->nr_profiles++] = *la_profile_find(name);
    }
    name = plan->profiles[plan->nr_profiles - 1].name;
    for (size_t i = 0; i + 1 < plan->nr_profiles; i++) {
        if (strcmp(plan->profiles[i].name, name) == 0)
            return cli_bad("--profile: %s stands twice", name);
    }
    return 0;
}

static error_t take_profiles(struct adapt_plan *plan, const char *list)
{
    const char *names[ADAPT_MAX_NAMES];
    const size_t nr = cli_split(list, names, ADAPT_MAX_NAMES);

    plan->nr_profiles = 0;
    for (size_t i = 0; i < nr; i++) {
        if (take_profile(plan, names[i]))
            return EINVAL;
    }
    return nr ? 0 : EINVAL;
}

enum {
    KEY_POLICY = 'p',
    KEY_PROFILE = 'f',
    KEY_TICKS = 't',
    KEY_REPETITIONS = 'r',
    KEY_SEED = 'd',
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct settings *settings = state->input;
    struct adapt_plan *plan = &settings->plan;
    uint64_t number = 0;

    switch (key) {
    case KEY_STRATEGY:
        return take_strategies(plan, argument);
    case KEY_POLICY:
        return take_policies(plan, argument);
    case KEY_PROFILE:
        return take_profiles(plan, argument);
    case KEY_TICKS:
        if (!cli_number("--ticks", argument, LA_PROFILE_MIN_TICKS, LA_PROFILE_MAX_TICKS, &number))
            return EINVAL;
        plan->nr_ticks = (uint32_t)number;
        return 0;
    case KEY_REPETITIONS:
        if (!cli_number("--repetitions", argument, 0, MAX_REPETITIONS, &number))
            return EINVAL;
        plan->nr_repetitions = (unsigned)number;
        return 0;
    case KEY_SEED:
        return cli_number("--seed", argument, 1, INT64_MAX, &plan->seed) ? 0 : EINVAL;
    default:
        return cli_take_output(key, argument, &settings->output);
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

/* Takes out what cannot run here, and says why. */
static void leave_out_unavailable(struct adapt_plan *plan)
{
    size_t nr = 0;

    for (size_t i = 0; i < plan->nr_strategies; i++) {
        const struct lookaside_strategy *strategy = plan->strategies[i];
        const char *why = NULL;

        if (!strategy->supported || strategy->supported(&why))
            plan->strategies[nr++] = strategy;
        else
            fprintf(stderr, "lookaside: %s left out: %s\n", strategy->name,
                    why ? why : "unavailable");
    }
    plan->nr_strategies = nr;
}

static void append_name(json_t *array, const char *name)
{
    json_array_append_new(array, json_string(name));
}

static json_t *settings_json(const struct adapt_plan *plan)
{
    json_t *strategies = json_array(), *policies = json_array(), *profiles = json_array();

    for (size_t i = 0; i < plan->nr_strategies; i++)
        append_name(strategies, plan->strategies[i]->name);
    for (size_t i = 0; i < plan->nr_policies; i++)
        append_name(policies, plan->policies[i]->name);
    for (size_t i = 0; i < plan->nr_profiles; i++)
        append_name(profiles, plan->profiles[i].name);
    return json_pack("{s:o, s:o, s:o, s:I, s:i, s:I, s:i, s:i}", "strategies", strategies,
                     "policies", policies, "profiles", profiles, "ticks",
                     (json_int_t)adapt_ticks(plan, &plan->profiles[0]), "repetitions",
                     (int)plan->nr_repetitions, "seed", (json_int_t)plan->seed, "bursts_per_tick",
                     LA_ADAPT_BURSTS, "size_bytes", LA_ADAPT_SIZE_BYTES);
}

static int open_files(struct files *files, const char *dir)
{
    int status = la_result_file_open(&files->ticks, dir, "adapt.tsv");

    if (status == 0) {
        status = la_result_file_open(&files->runs, dir, "adaptation.tsv");
        if (status)
            la_result_file_abandon(&files->ticks);
    }
    return status ? cli_bad("cannot write to %s: %s", dir, strerror(-status)) : CLI_DONE;
}

/* Keeps the files if there is something in them, else leaves no trace. */
static int finish(struct files *files, const char *dir, int status)
{
    if (status) {
        la_result_file_abandon(&files->ticks);
        la_result_file_abandon(&files->runs);
        return status;
    }
    status = la_result_file_commit(&files->ticks);
    if (status)
        la_result_file_abandon(&files->runs);
    else
        status = la_result_file_commit(&files->runs);
    return status ? cli_bad("cannot write into %s: %s", dir, strerror(-status)) : CLI_DONE;
}

static int print_table(const struct cli_output *output, size_t nr_done)
{
    struct la_adaptation adaptation;
    struct la_why why;
    char dir[CLI_SHOWN];

    if (la_adaptation_load(&adaptation, output->dir, &why) < 0)
        return cli_bad("%s", why.line);
    la_adaptation_print(&adaptation, stdout);
    la_adaptation_unload(&adaptation);
    printf("\n%s%zu runs in %s/adaptation.tsv\n",
           cli_interrupted() ? "interrupted: the first " : "", nr_done,
           cli_shown(output->dir, dir));
    return CLI_DONE;
}

static int measure(struct settings *settings)
{
    struct cli_output *output = &settings->output;
    struct files files = {.nr_done = 0};
    int status = open_files(&files, output->dir);

    if (status)
        return status;
    status = adapt_run_all(&settings->plan, files.ticks.stream, files.runs.stream, &files.nr_done);
    status = finish(&files, output->dir, status);
    /* Counts repeat exactly: there is no noise to tell of. */
    if (!status)
        status = cli_output_publish(output, "adapt", settings_json(&settings->plan), json_object());
    if (!status && !output->quiet)
        status = print_table(output, files.nr_done);
    return status;
}

static void fill_defaults(struct adapt_plan *plan)
{
    const struct lookaside_strategy *strategy;
    const struct lookaside_policy *policy;

    if (plan->nr_strategies == 0) {
        while ((strategy = lookaside_strategy_at(plan->nr_strategies)))
            plan->strategies[plan->nr_strategies++] = strategy;
    }
    if (plan->nr_policies == 0) {
        while ((policy = lookaside_policy_at(plan->nr_policies)))
            plan->policies[plan->nr_policies++] = policy;
    }
    if (plan->nr_profiles == 0) {
        plan->profiles[plan->nr_profiles++] = *la_profile_find("step");
        plan->profiles[plan->nr_profiles++] = *la_profile_find("idle-burst");
    }
}

static int run(struct settings *settings)
{
    /* Before the binding: the manifest has the affinity as it was given. */
    const int status = cli_output_begin(&settings->output);

    if (status)
        return status;
    if (!bind_to_one_cpu())
        fprintf(stderr, "lookaside: not bound to one CPU: a migration may show in the counts\n");
    return cli_output_end(&settings->output, measure(settings));
}

int cmd_adapt(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"strategy", KEY_STRATEGY, "A,B", 0, "these strategies (default: all)", 0},
        {"policy", KEY_POLICY, "A,B", 0,
         "these depth policies: fixed, balance, working-set, miss-target (default: all)", 0},
        {"profile", KEY_PROFILE, "A,B", 0,
         "how demand moves: step, ramp, sine, idle-burst (default: step,idle-burst), or a file "
         "with "
         "a table of seconds and demand",
         0},
        {"ticks", KEY_TICKS, "N", 0,
         "length of a run; a tick is a virtual second (default: 240; of a file: its own)", 0},
        {"repetitions", KEY_REPETITIONS, "N", 0,
         "runs with chance in the demand, besides the one without (default: 9)", 0},
        {"seed", KEY_SEED, "N", 0, "of the first of these (default: 1)", 0},
        {"out", KEY_OUT, "DIR", 0,
         "write adapt.tsv and adaptation.tsv into DIR (default: a new directory under results/)",
         0},
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
               "  lookaside adapt --profile bench/adapt/envelopes/build.tsv\n"
               "  lookaside adapt --policy balance --out results/latest"};
    struct settings *settings = la_new_array(1, sizeof *settings);
    int status = CLI_BAD;

    settings->plan.nr_repetitions = DEFAULT_REPETITIONS;
    settings->plan.seed = 1;
    if (!cli_parse(&argp, argc, argv, settings)) {
        fill_defaults(&settings->plan);
        leave_out_unavailable(&settings->plan);
        cli_catch_interrupts();
        status = run(settings);
    }
    for (size_t i = 0; i < settings->plan.nr_envelopes; i++)
        la_envelope_unload(&settings->plan.envelopes[i]);
    free(settings);
    return status;
}
