/* SPDX-License-Identifier: MIT */
/*
 * conformance.h: the one conformance suite, run once per strategy. Each file of clauses exports a
 * group; main.c puts them together. Test names start with the clause: c23_keeps_depth_entries.
 */
#ifndef LOOKASIDE_CONFORMANCE_H
#define LOOKASIDE_CONFORMANCE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct clause_group {
    const struct CMUnitTest *tests;
    size_t nr_tests;
};

/* The strategy under test: what new lists without a strategy of their own get. */
const struct lookaside_strategy *conformance_strategy(void);

/* Whether it keeps entries at all (malloc does not: its clauses are the vacuous reading). */
bool conformance_keeps(void);

#endif
