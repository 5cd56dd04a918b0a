/* SPDX-License-Identifier: MIT */
/*
 * effort_print.c: see effort_print.h. Verdicts are taken group by group, as the report shows them,
 * so what is counted are cells of the run.
 */
#include "effort_print.h"

#include <stdio.h>
#include <stdlib.h>

#include "choice.h"
#include "sample_size.h"
#include "scopes.h"

static void print(const struct la_effort *effort, const char *what)
{
    char text[LA_EFFORT_SIZE];

    la_effort_text(effort, what, text, sizeof text);
    if (*text)
        puts(text);
}

static void print_open(const struct la_run *run)
{
    const struct la_selection all = {0};
    struct la_choice_settings settings;
    struct la_effort to_malloc, to_leader;
    struct la_scopes groups;
    struct la_choice *choices;

    la_choice_settings_init(&settings);
    la_scopes_by_group(&groups, run, &all);
    choices = calloc(groups.nr_scopes, sizeof *choices);
    if (choices) {
        la_choose(groups.scopes, groups.nr_scopes, &settings, choices);
        la_effort_of_choices(choices, groups.nr_scopes, LA_EFFORT_LIMIT_S, &to_malloc, &to_leader);
        print(&to_malloc, "cells against plain malloc");
        print(&to_leader, "cells against the first of their group");
        for (size_t i = 0; i < groups.nr_scopes; i++)
            la_choice_fini(&choices[i]);
    }
    free(choices);
    la_scopes_fini(&groups);
}

void cli_effort_print(const char *dir)
{
    struct la_why why;
    struct la_run run;

    if (la_run_load(&run, dir, &why))
        return;
    if (!la_choice_check(&run, &why))
        print_open(&run);
    la_run_unload(&run);
}
