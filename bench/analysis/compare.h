/* SPDX-License-Identifier: MIT */
/*
 * compare.h: two contenders against each other over a scope, from the blocks that hold both.
 *
 * What is compared is always a ratio in which above 1 is better for the first one: operations per
 * second as they are, latencies turned round. Within a block the ratio is free of whatever made
 * that block slow for everybody; its logarithm is what medians are taken of.
 */
#ifndef LOOKASIDE_ANALYSIS_COMPARE_H
#define LOOKASIDE_ANALYSIS_COMPARE_H

#include <stddef.h>
#include <stdint.h>

#include "bootstrap.h"
#include "run.h"

/* What a contender is ranked by. */
enum la_objective {
    LA_THROUGHPUT, /* operations per second */
    LA_LATENCY,    /* the 99th percentile of sampled operations */
    LA_MEMORY,     /* bytes kept, among those proven faster than plain malloc */
    LA_BALANCED,   /* geometric mean of throughput and latency */
    LA_NR_OBJECTIVES,
};
const char *la_objective_name(enum la_objective objective);

/* Some groups of a run, with their shares; the shares sum to 1. */
struct la_scope {
    const struct la_run *run;
    char name[LA_NAME_SIZE]; /* a workload's, "overall", or a group's */
    size_t *groups;
    double *weights;
    size_t nr_groups;
};

/* Whether a group is taken into a scope. */
typedef bool la_group_filter(const struct la_run_group *group, const void *context);

/* All groups that pass, every workload with the same share and, within it, every group. */
void la_scope_init(struct la_scope *scope, const struct la_run *run, const char *name,
                   la_group_filter *filter, const void *context);
void la_scope_fini(struct la_scope *scope);

/* A seed of its own for a comparison: from the run's and the names of what is compared. */
uint64_t la_seed_of(uint64_t seed, const char *const *names, size_t nr_names);

/* The log ratio of first to second: NaN where one group has no block with both. */
void la_compare(const struct la_scope *scope, enum la_objective objective, size_t first,
                size_t second, const struct la_resampling *resampling,
                struct la_estimate *log_ratio);

/* The difference of a counter, first less second, within blocks. second < 0: the counter alone. */
void la_estimate_counter(const struct la_scope *scope, enum la_counter counter, size_t first,
                         int second, const struct la_resampling *resampling,
                         struct la_estimate *estimate);

/* The largest value of a counter in any block, rejected ones included; NaN if it is nowhere. */
double la_counter_max(const struct la_scope *scope, enum la_counter counter, size_t contender);

#endif
