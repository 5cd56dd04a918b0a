/* SPDX-License-Identifier: MIT */
/*
 * magazine_case.h: what the tests of magazine share. Each runs several times: plainly; with
 * restartable sequences switched off, which selects the variant with biased locks; and, with the
 * argument "no-membarrier", where the kernel refuses membarrier(2).
 */
#ifndef LOOKASIDE_MAGAZINE_CASE_H
#define LOOKASIDE_MAGAZINE_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "strategy.h"

extern const struct lookaside_strategy la_strategy_magazine;
#define MAGAZINE (&la_strategy_magazine)

enum { NR = 1200 };
struct entry {
    _Alignas(16) uintptr_t words[2];
};
extern struct entry entries[NR];
extern bool without_membarrier;

/* For main, before all tests: false, after saying why, if what the argument asks for cannot be had
 * here. */
bool magazine_case(int nr_arguments, char **arguments);

/* For threads, whose argument it is: pushes entries[from], ... to the list. */
struct part {
    struct lookaside *list;
    unsigned from, nr;
};
void push_part(void *argument);

size_t chain_length(void *chain);

/* Held by counters and held by looking must agree whenever the list is quiet. */
uint64_t held(struct lookaside *list);

/* Ends a list of bare_init()'s, whatever it holds. */
void fini(struct lookaside *list);

#endif
