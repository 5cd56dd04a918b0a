/* SPDX-License-Identifier: MIT */
/*
 * fixture.h: result files of runs that never were, with known truth: what a contender costs, how
 * noisy blocks are, which of them are rejected. The noise is seeded, so a test either holds or does
 * not.
 */
#ifndef LOOKASIDE_FIXTURE_H
#define LOOKASIDE_FIXTURE_H

#include <stdint.h>

enum {
    FIXTURE_MAX_CONTENDERS = 12,
    FIXTURE_MAX_WORKLOADS = 6,
    FIXTURE_MAX_THREADS = 4,
    FIXTURE_MAX_DEPTHS = 4
};

struct fixture_contender {
    const char *name;
    const char *label;     /* of its rows; NULL: none */
    double ns_per_op;      /* the truth with one thread */
    double slowdown;       /* factor per further thread; 0 = none */
    uint32_t kept_entries; /* lists only */
    double misses;         /* lists only: share of operations, beyond the usual 1 and 2 % */
    double p999_ns;        /* of all its cells; 0: twenty times the mean; below 0: not known */
    double factors[FIXTURE_MAX_WORKLOADS]; /* of the cost, in each workload; 0 = 1 */
    uint32_t skipped_workload; /* not measured in the workload of this number, counted from 1 */
};

struct fixture {
    const char *workloads[FIXTURE_MAX_WORKLOADS]; /* ends with NULL */
    uint32_t threads[FIXTURE_MAX_THREADS];        /* ends with 0 */
    const char *depths[FIXTURE_MAX_DEPTHS];       /* ends with NULL; none: 256 */
    uint32_t shared_threads; /* of the first workload, placement oversubscribed; 0: without */
    uint32_t nr_blocks;
    uint64_t rejected;     /* bit b: block b of every group is rejected, and three times as slow */
    double noise;          /* of one contender in one block, relative */
    double block_noise;    /* common to all contenders of a block, relative */
    uint32_t nr_processes; /* that take the blocks in turn; 0: one */
    double process_noise;  /* of one contender in one process, relative */
    uint64_t seed;
    struct fixture_contender contenders[FIXTURE_MAX_CONTENDERS]; /* ends with a NULL name */
};

/* Makes a directory under the system's temporary one; path must have room for 64 bytes. */
void fixture_make_dir(char *path);

/* Removes it with the files and directories in it. */
void fixture_remove_dir(const char *path);

/* For tests that want one of it: set-up, tear-down, and where it is meanwhile. */
extern char fixture_dir[64];
int fixture_make(void **state);
int fixture_clear(void **state);
#define FIXTURE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_clear)

/* The same with a directory plots/ in it; and for tests with a set-up of their own, which begins
 * with one of the two. */
int fixture_make_plots(void **state);
#define FIXTURE_TEST_AFTER(make, name) cmocka_unit_test_setup_teardown(name, make, fixture_clear)

/* Writes text as <dir>/<name>. */
void fixture_write_text(const char *dir, const char *name, const char *text);

/* Writes <dir>/bench.json. */
void fixture_write_bench(const char *dir, const struct fixture *fixture);

/* The contenders that every run has: plain malloc at 14 ns, its A/A twin, and the floor at 2. */
#define FIXTURE_STANDARD                                                                     \
    {.name = "malloc+glibc", .ns_per_op = 14}, {.name = "malloc-aa+glibc", .ns_per_op = 14}, \
    {                                                                                        \
        .name = "floor", .ns_per_op = 2                                                      \
    }

#endif
