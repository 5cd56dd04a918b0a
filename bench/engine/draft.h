/* SPDX-License-Identifier: MIT */
/*
 * draft.h: a plan in the making. Only for plan.c, which makes it of a product of workloads and
 * threads, and plan_parts.c, which makes it of what a suite names.
 */
#ifndef LA_DRAFT_H
#define LA_DRAFT_H

#include "plan.h"

enum { LA_DRAFT_DEPTHS = 2 };

/* What is being planned: the request with the suite's choices filled in. */
struct la_draft {
    const struct la_request *request;
    const struct la_topology *topology;
    struct la_plan *plan;
    size_t sizes[LA_REQUEST_MAX];
    size_t nr_sizes;
    unsigned threads[LA_REQUEST_MAX];
    size_t nr_threads;
    const struct la_workload *workloads[LA_REQUEST_MAX];
    size_t nr_workloads;
    const struct lookaside_policy *policies[LA_DRAFT_DEPTHS]; /* NULL: a fixed depth */
    size_t nr_depths;
    const char *placement;
    const char **why;
};

/* What a group is, but for size and depth. */
struct la_draft_course {
    const struct la_workload *workload;
    const char *placement;
    unsigned nr_threads;
    struct la_suite_part part;
};

/* A placement of so many threads: what la_placement_plan() returns. */
int la_draft_place(const struct la_draft *draft, const char *name, unsigned nr_threads,
                   struct la_placement *placement, const char **why);

/* Whether the course's workload makes sense with its placement; if not, *why says so in a line
 * without its name. One that cannot be placed does. */
bool la_draft_makes_sense(const struct la_draft *draft, const struct la_draft_course *course,
                          const char **why);

/* Notes in the plan that it is left out, unless something else has been before. */
void la_draft_leave_out(const struct la_draft *draft, const struct la_workload *workload,
                        const char *why);

/* Whether objects of the size have the depth of that index: the first all have, adaptive depth
 * beside it only those that the suite says. */
bool la_draft_has_depth(const struct la_draft *draft, size_t depth, size_t size);

/* A group of its own for the course; false after a complaint. There must be room. */
bool la_draft_add_group(struct la_draft *draft, const struct la_draft_course *course, size_t size,
                        const struct lookaside_policy *policy);

/* The groups of the parts, in their order, as far as the request asks for them, the machine has
 * them, and there is none of the same kind; room for la_draft_count_parts() courses has been made.
 * False after a complaint. */
bool la_draft_add_parts(struct la_draft *draft, const struct la_suite_part *parts);
size_t la_draft_count_parts(const struct la_draft *draft, const struct la_suite_part *parts);

#endif
