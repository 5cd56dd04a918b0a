/* SPDX-License-Identifier: MIT */
/* wdm_end.c: flush and delete of an extended list. */
#include "conformance.h"

#include <sys/mman.h>

#include "lookaside.h"
#include "wdm_probe.h"

enum { NR = WDM_INITIAL_DEPTH };

static void fill(struct wdm_probe *probe, PVOID *entries)
{
    wdm_probe_init(probe);
    wdm_probe_take(probe, entries, NR);
    wdm_probe_give(probe, entries, NR);
}

/* What was held went to the free routine, each entry once, newest first. */
static void check_released(const struct wdm_probe *probe, PVOID *entries)
{
    unsigned kept = kept_of(NR), earlier = NR - kept;

    assert_int_equal(probe->nr_frees, NR);
    for (unsigned i = 0; i < kept; i++)
        assert_ptr_equal(probe->freed[earlier + i], entries[NR - 1 - i]);
}

static void c28_flush_releases_everything_held(void **state)
{
    struct wdm_probe probe;
    PVOID entries[NR];

    (void)state;
    fill(&probe, entries);
    ExFlushLookasideListEx(&probe.list);
    assert_int_equal(wdm_held(&probe.list), 0);
    assert_int_equal(ExQueryDepthSList(&probe.list.L.ListHead), 0);
    check_released(&probe, entries);
    wdm_probe_delete(&probe, 0);
}

static void c29_flush_of_an_empty_list_does_nothing(void **state)
{
    struct wdm_probe probe;

    (void)state;
    wdm_probe_init(&probe);
    ExFlushLookasideListEx(&probe.list);
    ExFlushLookasideListEx(&probe.list);
    assert_int_equal(probe.nr_allocates + probe.nr_frees, 0);
    wdm_probe_delete(&probe, 0);
}

static void c30_flush_leaves_depth_and_counters_and_a_usable_list(void **state)
{
    struct wdm_probe probe;
    PVOID entries[NR];
    ULONG misses = NR - kept_of(NR);

    (void)state;
    fill(&probe, entries);
    ExFlushLookasideListEx(&probe.list);
    assert_int_equal(probe.list.L.Depth, WDM_INITIAL_DEPTH);
    assert_int_equal(probe.list.L.MaximumDepth, 256);
    assert_int_equal(probe.list.L.TotalAllocates, NR);
    assert_int_equal(probe.list.L.AllocateMisses, NR);
    assert_int_equal(probe.list.L.TotalFrees, NR);
    assert_int_equal(probe.list.L.FreeMisses, misses);
    wdm_probe_take(&probe, entries, NR);
    assert_int_equal(probe.nr_allocates, 2 * NR);
    wdm_probe_give(&probe, entries, NR);
    assert_int_equal(wdm_held(&probe.list), kept_of(NR));
    wdm_probe_delete(&probe, 0);
}

static void c34_delete_releases_everything_held(void **state)
{
    struct wdm_probe probe;
    PVOID entries[NR];
    SIZE_T nr_lists;

    (void)state;
    fill(&probe, entries);
    nr_lists = lookaside_wdm_query_all(NULL, 0);
    wdm_probe_delete(&probe, 0);
    check_released(&probe, entries);
    assert_int_equal(lookaside_wdm_query_all(NULL, 0), nr_lists - 1);
}

static void c35_delete_leaves_callers_entries_and_the_storage(void **state)
{
    struct wdm_probe probe;
    PVOID entries[NR + 2];

    (void)state;
    wdm_probe_init(&probe);
    RtlFillMemory(probe.before, sizeof probe.before, 0x11);
    wdm_probe_take(&probe, entries, NR + 2);
    wdm_probe_give(&probe, entries, NR);
    wdm_probe_delete(&probe, 2);
    for (int i = NR; i < NR + 2; i++) {
        RtlFillMemory(entries[i], WDM_SIZE, i);
        ExFreePool(entries[i]);
    }
    for (size_t i = 0; i < sizeof probe.before; i++)
        assert_int_equal(probe.before[i], 0x11);
    assert_int_equal(probe.list.L.TotalAllocates, NR + 2);
    assert_int_equal(probe.list.L.TotalFrees, NR);
}

static void c36_flush_then_delete_frees_nothing_twice(void **state)
{
    struct wdm_probe probe;
    PVOID entries[NR];

    (void)state;
    fill(&probe, entries);
    ExFlushLookasideListEx(&probe.list);
    check_released(&probe, entries);
    wdm_probe_delete(&probe, 0);
    check_released(&probe, entries);
}

/* The storage is unmapped as soon as delete returns, with ticks going on in another thread. */
static void c38_storage_may_vanish_after_delete(void **state)
{
    enum { ROUNDS = 200 };
    PVOID entries[NR];

    (void)state;
    assert_true(lookaside_wdm_set_balancer(FALSE));
    assert_int_equal(lookaside_balancer_start(50000), 0);
    for (int round = 0; round < ROUNDS; round++) {
        PLOOKASIDE_LIST_EX list =
            mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        assert_ptr_not_equal(list, MAP_FAILED);
        assert_int_equal(
            ExInitializeLookasideListEx(list, NULL, NULL, PagedPool, 0, WDM_SIZE, WDM_TAG, 0), 0);
        for (int i = 0; i < NR; i++)
            entries[i] = ExAllocateFromLookasideListEx(list);
        for (int i = 0; i < NR; i++)
            ExFreeToLookasideListEx(list, entries[i]);
        ExDeleteLookasideListEx(list);
        assert_int_equal(munmap(list, PAGE_SIZE), 0);
    }
    lookaside_balancer_stop();
}

static const struct CMUnitTest tests[] = {
    LONE(c28_flush_releases_everything_held),
    LONE(c29_flush_of_an_empty_list_does_nothing),
    LONE(c30_flush_leaves_depth_and_counters_and_a_usable_list),
    LONE(c34_delete_releases_everything_held),
    LONE(c35_delete_leaves_callers_entries_and_the_storage),
    LONE(c36_flush_then_delete_frees_nothing_twice),
    cmocka_unit_test(c38_storage_may_vanish_after_delete),
};
CLAUSE_GROUP(wdm_end, tests);
