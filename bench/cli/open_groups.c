/* SPDX-License-Identifier: MIT */
/* open_groups.c: see open_groups.h. */
#include "open_groups.h"

#include <math.h>
#include <stdlib.h>

#include "choice.h"
#include "memory.h"
#include "sample_size.h"
#include "scopes.h"

static int ascending(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

/* Every comparison with plain malloc and with the first place. */
static void take_open(const struct la_choice *choice, struct la_budget_group *group)
{
    struct la_open *open = la_new_array(2 * choice->nr_standings, sizeof *open);
    size_t nr = la_effort_open(choice, false, open);

    nr += la_effort_open(choice, true, open + nr);
    group->judged = true;
    group->nr_open = nr < LA_BUDGET_OPEN_MAX ? nr : LA_BUDGET_OPEN_MAX;
    for (size_t i = 0; i < group->nr_open; i++) {
        /* Further blocks come from further processes. */
        const double times = fmin(open[i].need.processes, open[i].need.blocks);

        group->more[i] = isfinite(times) ? ceil((times - 1) * (double)choice->nr_blocks) : HUGE_VAL;
    }
    qsort(group->more, group->nr_open, sizeof *group->more, ascending);
    free(open);
}

static void judge(const struct la_run *run, const char *const *cells, size_t nr_groups,
                  struct la_budget_group *groups)
{
    const struct la_selection all = {0};
    struct la_choice_settings settings;
    struct la_choice *choices;
    struct la_scopes scopes;

    la_choice_settings_init(&settings);
    la_scopes_by_group(&scopes, run, &all);
    choices = la_new_array(scopes.nr_scopes, sizeof *choices);
    la_choose(scopes.scopes, scopes.nr_scopes, &settings, choices);
    for (size_t i = 0; i < nr_groups; i++) {
        char contender[LA_NAME_SIZE];
        struct la_run_group named;
        int group = -1;

        if (la_cell_parse(cells[i], &named, contender))
            group = la_run_find_group(run, &named);
        for (size_t j = 0; group >= 0 && j < scopes.nr_scopes; j++) {
            if (scopes.scopes[j].groups[0] == (size_t)group)
                take_open(&choices[j], &groups[i]);
        }
    }
    for (size_t i = 0; i < scopes.nr_scopes; i++)
        la_choice_fini(&choices[i]);
    free(choices);
    la_scopes_fini(&scopes);
}

bool cli_open_groups(const char *dir, const char *const *cells, size_t nr_groups,
                     struct la_budget_group *groups, const char **why)
{
    static struct la_why what;
    struct la_run run;

    *why = what.line;
    if (la_run_load(&run, dir, &what))
        return false;
    if (la_choice_check(&run, &what)) {
        la_run_unload(&run);
        return false;
    }
    judge(&run, cells, nr_groups, groups);
    la_run_unload(&run);
    return true;
}
