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

static const char *const fast_and_mallocs[] = {"percpu",         "percpu-bound", "magazine",
                                               "magazine-bound", "malloc",       NULL};
static const char *const fast_and_array[] = {
    "percpu", "percpu-bound", "magazine", "magazine-bound", "tl-array-called", "malloc", NULL};
static const char *const shared_too[] = {"percpu",   "percpu-bound", "magazine", "magazine-bound",
                                         "spinlock", "malloc",       NULL};
static const char *const cold[] = {"percpu",   "percpu-bound", "magazine", "magazine-bound",
                                   "spinlock", "slist",        "malloc",   NULL};
static const char *const with_spinlock[] = {"percpu",         "percpu-bound", "magazine",
                                            "magazine-bound", "spinlock",     NULL};
static const char *const crowded[] = {"percpu", "magazine", "spinlock", "slist", NULL};

static const struct la_suite_part goal_parts[] = {
    {"pair", 1, 0, NULL},
    {"pair", 0, 0, with_spinlock},
    {"pair", 0, 4, crowded},
    {"burst", 1, 0, fast_and_array},
    {"burst-cold", 1, 0, cold},
    {"handoff", 2, 0, shared_too},
    {"replace", 0, 0, fast_and_mallocs},
    {"exchange", 0, 0, shared_too},
    {NULL, 0, 0, NULL},
};

/* Where threads share CPUs windows are long: a few points only. */
static const struct la_suite_part regime_parts[] = {
    {"regime", LA_THREADS_EACH, 0, NULL}, {"regime-h16-r0", 0, 4, NULL},
    {"regime-h16-r25", 0, 4, NULL},       {"regime-h16-r100", 0, 4, NULL},
    {"regime-h128-r0", 0, 4, NULL},       {"regime-h128-r25", 0, 4, NULL},
    {"regime-h128-r100", 0, 4, NULL},     {NULL, 0, 0, NULL},
};

static const struct la_suite suites[] = {
    {.name = "quick",
     .summary = "every strategy, the best allocators, 1 thread and all CPUs; under 2 minutes",
     .blocks = 9,
     .processes = 3,
     .budget_s = 80,
     .window_s_max = 0.1,
     .backers = glibc_only,
     .mallocs = best_mallocs,
     .sizes = one_size},
    {.name = "standard",
     .summary = "two sizes, two allocators behind the lists; about 10 minutes",
     .blocks = 10,
     .processes = 5,
     .budget_s = 540,
     .window_s_max = 0.3,
     .backers = glibc_and_jemalloc,
     .sizes = two_sizes,
     .powers_of_two = true,
     .bound_too = true},
    {.name = "full",
     .summary = "four sizes, every allocator behind the lists, adaptive depth; about 2 hours",
     .blocks = 12,
     .processes = 6,
     .budget_s = 7000,
     .window_s_max = 0.5,
     .peers = true,
     .sizes = four_sizes,
     .powers_of_two = true,
     .adaptive_too = true,
     .bound_too = true},
    {.name = "goals",
     .summary = "the cells that `lookaside goals` judges, no others; about 4 minutes",
     .blocks = 15,
     .processes = 5,
     .budget_s = 100000, /* the cells are few: their windows stay as long as they may be */
     .window_s_max = 0.1,
     .backers = glibc_only,
     .peers = true,
     .sizes = one_size,
     .bound_too = true,
     .array_called_too = true,
     .parts = goal_parts},
    {.name = "regime",
     .summary = "threads x objects held x share freed by another thread; about 5 minutes",
     .blocks = 9,
     .processes = 3,
     .budget_s = 240,
     .window_s_max = 0.03,
     .backers = glibc_only,
     .mallocs = best_mallocs,
     .sizes = one_size,
     .powers_of_two = true,
     .parts = regime_parts},
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

bool la_suite_part_takes(const struct la_suite_part *part, const char *contender)
{
    const size_t length = strcspn(contender, "+");

    if (!part->contenders)
        return true;
    for (const char *const *name = part->contenders; *name; name++) {
        if (strlen(*name) == length && strncmp(*name, contender, length) == 0)
            return true;
    }
    return false;
}
