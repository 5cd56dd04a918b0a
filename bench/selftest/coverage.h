/* SPDX-License-Identifier: MIT */
/*
 * coverage.h: whether intervals hold what is known as often as they say. One long measurement makes
 * many short runs: every few blocks in a row are a run of their own, with an interval of its own.
 */
#ifndef LA_SELFTEST_COVERAGE_H
#define LA_SELFTEST_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Blocks of a short run: the fewest that have an interval, and what the suites have at least. */
enum { LA_COVERAGE_BLOCKS = 6 };

struct la_coverage {
    size_t tries, held;
};

/* An interval may miss what is known by this, as a logarithm: work that takes twice as long as
 * another was seen to come out cheaper by two thirds of it. */
#define LA_COVERAGE_PRECISION 0.003

/* One try more: the 95 % interval of LA_COVERAGE_BLOCKS log ratios of blocks. The tries must not
 * share values. */
void la_coverage_add(struct la_coverage *coverage, const double *log_ratios, double truth,
                     uint64_t seed);

/* How likely so few, or fewer, would hold if each did with 95 %; 1 without a try. */
double la_coverage_p(const struct la_coverage *coverage);

/* A harness that is right fails once in a thousand times. */
#define LA_COVERAGE_P 0.001

/* Whether there are so many tries that they could fail. */
bool la_coverage_can_tell(const struct la_coverage *coverage);

#endif
