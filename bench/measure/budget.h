/* SPDX-License-Identifier: MIT */
/*
 * budget.h: where the time of a run with a budget goes, as a pure function of what is open.
 *
 * Blocks are given in pairs, since two blocks are balanced and one is not (schedule.h), and in
 * rounds, so that the groups that get some get them spread over the same stretch of time:
 *  1. groups that the screening left open, until each has its base of deciding blocks;
 *  2. the other groups, likewise: what short slices say is no verdict;
 *  3. groups with open comparisons that what is left of the time could decide, the most comparisons
 *     per second first; those that nothing affordable would decide get none.
 * After each round what is open is looked at anew.
 */
#ifndef LA_MEASURE_BUDGET_H
#define LA_MEASURE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

enum { LA_BUDGET_OPEN_MAX = 128, LA_BUDGET_BLOCKS = 2 }; /* blocks of a group in a round */

struct la_budget_group {
    double block_s;                  /* what one deciding block takes */
    unsigned nr_usable;              /* deciding blocks that were not rejected */
    unsigned nr_tried;               /* deciding blocks, rejected ones included */
    bool judged;                     /* below is known */
    size_t nr_open;                  /* comparisons without a verdict */
    double more[LA_BUDGET_OPEN_MAX]; /* blocks that would decide each, ascending; HUGE_VAL: none */
};

/* Whether a group is to get blocks up to its base still. */
bool la_budget_below_base(const struct la_budget_group *group, unsigned base);

/* Chooses the groups of the next round; returns their number, 0 when nothing is left to do or no
 * time to do it. base: deciding blocks that every group is to have; it is tried twice as often at
 * most. */
size_t la_budget_round(const struct la_budget_group *groups, size_t nr_groups, unsigned base,
                       double left_s, bool *chosen);

#endif
