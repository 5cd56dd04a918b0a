/* SPDX-License-Identifier: MIT */
/*
 * table.h: what a person sees right after a run: one table per group, medians over the accepted
 * blocks, ratios within blocks, and how much the A/A pair says that noise alone can do. The
 * verdicts are the analysis's business.
 */
#ifndef LA_TABLE_H
#define LA_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "runner.h"

struct la_ratio {
    size_t nr; /* accepted blocks that both cells have */
    double median;
    bool interval_known;
    double low, high;
};

/* Ratio of ops_per_s of two cells, block by block. */
struct la_ratio la_table_ratio(const struct la_plan *plan, const struct la_outcome *outcome,
                               size_t cell, size_t reference);

/* Median of a counter over a cell's accepted blocks; NAN if no row has it. */
double la_table_median(const struct la_plan *plan, const struct la_outcome *outcome, size_t cell,
                       enum la_bench_counter counter);

/* The cell of malloc+glibc's twin in a group. */
size_t la_table_twin(const struct la_plan *plan, const struct la_group *group);

/* The tables, at most 100 columns. */
void la_table_print(FILE *stream, const struct la_plan *plan, const struct la_outcome *outcome);

#endif
