/* SPDX-License-Identifier: MIT */
/*
 * choose.c: `lookaside choose`: which contender to use, from the results of one run, with the
 * right to say that the run does not tell.
 */
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice_json.h"
#include "choice_text.h"
#include "cli.h"

struct choose {
    const char *dir;
    struct la_selection selection;
    struct la_choice_settings settings;
    bool json;
};

enum {
    OPTION_RETAINED = 256,
    OPTION_P999,
    OPTION_WORTH,
    MAX_THREADS = 1 << 20,
    MAX_NAMES = 1024,
    MAX_NS = 1000000000,
    MAX_PERCENT = 1000
};

static bool parse_objective(const char *word, enum la_objective *objective)
{
    const char *names[LA_NR_OBJECTIVES];

    for (enum la_objective i = 0; i < LA_NR_OBJECTIVES; i++) {
        names[i] = la_objective_name(i);
        if (strcmp(word, names[i]) == 0) {
            *objective = i;
            return true;
        }
    }
    cli_unknown("objective", word, names, LA_NR_OBJECTIVES);
    return false;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct choose *choose = state->input;
    uint64_t number = 0;

    switch (key) {
    case 'w':
        choose->selection.workload = argument;
        return 0;
    case 't':
        if (!cli_number("--threads", argument, 1, MAX_THREADS, &number))
            return EINVAL;
        choose->selection.threads = (uint32_t)number;
        return 0;
    case 'o':
        return parse_objective(argument, &choose->settings.objective) ? 0 : EINVAL;
    case OPTION_RETAINED:
        choose->settings.limited = true;
        return cli_number("--max-retained", argument, 0, INT64_MAX,
                          &choose->settings.max_retained_bytes)
                   ? 0
                   : EINVAL;
    case OPTION_P999:
        if (!cli_number("--max-p999", argument, 1, MAX_NS, &number))
            return EINVAL;
        choose->settings.max_p999_ns = (double)number;
        return 0;
    case OPTION_WORTH:
        if (!cli_number("--worth", argument, 0, MAX_PERCENT, &number))
            return EINVAL;
        choose->settings.worth = (double)number / 100;
        return 0;
    case 'j':
        choose->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (choose->dir)
            return ARGP_ERR_UNKNOWN;
        choose->dir = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int parse(struct choose *choose, int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"workload", 'w', "W", 0, "only this workload", 0},
        {"threads", 't', "N", 0, "only cells with this number of threads", 0},
        {"objective", 'o', "O", 0,
         "throughput (the default), latency (p99), balanced (both, equal shares), or memory (the "
         "least kept, of the lists proven faster than plain malloc)",
         0},
        {"max-retained", OPTION_RETAINED, "BYTES", 0,
         "rank no list that kept more; what a malloc keeps is not known, and it stays", 0},
        {"max-p999", OPTION_P999, "NS", 0,
         "rank nothing whose 99.9th percentile is not shown to stay under it in every cell; that "
         "of means over 8 operations in a row, as bench samples them (lookaside latency --target: "
         "of single ones)",
         0},
        {"worth", OPTION_WORTH, "PCT", 0,
         "what must be gained over plain malloc to be worth a dependency (default: 5)", 0},
        {"json", 'j', NULL, 0, "print choice.json instead of tables", 0},
        {0}};
    static const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .args_doc = "DIR",
        .doc = "Ranks the contenders of a run per workload and overall, and advises one, or says "
               "that the run does not tell. Writes DIR/choice.json.\v"
               "Examples:\n"
               "  lookaside choose results/latest\n"
               "  lookaside choose results/latest --workload handoff --threads 2\n"
               "  lookaside choose results/latest --objective latency --max-retained 65536"};

    if (cli_parse(&argp, argc, argv, choose))
        return CLI_BAD;
    if (!choose->dir)
        return cli_bad("no result directory given; see lookaside choose --help");
    return CLI_DONE;
}

/* The selection must name something that was measured. */
static int check_selection(const struct choose *choose, const struct la_run *run)
{
    const char *names[MAX_NAMES];
    const size_t nr_names = la_run_workloads(run, names, MAX_NAMES);
    const struct la_selection *selection = &choose->selection;
    const struct la_selection by_name = {.workload = selection->workload};
    bool workload_known = false;

    for (size_t i = 0; i < run->nr_groups; i++) {
        workload_known |= la_selected(&by_name, &run->groups[i]);
        if (la_selected(selection, &run->groups[i]))
            return CLI_DONE;
    }
    if (!workload_known)
        return cli_unknown("workload in these results", selection->workload, names, nr_names);
    return cli_bad("no cell of %s with %u threads in %s/bench.json",
                   selection->workload ? selection->workload : "any workload", selection->threads,
                   choose->dir);
}

/* NULL if there is none, which the answer then says; a broken one is no reason to stop either. */
static json_t *load_manifest(const char *dir)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/manifest.json", dir);
    return json_load_file(path, 0, NULL);
}

static int answer(const struct choose *choose, const struct la_run *run)
{
    struct la_decision *decision = calloc(1, sizeof *decision);
    json_t *manifest = load_manifest(choose->dir);
    char dir[CLI_SHOWN];
    struct la_why why;
    int result;

    if (!decision)
        return cli_bad("out of memory");
    la_decide(decision, run, &choose->selection, &choose->settings, manifest);
    result = la_choice_json_save(decision, choose->dir, &why) ? cli_bad("%s", why.line) : CLI_DONE;
    if (result == CLI_DONE && choose->json)
        la_choice_json_write(decision, stdout);
    else if (result == CLI_DONE)
        la_choice_text_write(decision, cli_shown(choose->dir, dir), stdout);
    la_decision_fini(decision);
    free(decision);
    json_decref(manifest);
    return result;
}

int cmd_choose(int argc, char **argv)
{
    struct choose choose = {0};
    struct la_why why;
    struct la_run run;
    int result;

    la_choice_settings_init(&choose.settings);
    result = parse(&choose, argc, argv);
    if (result != CLI_DONE || !choose.dir)
        return result;
    if (la_run_load(&run, choose.dir, &why))
        return cli_bad("%s", why.line);
    if (la_choice_check(&run, &why))
        result = cli_bad("%s: %s", choose.dir, why.line);
    else
        result = check_selection(&choose, &run);
    if (result == CLI_DONE)
        result = answer(&choose, &run);
    la_run_unload(&run);
    return result;
}
