/* SPDX-License-Identifier: MIT */
/*
 * suite.h: what is measured when the user does not say it: a suite is a choice of cells, of blocks
 * and of the time that all of it may take.
 */
#ifndef LA_SUITE_H
#define LA_SUITE_H

#include <stdbool.h>
#include <stddef.h>

/* Instead of a number of threads: every one that a suite without parts would have. */
#define LA_THREADS_EACH (~0U)

/* Instead of a workload: every one that is in no suite's product. */
#define LA_SUITE_REST "*"

/* Some contenders on one workload with one number of threads. */
struct la_suite_part {
    const char *workload;          /* of a family: all its points */
    unsigned threads;              /* 0: one on each CPU that the placement holds */
    unsigned sharing;              /* not 0: so many on each CPU, placement oversubscribed */
    const char *const *contenders; /* see la_suite_part_takes(); NULL: all; ends with NULL */
    const char *behind;            /* the one allocator behind lists; NULL: the suite's */
    size_t size;                   /* 0: the suite's */
};

struct la_suite {
    const char *name;
    const char *summary;
    unsigned blocks;
    unsigned processes;         /* that share them: the independent samples */
    double budget_s;            /* of all windows and warm-ups together */
    double window_s_max;        /* however few cells there are */
    const char *const *backers; /* allocators behind the lists; NULL: all; ends with NULL */
    const char *const *mallocs; /* allocators called directly, likewise */
    bool peers;                 /* of strategies as well, without being named */
    const size_t *sizes;        /* ends with 0 */
    bool powers_of_two;         /* thread counts 1, 2, 4, ..., all; else 1 and all */
    size_t adaptive_size;       /* objects that have lists of adaptive depth as well; 0: none */
    bool bound_too;             /* lists bound to the loop besides the dispatched ones */
    bool array_called_too;      /* the array per thread behind a call */
    /* What it consists of, as far as the machine has it; NULL: every workload that is not on
     * request with every number of threads. Ends with one that has no workload. */
    const struct la_suite_part *parts;
    /* Without parts: what it has beside that product, likewise. */
    const struct la_suite_part *also;
};

/* By index, NULL past the last; by name, NULL if unknown. The first is the default. */
const struct la_suite *la_suite_at(size_t index);
const struct la_suite *la_suite_find(const char *name);

/* Whether a contender belongs to a part: by what stands in its name before the '+'. "malloc" is
 * every plain malloc. */
bool la_suite_part_takes(const struct la_suite_part *part, const char *contender);

#endif
