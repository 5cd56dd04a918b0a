/* SPDX-License-Identifier: MIT */
/*
 * percpu_case.h: what the tests of percpu share: a list of that strategy without the list around
 * it, entries that only have an address, and two CPUs to work on. Each test runs several times:
 * plainly; with restartable sequences switched off, which selects the variant with locks; with an
 * assumed last-level cache for each of the two CPUs ("two-caches"); and with the strategy built
 * with injection points.
 */
#ifndef LOOKASIDE_PERCPU_CASE_H
#define LOOKASIDE_PERCPU_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "strategy.h"

enum { NR_ENTRIES = LOOKASIDE_DEPTH_LIMIT + 8 };

struct entry {
    void *link;
};

extern const struct lookaside_strategy la_strategy_percpu;
extern const struct lookaside_strategy *const percpu;
extern struct entry entries[NR_ENTRIES];
extern struct lookaside list;
extern int cpus[2]; /* that we may run on; the same one twice if there is only one */

int find_cpus(void **state);
int find_two_caches(void **state);

/* The body of main: 77 if what the argument asks for cannot be had here. */
int run_cases(int nr_arguments, char **arguments, int (*run)(CMFixtureFunction set_up));

void bind_to(int cpu);
void bind_to_both(void);
void needs_two_cpus(void);

void make_list(uint32_t limit);
void end_list(void);
void set_limit(uint32_t limit);
struct lookaside_strategy_stats get_stats(void);
size_t chain_length(void *chain);

/* entries[0], [1], ... until one is refused or nr are kept; the number kept. */
uint32_t push_up_to(uint32_t nr);
void pop_expecting_newest_first(uint32_t nr);

/* Runs work on another thread, bound to cpu, and waits for it. */
void on_cpu(int cpu, void *(*work)(void *), void *argument);

#endif
