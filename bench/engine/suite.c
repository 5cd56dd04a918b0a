/* SPDX-License-Identifier: MIT */
/* suite.c: the table of suites; see suite.h. */
#include "suite.h"

#include <string.h>

static const char *const glibc_only[] = {"glibc", NULL};
static const char *const glibc_and_jemalloc[] = {"glibc", "jemalloc", NULL};
/* Those that are the best malloc in some workload. */
static const char *const best_mallocs[] = {"glibc", "jemalloc", "tcmalloc", "mimalloc", NULL};
static const size_t one_size[] = {256, 0};
static const size_t two_sizes[] = {64, 1024, 0};
static const size_t four_sizes[] = {64, 256, 1024, 4096, 0};

static const struct la_suite suites[] = {
    {.name = "quick",
     .summary = "every strategy, the best allocators, 1 thread and all CPUs; under 2 minutes",
     .blocks = 9,
     .budget_s = 80,
     .window_s_max = 0.1,
     .backers = glibc_only,
     .mallocs = best_mallocs,
     .sizes = one_size},
    {.name = "standard",
     .summary = "two sizes, two allocators behind the lists; about 10 minutes",
     .blocks = 9,
     .budget_s = 540,
     .window_s_max = 0.3,
     .backers = glibc_and_jemalloc,
     .sizes = two_sizes,
     .powers_of_two = true},
    {.name = "full",
     .summary = "four sizes, every allocator behind the lists, adaptive depth; about 2 hours",
     .blocks = 11,
     .budget_s = 7000,
     .window_s_max = 0.5,
     .sizes = four_sizes,
     .powers_of_two = true,
     .adaptive_too = true},
};

const struct la_suite *la_suite_at(size_t index)
{
    return index < sizeof suites / sizeof *suites ? &suites[index] : NULL;
}

const struct la_suite *la_suite_find(const char *name)
{
    const struct la_suite *suite;

    for (size_t i = 0; (suite = la_suite_at(i)); i++) {
        if (strcmp(suite->name, name) == 0)
            return suite;
    }
    return NULL;
}
