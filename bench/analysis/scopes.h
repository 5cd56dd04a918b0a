/* SPDX-License-Identifier: MIT */
/*
 * scopes.h: the questions that are asked of a run: one per workload and one over all of them, or
 * one per group.
 *
 * A group with fewer than LA_MIN_BLOCKS usable blocks can decide nothing, and would make everything
 * that it is part of undecided; it is left out of sums and named. That depends on the number of
 * rejected blocks alone, never on what was measured.
 */
#ifndef LOOKASIDE_ANALYSIS_SCOPES_H
#define LOOKASIDE_ANALYSIS_SCOPES_H

#include "compare.h"

struct la_selection {
    const char *workload; /* NULL = all */
    uint32_t threads;     /* 0 = all */
};

/* Whether a group belongs to it; points of a grid also by the grid's name. */
bool la_selected(const struct la_selection *selection, const struct la_run_group *group);

struct la_scopes {
    struct la_scope *scopes;
    size_t nr_scopes;
    bool has_overall; /* the last one is over several workloads */
    size_t *left_out; /* groups with too few blocks, while others of their scope have enough */
    size_t nr_left_out;
};

/* One scope per workload, but one for all points of a grid, and one called "overall" if that is
 * more than one. */
void la_scopes_by_workload(struct la_scopes *scopes, const struct la_run *run,
                           const struct la_selection *selection);

/* One scope per group that is selected. */
void la_scopes_by_group(struct la_scopes *scopes, const struct la_run *run,
                        const struct la_selection *selection);

void la_scopes_fini(struct la_scopes *scopes);

/* Distinct workloads, in the order in which they appear; their number. */
size_t la_run_workloads(const struct la_run *run, const char **names, size_t max_names);

/* Distinct numbers of threads, ascending; their number. threads has room for one a group. */
size_t la_run_threads(const struct la_run *run, uint32_t *threads);
size_t la_scope_threads(const struct la_scope *scope, uint32_t *threads);

#endif
