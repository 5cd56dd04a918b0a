/* SPDX-License-Identifier: MIT */
/*
 * run_compare_unchanged.c: what the mallocs show between two runs.
 *
 * Neither run changed a malloc. Where the ratio of one of them to plain malloc moved all the same,
 * with an interval that says so, then what moved it (where memory lay, how the clock divides a
 * percentile, what else ran) is not in the intervals, which know of the variance inside each run
 * only. It may have moved a list as much. So a claim has to exceed the largest move of a malloc
 * other than the one it is about: a negative control (Lipsitch, Tchetgen Tchetgen and Cohen, 2010,
 * "Negative controls: a tool for detecting confounding and bias in observational studies").
 */
#include <math.h>

#include "run_compare.h"

static bool is_malloc(const struct la_run_compare *result, const struct la_run_line *line)
{
    return result->runs[LA_BASE]->roles[line->contender[LA_BASE]] == LA_ROLE_PLAIN;
}

static bool is_judged_alike(const struct la_run_line *a, const struct la_run_line *b)
{
    return a->measure == b->measure && a->group[LA_BASE] == b->group[LA_BASE] &&
           a->basis == b->basis;
}

static double largest_move(const struct la_run_compare *result, const struct la_run_line *of)
{
    double most = 0;

    for (size_t i = 0; i < result->nr_lines; i++) {
        const struct la_run_line *line = &result->lines[i];

        if (line != of && is_malloc(result, line) && is_judged_alike(line, of))
            most = fmax(most, fabs(line->change.point));
    }
    return most;
}

void la_run_compare_bound_by_mallocs(struct la_run_compare *result)
{
    for (size_t i = 0; i < result->nr_lines; i++) {
        struct la_run_line *line = &result->lines[i];

        if (line->measure->kind == LA_MEASURE_RATE || isnan(line->bound))
            continue;
        line->bound = fmax(line->bound, largest_move(result, line));
        if (!isnan(line->p))
            line->p = la_estimate_p(&line->change, line->bound);
    }
}
