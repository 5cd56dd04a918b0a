/* SPDX-License-Identifier: MIT */
/* bulk.c: many entries in one call count and behave as that many calls. */
#include "conformance.h"

#include "probe.h"

enum { DEPTH = 50, NR = 30, MORE = 80 };

static void *entries[MORE];

static void c11_c14_bulk_takes_newest_first_then_asks_the_routine(void **state)
{
    static struct probe probe;
    void *got[MORE];
    uint32_t hits = kept_of(NR);

    (void)state;
    probe_init(&probe, DEPTH);
    probe_fill(&probe, entries, NR);
    assert_int_equal(lookaside_alloc_bulk(&probe.list, got, MORE), MORE);
    for (uint32_t i = 0; i < hits; i++)
        assert_ptr_equal(got[i], entries[NR - 1 - i]);
    assert_int_equal(probe.nr_allocates, NR + MORE - hits);
    assert_int_equal(probe_stats(&probe).total_allocates, NR + MORE);
    probe_free_n(&probe, got, MORE);
    probe_fini(&probe, 0);
}

static void c13_bulk_stops_where_the_routine_fails(void **state)
{
    static struct probe probe;
    void *got[MORE];
    uint32_t hits = kept_of(NR);

    (void)state;
    probe_init(&probe, DEPTH);
    probe_fill(&probe, entries, NR);
    probe.failing = 1;
    assert_int_equal(lookaside_alloc_bulk(&probe.list, got, MORE), hits);
    assert_int_equal(probe.nr_allocates, NR + 1);
    assert_int_equal(probe_stats(&probe).total_allocates, NR + hits + 1);
    assert_int_equal(probe_stats(&probe).allocate_failures, 1);
    probe_free_n(&probe, got, hits);
    probe_fini(&probe, 0);
}

static void c21_c22_bulk_keeps_up_to_the_limit_and_refuses_the_rest(void **state)
{
    static struct probe probe;
    uint32_t kept = kept_of(DEPTH);

    (void)state;
    probe_init(&probe, DEPTH);
    probe_alloc_n(&probe, entries, MORE);
    lookaside_free_bulk(&probe.list, entries, MORE);
    assert_int_equal(probe_held(&probe), kept);
    assert_int_equal(probe.nr_frees, MORE - kept);
    for (uint32_t i = kept; i < MORE; i++)
        assert_ptr_equal(probe.freed[i - kept], entries[i]);
    assert_int_equal(probe_stats(&probe).total_frees, MORE);
    assert_int_equal(probe_stats(&probe).free_misses, MORE - kept);
    probe_fini(&probe, 0);
}

static void c14_bulk_free_puts_the_last_one_on_top(void **state)
{
    static struct probe probe;
    void *again[NR];

    (void)state;
    probe_init(&probe, DEPTH);
    probe_alloc_n(&probe, entries, NR);
    lookaside_free_bulk(&probe.list, entries, NR);
    probe_alloc_n(&probe, again, NR);
    for (uint32_t i = 0; i < kept_of(NR); i++)
        assert_ptr_equal(again[i], entries[NR - 1 - i]);
    lookaside_free_bulk(&probe.list, again, NR);
    probe_fini(&probe, 0);
}

/* More than any shard or batch: many depots' and limits' worth in one call. */
static void c14_c22_bulk_beyond_batches_is_one_call(void **state)
{
    enum { DEEP = 1500, BEYOND = 100 };
    static struct probe probe;
    static void *many[DEEP + BEYOND], *got[DEEP + BEYOND];
    uint32_t kept = kept_of(DEEP);

    (void)state;
    probe_init(&probe, DEEP);
    assert_int_equal(lookaside_alloc_bulk(&probe.list, many, DEEP + BEYOND), DEEP + BEYOND);
    lookaside_free_bulk(&probe.list, many, DEEP + BEYOND);
    assert_int_equal(probe_held(&probe), kept);
    assert_int_equal(probe.nr_frees, DEEP + BEYOND - kept);
    assert_int_equal(lookaside_alloc_bulk(&probe.list, got, kept), kept);
    for (uint32_t i = 0; i < kept; i++)
        assert_ptr_equal(got[i], many[kept - 1 - i]);
    assert_int_equal(probe_held(&probe), 0);
    assert_int_equal(probe_stats(&probe).total_allocates, DEEP + BEYOND + kept);
    assert_int_equal(probe_stats(&probe).total_frees, DEEP + BEYOND);
    probe_free_n(&probe, got, kept);
    probe_fini(&probe, 0);
}

/* Calls of both kinds see one list. */
static void c14_bulk_and_single_calls_mix(void **state)
{
    static struct probe probe;
    void *got[NR];
    uint32_t kept = kept_of(NR);

    (void)state;
    probe_init(&probe, DEPTH);
    probe_alloc_n(&probe, entries, NR);
    probe_free_n(&probe, entries, NR / 2);
    lookaside_free_bulk(&probe.list, entries + NR / 2, NR - NR / 2);
    if (kept > 0) {
        assert_ptr_equal(lookaside_alloc(&probe.list), entries[NR - 1]);
        assert_int_equal(lookaside_alloc_bulk(&probe.list, got, NR - 1), NR - 1);
        for (uint32_t i = 0; i < kept - 1; i++)
            assert_ptr_equal(got[i], entries[NR - 2 - i]);
        assert_int_equal(probe.nr_allocates, 2 * NR - kept);
        probe_free_n(&probe, got, NR - 1);
        lookaside_free(&probe.list, entries[NR - 1]);
    }
    probe_fini(&probe, 0);
}

static void bulk_of_none_does_nothing(void **state)
{
    static struct probe probe;
    void *untouched = &probe;

    (void)state;
    probe_init(&probe, DEPTH);
    assert_int_equal(lookaside_alloc_bulk(&probe.list, &untouched, 0), 0);
    lookaside_free_bulk(&probe.list, &untouched, 0);
    assert_ptr_equal(untouched, &probe);
    assert_int_equal(probe_stats(&probe).total_allocates + probe_stats(&probe).total_frees, 0);
    probe_fini(&probe, 0);
}

static const struct CMUnitTest tests[] = {
    LONE(c11_c14_bulk_takes_newest_first_then_asks_the_routine),
    LONE(c13_bulk_stops_where_the_routine_fails),
    LONE(c21_c22_bulk_keeps_up_to_the_limit_and_refuses_the_rest),
    LONE(c14_bulk_free_puts_the_last_one_on_top),
    LONE(c14_c22_bulk_beyond_batches_is_one_call),
    LONE(c14_bulk_and_single_calls_mix),
    LONE(bulk_of_none_does_nothing),
};
CLAUSE_GROUP(bulk, tests);
