/* SPDX-License-Identifier: MIT */
/* flush.c: flush releases everything, once, newest first, and changes nothing else. */
#include "conformance.h"

#include "probe.h"

enum { DEPTH = 100, NR = 60 };

static void check_flush(uint32_t depth)
{
    static struct probe probe;
    static void *entries[PROBE_LOG];
    uint32_t kept = kept_of(depth);

    probe_init(&probe, depth);
    probe_fill(&probe, entries, depth);
    probe.nr_frees = 0;
    assert_int_equal(lookaside_flush(&probe.list), kept);
    assert_int_equal(probe.nr_frees, kept);
    assert_int_equal(probe_held(&probe), 0);
    /* Newest first: also that each is released once. */
    for (uint32_t i = 0; i < kept; i++)
        assert_ptr_equal(probe.freed[i], entries[depth - 1 - i]);
    lookaside_fini(&probe.list);
    assert_int_equal(probe.nr_frees, kept);
}

static void c28_c31_flush_releases_each_once_newest_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < probe_nr_depths; i++)
        check_flush(probe_depths[i]);
}

static void c29_flush_of_an_empty_list_does_nothing(void **state)
{
    static struct probe probe;
    void *entry;

    (void)state;
    probe_init(&probe, DEPTH);
    assert_int_equal(lookaside_flush(&probe.list), 0);
    probe_alloc_n(&probe, &entry, 1);
    assert_int_equal(lookaside_flush(&probe.list), 0);
    assert_int_equal(probe.nr_frees, 0);
    lookaside_free(&probe.list, entry);
    probe_fini(&probe, 0);
}

static void c30_flush_leaves_depth_and_counters_and_the_list_goes_on(void **state)
{
    static struct probe probe;
    static void *entries[DEPTH + NR];
    struct lookaside_stats before, after;

    (void)state;
    probe_init(&probe, DEPTH);
    probe_fill(&probe, entries, NR);
    before = probe_stats(&probe);
    lookaside_flush(&probe.list);
    after = probe_stats(&probe);
    assert_int_equal(after.depth, before.depth);
    assert_int_equal(after.total_allocates, before.total_allocates);
    assert_int_equal(after.allocate_misses, before.allocate_misses);
    assert_int_equal(after.total_frees, before.total_frees);
    assert_int_equal(after.free_misses, before.free_misses);
    assert_int_equal(after.released, kept_of(NR));
    /* The room that the flushed entries took is there again, all of it. */
    probe_fill(&probe, entries, DEPTH + NR);
    assert_int_equal(probe_held(&probe), kept_of(DEPTH));
    probe_fini(&probe, 0);
}

static void c33_flush_between_frees_and_allocations_loses_nothing(void **state)
{
    static struct probe probe;
    static void *entries[DEPTH];

    (void)state;
    probe_init(&probe, DEPTH);
    for (uint32_t round = 0; round < 300; round++) {
        probe_fill(&probe, entries, 1 + round % 3);
        if (round % 2 == 0)
            lookaside_flush(&probe.list);
        probe_fill(&probe, entries, 1 + round % 5);
        assert_int_equal(probe.nr_allocates - probe.nr_frees, probe_held(&probe));
    }
    probe_fini(&probe, 0);
}

static void trim_leaves_what_was_asked(void **state)
{
    static struct probe probe;
    static void *entries[NR];

    (void)state;
    probe_init(&probe, DEPTH);
    probe_fill(&probe, entries, NR);
    assert_int_equal(lookaside_trim(&probe.list, NR), 0);
    assert_int_equal(lookaside_trim(&probe.list, 2 * DEPTH), 0);
    assert_int_equal(lookaside_trim(&probe.list, 7), kept_of(NR - 7));
    assert_int_equal(probe_held(&probe), kept_of(7));
    assert_int_equal(probe_stats(&probe).released, kept_of(NR - 7));
    assert_int_equal(probe_stats(&probe).depth, DEPTH);
    assert_int_equal(lookaside_trim(&probe.list, 0), kept_of(7));
    probe_fini(&probe, 0);
}

static const struct CMUnitTest tests[] = {
    LONE(c28_c31_flush_releases_each_once_newest_first),
    LONE(c29_flush_of_an_empty_list_does_nothing),
    LONE(c30_flush_leaves_depth_and_counters_and_the_list_goes_on),
    LONE(c33_flush_between_frees_and_allocations_loses_nothing),
    LONE(trim_leaves_what_was_asked),
};
CLAUSE_GROUP(flush, tests);
