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
    {.workload = "pair", .threads = 1},
    {.workload = "pair", .contenders = with_spinlock},
    {.workload = "pair", .sharing = 4, .contenders = crowded},
    {.workload = "burst", .threads = 1, .contenders = fast_and_array},
    {.workload = "burst-cold", .threads = 1, .contenders = cold},
    {.workload = "handoff", .threads = 2, .contenders = shared_too},
    {.workload = "replace", .contenders = fast_and_mallocs},
    {.workload = "exchange", .contenders = shared_too},
    {.workload = NULL},
};

/* Beside the product: what shows most, with a thread on each CPU unless it is about one, at the
 * one size that quick has, and with one allocator behind the lists. */
#define ALSO(name, nr_threads, threads_a_cpu)                                    \
    {                                                                            \
        .workload = (name), .threads = (nr_threads), .sharing = (threads_a_cpu), \
        .behind = "glibc", .size = 256                                           \
    }

/* The grid in short: few and many objects held and more than a list keeps, of which none, some and
 * all are freed by another thread. The suite regime has all of it. */
#define ALSO_HELD(objects)                                    \
    ALSO("regime-h" #objects "-r0", LA_THREADS_EACH, 0),      \
        ALSO("regime-h" #objects "-r25", LA_THREADS_EACH, 0), \
        ALSO("regime-h" #objects "-r100", LA_THREADS_EACH, 0)

static const struct la_suite_part standard_also[] = {
    ALSO("phase", 1, 0),      ALSO("threadtest", 0, 0),
    ALSO("pareto", 0, 0),     ALSO("larson", 0, 0),
    ALSO("mstress", 0, 0),    ALSO("xmalloc", 0, 0),
    ALSO("bulk-free", 0, 0),  ALSO("iso-memory", 0, 0),
    ALSO("migrate", 0, 0),    ALSO("cache-scratch", 0, 0),
    ALSO("antagonist", 1, 0), ALSO("rptest", 0, 0),
    ALSO("exchange", 0, 4),   ALSO_HELD(16),
    ALSO_HELD(128),           ALSO_HELD(1024),
    {.workload = NULL},
};

/* All that there is, and threads that share CPUs, whose windows are long: a few. */
static const struct la_suite_part full_also[] = {
    ALSO(LA_SUITE_REST, LA_THREADS_EACH, 0),
    ALSO_HELD(16),
    ALSO_HELD(128),
    ALSO_HELD(1024),
    ALSO("pair", 0, 8),
    ALSO("exchange", 0, 2),
    ALSO("exchange", 0, 4),
    ALSO("exchange", 0, 8),
    ALSO("mstress", 0, 4),
    ALSO("pipeline", 0, 2),
    ALSO("one-to-many", 0, 2),
    ALSO("many-to-one", 0, 2),
    {.workload = NULL},
};

/* Where threads share CPUs windows are long: a few points only. */
static const struct la_suite_part regime_parts[] = {
    {.workload = "regime", .threads = LA_THREADS_EACH},
    {.workload = "regime-h16-r0", .sharing = 4},
    {.workload = "regime-h16-r25", .sharing = 4},
    {.workload = "regime-h16-r100", .sharing = 4},
    {.workload = "regime-h128-r0", .sharing = 4},
    {.workload = "regime-h128-r25", .sharing = 4},
    {.workload = "regime-h128-r100", .sharing = 4},
    {.workload = NULL},
};

static const struct la_suite suites[] = {
    {.name = "quick",
     .summary = "every strategy, the best allocators, 1 thread and all CPUs; under 2 minutes",
     .blocks = 9,
     .processes = 9,
     .budget_s = 80,
     .window_s_max = 0.1,
     .backers = glibc_only,
     .mallocs = best_mallocs,
     .sizes = one_size},
    {.name = "standard",
     .summary = "two sizes, two allocators behind the lists, 13 more workloads, a regime map; "
                "about 11 minutes",
     .blocks = 10,
     .processes = 10,
     .budget_s = 640,
     .window_s_max = 0.3,
     .backers = glibc_and_jemalloc,
     .sizes = two_sizes,
     .powers_of_two = true,
     .bound_too = true,
     .also = standard_also},
    {.name = "full",
     .summary =
         "every workload, a regime map; four sizes, every malloc, adaptive depth; about 50 minutes",
     .blocks = 9,
     .processes = 9,
     .budget_s = 3000,
     .window_s_max = 0.5,
     .backers = glibc_and_jemalloc,
     .peers = true,
     .sizes = four_sizes,
     .powers_of_two = true,
     .adaptive_size = 256,
     .bound_too = true,
     .also = full_also},
    {.name = "goals",
     .summary = "the cells that `lookaside goals` judges, no others; about 4 minutes",
     .blocks = 15,
     .processes = 15,
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
     .processes = 9,
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
