/* SPDX-License-Identifier: MIT */
/*
 * conformance.h: the one conformance suite, run once per strategy. Each file of clauses exports a
 * group and stands in clauses.def; main.c runs them. Test names start with the clause:
 * c23_initial_depth_keeps_four_frees_fifth.
 *
 * malloc keeps nothing. No clause is skipped for it: what can be kept is kept_of(depth), which is
 * 0 there, so every clause also states what a list without entries must do.
 */
#ifndef LOOKASIDE_CONFORMANCE_H
#define LOOKASIDE_CONFORMANCE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct clause_group {
    const struct CMUnitTest *tests;
    size_t nr_tests;
};

/* Defines a file's group from its array of tests. */
#define CLAUSE_GROUP(name, tests) \
    const struct clause_group name##_clauses = {tests, sizeof(tests) / sizeof *(tests)}

/* The strategy under test: what new lists without a strategy of their own get. */
const struct lookaside_strategy *conformance_strategy(void);

/* Whether it keeps entries at all (malloc does not: its clauses are the vacuous reading). */
bool conformance_keeps(void);

/* How many entries a list of that depth keeps. */
static inline uint32_t kept_of(uint32_t depth)
{
    return conformance_keeps() ? depth : 0;
}

/* A test on a lone thread: bound to one CPU for its duration, since exactness is promised to a
 * thread that stays where it is. */
int lone_setup(void **state);
int lone_teardown(void **state);
#define LONE(test) cmocka_unit_test_setup_teardown(test, lone_setup, lone_teardown)

#endif
