/* SPDX-License-Identifier: MIT */
/*
 * goals.c: `lookaside goals`: what the strategies are meant to reach, row by row, from the results
 * of one run: measured, with its interval, and met, not met or undecided.
 */
#include <stdlib.h>

#include "cli.h"
#include "dir_argument.h"
#include "goals_files.h"
#include "goals_print.h"
#include "goals_text.h"

static int parse(struct cli_dir_argument *argument, int argc, char **argv)
{
    static const char doc[] =
        "Judges the results in DIR by the goals of the strategies, and writes DIR/goals.json "
        "and DIR/goals.md. Each row names the command that measures it. The cells of all "
        "rows are the suite goals. A goal that is not met is a finding, not a failure: "
        "the exit status is 0 whatever the verdicts.\v"
        "Examples:\n"
        "  lookaside bench --suite goals --out /tmp/mine && lookaside goals /tmp/mine\n"
        "  lookaside goals results/latest --json";
    const struct argp_option flag = {"json", 'j', NULL, 0, "print goals.json instead of a table",
                                     0};

    return cli_parse_dir("goals", flag, doc, argc, argv, argument);
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
    struct cli_dir_argument argument = {0};

    if (parse(&argument, argc, argv))
        return CLI_BAD;
    return judge_and_print(argument.dir, argument.flag ? JSON : TABLE);
}
