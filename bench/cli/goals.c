/* SPDX-License-Identifier: MIT */
/*
 * goals.c: `lookaside goals`: what the strategies are meant to reach, row by row, from the results
 * of one run: measured, with its interval, and met, not met or undecided.
 */
#include <argp.h>
#include <stdlib.h>

#include "cli.h"
#include "goals_files.h"
#include "goals_print.h"
#include "goals_text.h"

struct options {
    const char *dir;
    bool json;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    if (key == 'j') {
        options->json = true;
        return 0;
    }
    if (key != ARGP_KEY_ARG || options->dir)
        return ARGP_ERR_UNKNOWN;
    options->dir = argument;
    return 0;
}

static int parse(struct options *options, int argc, char **argv)
{
    static const struct argp_option known[] = {
        {"json", 'j', NULL, 0, "print goals.json instead of a table", 0}, {0}};
    static const struct argp argp = {
        .options = known,
        .parser = parse_option,
        .args_doc = "DIR",
        .doc =
            "Judges the results in DIR by the goals of the strategies, and writes DIR/goals.json "
            "and DIR/goals.md. Each row names the command that measures it. The cells of all "
            "rows are the suite goals. A goal that is not met is a finding, not a failure: "
            "the exit status is 0 whatever the verdicts.\v"
            "Examples:\n"
            "  lookaside bench --suite goals --out /tmp/mine && lookaside goals /tmp/mine\n"
            "  lookaside goals results/latest --json"};

    if (cli_parse(&argp, argc, argv, options))
        return CLI_BAD;
    if (!options->dir)
        return cli_bad("no result directory given; see lookaside goals --help");
    return CLI_DONE;
}

enum form { TABLE, TABLE_OF_MEASURED, JSON };

static int judge_and_print(const char *dir, enum form form)
{
    struct la_goals *goals = calloc(1, sizeof *goals);
    struct la_why why;
    int result = CLI_DONE;

    if (!goals)
        return cli_bad("out of memory");
    if (la_goals_make(dir, goals, &why))
        result = cli_bad("%s", why.line);
    else if (form == JSON)
        la_goals_json_write(goals, stdout);
    else
        la_goals_text_write(goals, form == TABLE, stdout);
    free(goals);
    return result;
}

int cli_goals_print(const char *dir, bool all)
{
    return judge_and_print(dir, all ? TABLE : TABLE_OF_MEASURED);
}

int cmd_goals(int argc, char **argv)
{
    struct options options = {0};
    const int result = parse(&options, argc, argv);

    if (result != CLI_DONE || !options.dir)
        return result;
    return judge_and_print(options.dir, options.json ? JSON : TABLE);
}
