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
#include "request.h"
#include "surroundings.h"

/* A depth as names have it: "256", or "adaptive-working-set". Returns text. */
enum { LA_DEPTH_BYTES = 64 };
const char *la_depth_text(const struct la_setting *setting, char *text, size_t size);

enum { LA_CELL_NAME_BYTES = 192, LA_BLOCKS_MAX = 1000, LA_PROCESSES_MAX = 1000 };

/* What a block is for: to decide, or to see with short slices where the time should go. */
enum la_stage { LA_STAGE_DECIDE, LA_STAGE_SCREEN, LA_NR_STAGES };

struct la_group {
    struct la_setting setting;
    struct la_placement placement;
    struct la_surroundings surroundings;
    bool oversubscribed;              /* threads share CPUs */
    uint64_t window_ns[LA_NR_STAGES]; /* 0: the group is not screened */
    double around_s;         /* what a cell of it takes on average, beyond what every cell takes */
    double run_s;            /* estimated wall time of one of its cells in one block, on average */
    size_t first, nr_cells;  /* its cells: a stretch of la_plan.cells */
    size_t floor, reference; /* the cells of the floor and of malloc+glibc */
};

struct la_bench_cell {
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
    struct la_bench_cell *cells;
    size_t nr_cells;
    unsigned blocks;
    unsigned processes; /* that measure them */
    uint64_t seed;
    unsigned screening_blocks; /* of slices, before the others; 0: none */
    uint64_t window_ns, warmup_ns;
    double budget_s;   /* 0: none, every group gets as many blocks */
    double estimate_s; /* the budget, if there is one */
    const struct la_suite *suite;
    char left_out[256]; /* the first workload for which a group is, and why */
};

/* NULL with *why set to one line if the request cannot be met here. */
struct la_plan *la_plan_make(const struct la_request *request, const struct la_topology *topology,
                             const char **why);
void la_plan_free(struct la_plan *plan);

/* Window for so many runs: budget shared evenly, within [5 ms, the suite's most]. Groups whose
 * windows have to be longer get that first, and the others the rest. */
double la_plan_window_s(const struct la_suite *suite, size_t nr_runs);

/* Shares the time out over a plan's groups: blocks, processes, windows. False with *why set. */
bool la_plan_times(struct la_plan *plan, const struct la_request *request, const char **why);

/* Estimated wall time of one block of slices. */
double la_plan_screening_s(const struct la_group *group);

/* Estimated wall time of one run with that window; around_s: what it takes besides. */
double la_plan_run_s(double window_s, double around_s);

#endif
