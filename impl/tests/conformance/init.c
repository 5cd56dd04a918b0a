/* SPDX-License-Identifier: MIT */
/* init.c: what a list is right after init, and on what storage init works. */
#include "conformance.h"

#include <string.h>

#include "probe.h"

enum { NR = 6, DEPTH = 4, GARBAGE = 0xA5 };

static void c04_init_runs_no_routine_and_holds_nothing(void **state)
{
    static struct probe probe;
    struct lookaside_stats stats;

    (void)state;
    probe_init(&probe, DEPTH);
    assert_int_equal(probe.nr_allocates + probe.nr_frees, 0);
    stats = probe_stats(&probe);
    assert_int_equal(stats.held, 0);
    assert_int_equal(stats.total_allocates + stats.allocate_misses + stats.allocate_failures, 0);
    assert_int_equal(stats.total_frees + stats.free_misses + stats.released, 0);
    assert_int_equal(stats.depth, DEPTH);
    probe_fini(&probe, 0);
    assert_int_equal(probe.nr_allocates + probe.nr_frees, 0);
}

static void c05_first_allocate_calls_routine_once(void **state)
{
    static struct probe probe;
    void *entry;

    (void)state;
    probe_init(&probe, DEPTH);
    probe_alloc_n(&probe, &entry, 1);
    assert_int_equal(probe.nr_allocates, 1);
    lookaside_free(&probe.list, entry);
    probe_fini(&probe, 0);
}

/* Uses a list that stands in storage of whatever history; it must behave as new. */
static void behaves_as_new(struct lookaside *list)
{
    void *entries[NR];
    struct lookaside_stats stats;
    const struct lookaside_config config = {
        .size = 32, .strategy = conformance_strategy(), .depth = {.initial = DEPTH}};

    assert_int_equal(lookaside_init(list, &config), 0);
    for (int i = 0; i < NR; i++)
        assert_non_null(entries[i] = lookaside_alloc(list));
    for (int i = 0; i < NR; i++)
        lookaside_free(list, entries[i]);
    lookaside_get_stats(list, &stats);
    assert_int_equal(stats.total_allocates, NR);
    assert_int_equal(stats.held, kept_of(DEPTH));
    assert_int_equal(stats.free_misses, NR - kept_of(DEPTH));
    lookaside_fini(list);
}

static void c09_init_again_after_fini(void **state)
{
    static struct lookaside list;

    (void)state;
    for (int round = 0; round < 3; round++)
        behaves_as_new(&list);
}

static void c10_init_over_garbage(void **state)
{
    static struct lookaside list;

    (void)state;
    memset((void *)&list, GARBAGE, sizeof list);
    behaves_as_new(&list);
    memset((void *)&list, 0xFF, sizeof list);
    behaves_as_new(&list);
}

static const struct CMUnitTest tests[] = {
    LONE(c04_init_runs_no_routine_and_holds_nothing),
    LONE(c05_first_allocate_calls_routine_once),
    LONE(c09_init_again_after_fini),
    LONE(c10_init_over_garbage),
};
CLAUSE_GROUP(init, tests);
