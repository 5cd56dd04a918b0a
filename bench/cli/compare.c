/* SPDX-License-Identifier: MIT */
/*
 * compare.c: `lookaside compare`: what got better or worse from one run to another, cell by cell.
 * The exit status is what a script asks for: 1 if a regression beyond the margin is proven.
 */
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "cli.h"
#include "json_result.h"
#include "manifest_file.h"
#include "run_compare.h"

enum { OPTION_ABSOLUTE = 256, OPTION_ACROSS, MAX_MARGIN_PERCENT = 1000 };

struct options {
    const char *dirs[LA_NR_RUN_SIDES];
    size_t nr_dirs;
    struct la_run_compare_settings settings;
    bool json, all;
};

static error_t take_margin(const char *text, struct options *options)
{
    char *end;
    const double percent = strtod(text, &end);

    if (end == text || *end || !(percent > 0 && percent <= MAX_MARGIN_PERCENT))
        return cli_bad("--margin takes a percentage above 0 and up to %d, not '%s'",
                       MAX_MARGIN_PERCENT, text);
    options->settings.margin = percent / 100;
    return 0;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case 'm':
        return take_margin(argument, options);
    case 'j':
        options->json = true;
        return 0;
    case 'a':
        options->all = true;
        return 0;
    case OPTION_ABSOLUTE:
        options->settings.absolute = true;
        return 0;
    case OPTION_ACROSS:
        options->settings.across_machines = true;
        return 0;
    case ARGP_KEY_ARG:
        if (options->nr_dirs == LA_NR_RUN_SIDES)
            return ARGP_ERR_UNKNOWN;
        options->dirs[options->nr_dirs++] = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int parse(struct options *options, int argc, char **argv)
{
    static const struct argp_option known[] = {
        {"margin", 'm', "PCT", 0,
         "differences up to so many per cent do not matter (default: 3; of hits: points)", 0},
        {"json", 'j', NULL, 0, "print JSON instead of tables", 0},
        {"all", 'a', NULL, 0, "show also what is the same, and all that is undecided", 0},
        {"absolute", OPTION_ABSOLUTE, NULL, 0,
         "compare times as they are, not as ratios to plain malloc of the same run", 0},
        {"across-machines", OPTION_ACROSS, NULL, 0,
         "compare runs of different machines by ratios to plain malloc, hits and entries", 0},
        {0}};
    static const struct argp argp = {
        .options = known,
        .parser = parse_option,
        .args_doc = "BASE NEW",
        .doc = "Compares two result directories cell by cell: throughput, latency percentiles, hit "
               "ratios, memory, of bench, latency and memory; each better, worse, the same within "
               "the margin, or undecided. Says how many verdicts of `choose` held, where both were "
               "chosen from. The "
               "exit status is 1 if something is proven worse beyond the margin, 0 otherwise.\v"
               "Examples:\n"
               "  lookaside compare results/monday results/tuesday\n"
               "  lookaside compare results/monday results/tuesday --margin 5 --json"};

    if (cli_parse(&argp, argc, argv, options))
        return CLI_BAD;
    if (options->nr_dirs < LA_NR_RUN_SIDES)
        return cli_bad("two result directories are needed, BASE and NEW; see lookaside compare "
                       "--help");
    if (options->settings.absolute && options->settings.across_machines)
        return cli_bad("--absolute does not go with --across-machines");
    return CLI_DONE;
}

static void print_text(const struct la_run_compare *result, struct la_run_compare_files files,
                       bool all)
{
    char dirs[LA_NR_RUN_SIDES][CLI_SHOWN];

    for (enum la_side side = 0; side < LA_NR_RUN_SIDES; side++)
        files.dirs[side] = cli_shown(files.dirs[side], dirs[side]);
    la_run_compare_text(result, &files, all, stdout);
}

/* -1 with *why if a choice.json is broken; no verdicts in common if one is missing. */
static int choices_agree(const struct options *options, struct la_agreement *agreement,
                         struct la_why *why)
{
    json_t *choices[LA_NR_RUN_SIDES] = {NULL};
    int error = 0;

    for (enum la_side side = 0; side < LA_NR_RUN_SIDES && error >= 0; side++)
        error = la_json_result(options->dirs[side], "choice.json", &choices[side], why);
    *agreement = la_agreement_of(choices[LA_BASE], choices[LA_NEW]);
    for (enum la_side side = 0; side < LA_NR_RUN_SIDES; side++)
        json_decref(choices[side]);
    return error < 0 ? -1 : 0;
}

static int compare(const struct options *options, const struct la_run *runs,
                   json_t *const *manifests)
{
    char machines[512];
    struct la_run_compare_files files = {
        .dirs = {options->dirs[LA_BASE], options->dirs[LA_NEW]},
        .manifests = {manifests[LA_BASE], manifests[LA_NEW]},
        .machines =
            la_machines_differ(manifests[LA_BASE], manifests[LA_NEW], machines, sizeof machines)};
    struct la_run_compare result;
    struct la_agreement agreement;
    struct la_why why;

    if (choices_agree(options, &agreement, &why) < 0)
        return cli_bad("%s", why.line);
    files.agreement = agreement.nr ? &agreement : NULL;
    if (*machines && !options->settings.across_machines)
        return cli_bad("times of different machines are not comparable (%s); --across-machines "
                       "compares ratios to plain malloc",
                       machines);
    if (la_run_compare(&runs[LA_BASE], &runs[LA_NEW], &options->settings, &result, &why))
        return cli_bad("%s", why.line);
    if (*machines)
        fprintf(stderr, "lookaside: warning: different machines: %s\n", machines);
    if (options->json)
        la_run_compare_json(&result, &files, stdout);
    else
        print_text(&result, files, options->all);
    la_run_compare_fini(&result);
    return result.nr_verdicts[LA_WORSE] ? CLI_NEGATIVE : CLI_DONE;
}

static int load(const char *dir, struct la_run *run, json_t **manifest)
{
    struct la_why why;

    if (la_run_load_parts(run, dir, &why))
        return cli_bad("%s", why.line);
    if (!la_manifest_read(dir, manifest, &why))
        return CLI_DONE;
    la_run_unload(run);
    return cli_bad("%s", why.line);
}

int cmd_compare(int argc, char **argv)
{
    struct options options = {
        .settings = {.margin = LA_MARGIN_RATIO - 1, .resampling = la_resampling_default}};
    struct la_run runs[LA_NR_RUN_SIDES] = {0};
    json_t *manifests[LA_NR_RUN_SIDES] = {NULL};
    int result = parse(&options, argc, argv);

    if (result != CLI_DONE || !options.nr_dirs)
        return result;
    for (enum la_side side = 0; side < LA_NR_RUN_SIDES && result == CLI_DONE; side++)
        result = load(options.dirs[side], &runs[side], &manifests[side]);
    if (result == CLI_DONE)
        result = compare(&options, runs, manifests);
    for (enum la_side side = 0; side < LA_NR_RUN_SIDES; side++) {
        la_run_unload(&runs[side]);
        json_decref(manifests[side]);
    }
    return result;
}
