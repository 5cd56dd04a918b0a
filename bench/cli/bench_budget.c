/* SPDX-License-Identifier: MIT */
/*
 * bench_budget.c: see bench_budget.h. The rows so far go to the analysis as they will in the end,
 * as a file, so that both see the same numbers in the same way.
 */
#include "bench_budget.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "complain.h"
#include "open_groups.h"
#include "publish.h"

static const char *temporary_root(void)
{
    const char *root = getenv("TMPDIR");

    return root && *root ? root : "/tmp";
}

static bool judge_in(const char *dir, const struct la_plan *plan, const struct la_outcome *outcome,
                     struct la_budget_group *groups, const char **why)
{
    const char **cells = calloc(plan->nr_groups, sizeof *cells);
    const int error = cells ? la_publish_rows(dir, outcome) : -ENOMEM;
    bool good = false;

    for (size_t i = 0; cells && i < plan->nr_groups; i++)
        cells[i] = plan->cells[plan->groups[i].reference].name;
    if (error)
        la_complain(why, "cannot write %s/bench.json: %s", dir, strerror(-error));
    else
        good = cli_open_groups(dir, cells, plan->nr_groups, groups, why);
    free(cells);
    return good;
}

bool cli_budget_judge(const struct la_plan *plan, const struct la_outcome *outcome,
                      struct la_budget_group *groups, const char **why)
{
    char dir[PATH_MAX - 32], file[PATH_MAX];
    bool good;

    snprintf(dir, sizeof dir, "%s/lookaside-judge-XXXXXX", temporary_root());
    if (!mkdtemp(dir))
        return la_complain(why, "cannot make a directory in %s: %s", temporary_root(),
                           strerror(errno));
    good = judge_in(dir, plan, outcome, groups, why);
    snprintf(file, sizeof file, "%s/bench.json", dir);
    unlink(file);
    rmdir(dir);
    return good;
}

/* How many comparisons of a group stayed open, and what the nearest of them would take. */
static void print_group(FILE *stream, const struct la_group *group,
                        const struct la_budget_group *state)
{
    fprintf(stream, "  %s, %u thread%s %s, size %zu: %u blocks, %zu comparison%s open",
            group->setting.workload->name, group->placement.nr_threads,
            group->placement.nr_threads == 1 ? "" : "s", group->placement.name, group->setting.size,
            state->nr_usable, state->nr_open, state->nr_open == 1 ? "" : "s");
    if (isinf(state->more[0]))
        fputs(", too near a bound\n", stream);
    else
        fprintf(stream, ", the nearest %.0f blocks (%.0f s) away\n", state->more[0],
                ceil(state->more[0] * state->block_s));
}

void cli_budget_print(FILE *stream, const struct la_plan *plan, const struct la_outcome *outcome)
{
    size_t nr_open = 0, nr_blocks = 0;

    if (!outcome->groups)
        return;
    for (size_t i = 0; i < plan->nr_groups; i++) {
        nr_open += outcome->groups[i].nr_open > 0;
        nr_blocks += outcome->groups[i].nr_tried;
    }
    fprintf(stream, "budget: %u slices a group to screen, %zu deciding blocks; ",
            plan->screening_blocks, nr_blocks);
    if (nr_open == 0)
        fprintf(stream, "nothing is open\n");
    else
        fprintf(stream, "open in %zu of %zu groups:\n", nr_open, plan->nr_groups);
    for (size_t i = 0; i < plan->nr_groups; i++) {
        if (outcome->groups[i].nr_open > 0)
            print_group(stream, &plan->groups[i], &outcome->groups[i]);
    }
}
