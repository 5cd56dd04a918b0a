/* SPDX-License-Identifier: MIT */
/*
 * plan.h: what a run is going to measure: which contenders on which settings, in how many blocks,
 * for how long. A request says what the user narrowed down; a suite says the rest, and how much
 * time the whole may take, which decides how long a window is.
 */
#ifndef LA_PLAN_H
#define LA_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench_json.h"
#include "contender.h"
#include "engine.h"
#include "placement.h"

enum { LA_REQUEST_MAX = 64, LA_CELL_NAME_BYTES = 192, LA_BLOCKS_MAX = 1000 };

/* Of every list nr_... = 0 means: as the suite has it. */
struct la_request {
    const struct la_suite *suite;
    const struct lookaside_strategy *strategies[LA_REQUEST_MAX]; /* "malloc" is plain malloc */
    size_t nr_strategies;
    const struct la_allocator *allocators[LA_REQUEST_MAX];
    size_t nr_allocators;
    const struct la_workload *workloads[LA_REQUEST_MAX];
    size_t nr_workloads;
    unsigned threads[LA_REQUEST_MAX];
    size_t nr_threads;
    size_t sizes[LA_REQUEST_MAX];
    size_t nr_sizes;
    uint32_t depth; /* 0: as the suite has it */
    bool adaptive;
    const char *placement; /* NULL: compact */
    unsigned blocks;       /* 0: as the suite has it */
    uint64_t seed;
    bool oversubscribe;
    /* Whether a cell takes part; the floor and the two of plain malloc always do, where another
     * cell of their group does. NULL: all. */
    bool (*selected)(const char *name);
};

struct la_suite {
    const char *name;
    const char *summary;
    unsigned blocks;
    double budget_s;            /* of all windows and warm-ups together */
    double window_s_max;        /* however few cells there are */
    const char *const *backers; /* allocators behind the lists; NULL: all; ends with NULL */
    const size_t *sizes;        /* ends with 0 */
    bool powers_of_two;         /* thread counts 1, 2, 4, ..., all; else 1 and all */
    bool adaptive_too;          /* besides the fixed depth */
};

/* By index, NULL past the last; by name, NULL if unknown. The first is the default. */
const struct la_suite *la_suite_at(size_t index);
const struct la_suite *la_suite_find(const char *name);

struct la_group {
    struct la_setting setting;
    struct la_placement placement;
    bool oversubscribed;     /* threads share CPUs: lost time is the rule, no block is rejected */
    size_t first, nr_cells;  /* its cells: a stretch of la_plan.cells */
    size_t floor, reference; /* the cells of the floor and of malloc+glibc */
};

struct la_cell {
    char name[LA_CELL_NAME_BYTES];
    size_t group;
    const struct la_contender *contender;
    struct la_histogram *latency; /* of the accepted blocks */
};

struct la_plan {
    struct la_contender *contenders;
    size_t nr_contenders;
    struct la_group *groups;
    size_t nr_groups;
    struct la_cell *cells;
    size_t nr_cells;
    unsigned blocks;
    uint64_t seed;
    uint64_t window_ns, warmup_ns;
    double estimate_s;
    const struct la_suite *suite;
};

/* NULL with *why set to one line if the request cannot be met here. */
struct la_plan *la_plan_make(const struct la_request *request, const struct la_topology *topology,
                             const char **why);
void la_plan_free(struct la_plan *plan);

/* Window for so many runs: budget shared evenly, within [5 ms, the suite's most]. */
double la_plan_window_s(const struct la_suite *suite, size_t nr_runs);

/* Estimated wall time of so many runs with that window. */
double la_plan_estimate_s(size_t nr_runs, double window_s);

#endif
