/* SPDX-License-Identifier: MIT */
/* budget.c: see budget.h. */
#include "budget.h"

#include <math.h>

static double round_s(const struct la_budget_group *group)
{
    return group->block_s * LA_BUDGET_BLOCKS;
}

bool la_budget_below_base(const struct la_budget_group *group, unsigned base)
{
    return group->nr_usable < base && group->nr_tried < 2 * base;
}

/* Of the groups below their base, those that are open or those that are not, as far as the time
 * goes. */
static size_t choose_below_base(const struct la_budget_group *groups, size_t nr_groups,
                                unsigned base, bool open, double left_s, bool *chosen)
{
    size_t nr = 0;

    for (size_t i = 0; i < nr_groups; i++) {
        const struct la_budget_group *group = &groups[i];

        if (!la_budget_below_base(group, base) || (!group->judged || group->nr_open > 0) != open ||
            round_s(group) > left_s)
            continue;
        chosen[i] = true;
        left_s -= round_s(group);
        nr++;
    }
    return nr;
}

/* Whole rounds for so many blocks. */
static double cost_s(const struct la_budget_group *group, double blocks)
{
    return ceil(blocks / LA_BUDGET_BLOCKS) * round_s(group);
}

/* The most comparisons per second that some affordable number of blocks decides; 0: none. */
static double best_rate(const struct la_budget_group *group, double left_s, double *seconds)
{
    double best = 0;

    for (size_t i = 0; group->judged && i < group->nr_open && i < LA_BUDGET_OPEN_MAX; i++) {
        const double s = cost_s(group, fmax(group->more[i], 1));

        if (s <= left_s && (double)(i + 1) / s > best) {
            best = (double)(i + 1) / s;
            *seconds = s;
        }
    }
    return best;
}

/* Sets aside what the chosen ones need to the end, so that time is not spread over more groups than
 * it can decide. */
static size_t choose_open(const struct la_budget_group *groups, size_t nr_groups, double left_s,
                          bool *chosen)
{
    for (size_t nr = 0;; nr++) {
        double best = 0, best_s = 0;
        size_t which = 0;

        for (size_t i = 0; i < nr_groups; i++) {
            double seconds = 0;
            const double rate = chosen[i] ? 0 : best_rate(&groups[i], left_s, &seconds);

            if (rate > best) {
                best = rate;
                best_s = seconds;
                which = i;
            }
        }
        if (!(best > 0))
            return nr;
        chosen[which] = true;
        left_s -= best_s;
    }
}

size_t la_budget_round(const struct la_budget_group *groups, size_t nr_groups, unsigned base,
                       double left_s, bool *chosen)
{
    size_t nr;

    for (size_t i = 0; i < nr_groups; i++)
        chosen[i] = false;
    nr = choose_below_base(groups, nr_groups, base, true, left_s, chosen);
    if (nr == 0)
        nr = choose_below_base(groups, nr_groups, base, false, left_s, chosen);
    return nr ? nr : choose_open(groups, nr_groups, left_s, chosen);
}
