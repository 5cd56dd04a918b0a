/* SPDX-License-Identifier: MIT */
/* wdm_free.c: which entries an extended list keeps, and which routine gets the others. */
#include "conformance.h"

#include "probe.h"
#include "wdm_probe.h"

static void c21_below_the_limit_the_free_routine_is_not_called(void **state)
{
    struct wdm_probe probe;
    PVOID entries[WDM_INITIAL_DEPTH];

    (void)state;
    wdm_probe_init(&probe);
    wdm_probe_take(&probe, entries, WDM_INITIAL_DEPTH);
    for (unsigned i = 0; i < WDM_INITIAL_DEPTH; i++) {
        ExFreeToLookasideListEx(&probe.list, entries[i]);
        assert_int_equal(wdm_held(&probe.list), kept_of(i + 1));
        assert_int_equal(probe.nr_frees, i + 1 - kept_of(i + 1));
    }
    wdm_probe_delete(&probe, 0);
}

/* Kept entries come back last in first out, without the routine; with plain malloc none do. */
static void c21_kept_entries_are_handed_out_again(void **state)
{
    struct wdm_probe probe;
    PVOID entries[WDM_INITIAL_DEPTH], again;

    (void)state;
    wdm_probe_init(&probe);
    wdm_probe_take(&probe, entries, WDM_INITIAL_DEPTH);
    wdm_probe_give(&probe, entries, WDM_INITIAL_DEPTH);
    probe.nr_allocates = 0;
    for (uint32_t i = kept_of(WDM_INITIAL_DEPTH); i > 0; i--) {
        again = ExAllocateFromLookasideListEx(&probe.list);
        assert_ptr_equal(again, entries[i - 1]);
    }
    assert_int_equal(probe.nr_allocates, 0);
    again = ExAllocateFromLookasideListEx(&probe.list);
    assert_int_equal(probe.nr_allocates, 1);
    ExFreeToLookasideListEx(&probe.list, again);
    for (uint32_t i = 0; i < kept_of(WDM_INITIAL_DEPTH); i++)
        ExFreeToLookasideListEx(&probe.list, entries[i]);
    ExDeleteLookasideListEx(&probe.list);
    assert_int_equal(probe.nr_wrong, 0);
}

static void c22_a_full_list_gives_entries_to_the_free_routine(void **state)
{
    struct wdm_probe probe;
    PVOID entries[12];
    unsigned kept = kept_of(WDM_INITIAL_DEPTH);

    (void)state;
    wdm_probe_init(&probe);
    wdm_probe_take(&probe, entries, 12);
    wdm_probe_give(&probe, entries, 12);
    assert_int_equal(probe.nr_frees, 12 - kept);
    for (unsigned i = kept; i < 12; i++)
        assert_ptr_equal(probe.freed[i - kept], entries[i]);
    assert_int_equal(wdm_held(&probe.list), kept);
    wdm_probe_delete(&probe, 0);
}

static void c23_initial_depth_keeps_four_and_frees_the_fifth(void **state)
{
    struct wdm_probe probe;
    PVOID entries[5];

    (void)state;
    wdm_probe_init(&probe);
    wdm_probe_take(&probe, entries, 5);
    wdm_probe_give(&probe, entries, 5);
    assert_int_equal(wdm_held(&probe.list), kept_of(4));
    assert_int_equal(probe.nr_frees, 5 - kept_of(4));
    assert_ptr_equal(probe.freed[probe.nr_frees - 1], entries[4]);
    wdm_probe_delete(&probe, 0);
}

enum { STORM_THREADS = 4, STORM_ROUNDS = 2000, STORM_ENTRIES = 8 };

struct storm {
    LOOKASIDE_LIST_EX list;
    LONG volatile allocated, freed;
};

static PVOID storm_allocate(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                            PLOOKASIDE_LIST_EX Lookaside)
{
    InterlockedIncrement(&CONTAINING_RECORD(Lookaside, struct storm, list)->allocated);
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
}

static VOID storm_free(PVOID Buffer, PLOOKASIDE_LIST_EX Lookaside)
{
    InterlockedIncrement(&CONTAINING_RECORD(Lookaside, struct storm, list)->freed);
    ExFreePool(Buffer);
}

static void storm_work(void *context, unsigned index)
{
    struct storm *storm = context;
    PVOID entries[STORM_ENTRIES];

    UNREFERENCED_PARAMETER(index);
    for (int round = 0; round < STORM_ROUNDS; round++) {
        for (int i = 0; i < STORM_ENTRIES; i++)
            entries[i] = ExAllocateFromLookasideListEx(&storm->list);
        for (int i = 0; i < STORM_ENTRIES; i++)
            ExFreeToLookasideListEx(&storm->list, entries[i]);
    }
}

/* What delete finds is what the frees left behind, overshoot included. */
static void c24_concurrent_frees_stay_within_depth_and_threads(void **state)
{
    static struct storm storm;
    LONG freed;

    (void)state;
    storm.allocated = storm.freed = 0;
    assert_true(lookaside_wdm_set_balancer(FALSE));
    assert_int_equal(ExInitializeLookasideListEx(&storm.list, storm_allocate, storm_free,
                                                 NonPagedPoolNx, 0, WDM_SIZE, WDM_TAG, 0),
                     0);
    probe_together(STORM_THREADS, storm_work, &storm);
    freed = storm.freed;
    ExDeleteLookasideListEx(&storm.list);
    assert_in_range(storm.freed - freed, 0, WDM_INITIAL_DEPTH + STORM_THREADS - 1);
    assert_int_equal(storm.list.L.TotalAllocates, STORM_THREADS * STORM_ROUNDS * STORM_ENTRIES);
    assert_int_equal(storm.list.L.TotalFrees, STORM_THREADS * STORM_ROUNDS * STORM_ENTRIES);
    assert_int_equal(storm.list.L.AllocateMisses, storm.allocated);
    assert_int_equal(storm.allocated, storm.freed);
}

static PVOID custom_allocate(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                             PLOOKASIDE_LIST_EX Lookaside)
{
    UNREFERENCED_PARAMETER(Lookaside);
    return ExAllocatePoolZero(PoolType, NumberOfBytes, Tag);
}

static VOID custom_free(PVOID Buffer, PLOOKASIDE_LIST_EX Lookaside)
{
    ExFreePoolWithTag(Buffer, Lookaside->L.Tag);
}

/* The address sanitizer would report a block that went to the wrong allocator. */
static void check_mixture(ALLOCATE_FUNCTION_EX *allocate, FREE_FUNCTION_EX *release, SIZE_T size)
{
    LOOKASIDE_LIST_EX list;
    PVOID entries[6];

    assert_int_equal(
        ExInitializeLookasideListEx(&list, allocate, release, PagedPool, 0, size, WDM_TAG, 0), 0);
    for (int i = 0; i < 6; i++)
        assert_non_null(entries[i] = ExAllocateFromLookasideListEx(&list));
    /* One goes straight to the pool, and one of the pool's joins the list in its place. */
    ExFreePool(entries[0]);
    entries[0] = ExAllocatePoolWithTag(PagedPool, size, WDM_TAG);
    for (int i = 0; i < 6; i++)
        ExFreeToLookasideListEx(&list, entries[i]);
    ExFlushLookasideListEx(&list);
    assert_int_equal(wdm_held(&list), 0);
    ExDeleteLookasideListEx(&list);
}

static void c25_default_and_own_routines_mix(void **state)
{
    static const SIZE_T sizes[] = {WDM_SIZE, PAGE_SIZE};

    (void)state;
    assert_true(lookaside_wdm_set_balancer(FALSE));
    for (size_t i = 0; i < ARRAYSIZE(sizes); i++) {
        check_mixture(NULL, NULL, sizes[i]);
        check_mixture(custom_allocate, NULL, sizes[i]);
        check_mixture(NULL, custom_free, sizes[i]);
        check_mixture(custom_allocate, custom_free, sizes[i]);
    }
}

static const struct CMUnitTest tests[] = {
    LONE(c21_below_the_limit_the_free_routine_is_not_called),
    LONE(c21_kept_entries_are_handed_out_again),
    LONE(c22_a_full_list_gives_entries_to_the_free_routine),
    LONE(c23_initial_depth_keeps_four_and_frees_the_fifth),
    cmocka_unit_test(c24_concurrent_frees_stay_within_depth_and_threads),
    LONE(c25_default_and_own_routines_mix),
};
CLAUSE_GROUP(wdm_free, tests);
