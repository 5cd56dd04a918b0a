/* SPDX-License-Identifier: MIT */
/*
 * selftest.h: whether the harness finds what is known: costs that stand to each other as they were
 * built to, hit ratios that follow from arithmetic, and no differences where there are none.
 */
#ifndef LA_SELFTEST_H
#define LA_SELFTEST_H

#include "run.h"

enum la_outcome_of_test {
    LA_TEST_PASSED,
    LA_TEST_FAILED,
    LA_TEST_NOT_DONE, /* too few blocks without disturbance */
};

/* One thing that was tried. */
struct la_selftest_line {
    char what[96];
    char unit[16]; /* "x": a ratio, "%" */
    double known;  /* the truth, or the most that is allowed */
    bool at_most;  /* which of the two */
    double measured;
    double low, high; /* 95 % interval; NaN: a count */
    bool covered;     /* the interval holds what is known */
    enum la_outcome_of_test outcome;
    char note[256];
};

struct la_selftest {
    bool quick;    /* short windows, fewer blocks and simulated runs */
    uint64_t seed; /* of orders and simulations */
    struct la_selftest_line *lines;
    size_t nr_lines;
};

/* Runs everything. 0, or -1 with *why if something could not be tried at all. The shim is
 * initialised. la_selftest_fini() ends it in both cases. */
int la_selftest_run(struct la_selftest *test, struct la_why *why);
void la_selftest_fini(struct la_selftest *test);

size_t la_selftest_count(const struct la_selftest *test, enum la_outcome_of_test outcome);

#endif
