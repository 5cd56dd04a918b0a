/* SPDX-License-Identifier: MIT */
/* request.h: what the user of a run narrowed down. */
#ifndef LA_REQUEST_H
#define LA_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator.h"
#include "lookaside.h"
#include "suite.h"
#include "workload.h"

enum { LA_REQUEST_MAX = 64 };

/* Of every list nr_... = 0 means: as the suite has it; but one of strategies, bound and the
 * arrays named means that only what is named takes part. */
struct la_request {
    const struct la_suite *suite;
    /* Also a peer's; "malloc" is plain malloc. */
    const struct lookaside_strategy *strategies[LA_REQUEST_MAX];
    size_t nr_strategies;
    const struct lookaside_strategy *bound[LA_REQUEST_MAX]; /* bound to the loop */
    size_t nr_bound;
    bool tl_array, tl_array_called; /* the arrays of tl_array.h as well */
    const struct la_allocator *allocators[LA_REQUEST_MAX];
    size_t nr_allocators;
    const struct la_workload *workloads[LA_REQUEST_MAX];
    size_t nr_workloads;
    unsigned threads[LA_REQUEST_MAX];
    size_t nr_threads;
    size_t sizes[LA_REQUEST_MAX];
    size_t nr_sizes;
    uint32_t depth;                        /* 0: as the suite has it */
    const struct lookaside_policy *policy; /* that adapts the depth; NULL: it is fixed */
    const char *placement;                 /* NULL: compact */
    unsigned blocks;                       /* 0: as the suite has it */
    unsigned processes;                    /* 0: as the suite has it, but no more than blocks */
    double budget_s; /* spent where cells are open; 0: as many blocks for every group */
    uint64_t seed;
    bool oversubscribe;
    /* Whether a cell takes part; the floor and the two of plain malloc always do, where another
     * cell of their group does. NULL: all. */
    bool (*selected)(const char *name);
};

#endif
