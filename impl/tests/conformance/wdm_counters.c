/* SPDX-License-Identifier: MIT */
/* wdm_counters.c: the public fields and the query, against a count kept by hand. */
#include "conformance.h"

#include "lookaside.h"
#include "wdm_probe.h"

enum { NR = 10, MANY = 100 };

static SYSTEM_LOOKASIDE_INFORMATION ask(struct wdm_probe *probe)
{
    SYSTEM_LOOKASIDE_INFORMATION information;

    wdm_garbage(&information, sizeof information);
    lookaside_wdm_query(&probe->list, &information);
    return information;
}

static void c43_query_is_exact_at_every_step(void **state)
{
    struct wdm_probe probe;
    SYSTEM_LOOKASIDE_INFORMATION now;
    PVOID entries[NR];

    (void)state;
    wdm_probe_init(&probe);
    for (unsigned i = 0; i < NR; i++) {
        wdm_probe_take(&probe, &entries[i], 1);
        now = ask(&probe);
        assert_int_equal(now.TotalAllocates, i + 1);
        assert_int_equal(now.AllocateMisses, i + 1);
        assert_int_equal(now.CurrentDepth, 0);
    }
    for (unsigned i = 0; i < NR; i++) {
        unsigned kept = kept_of(i + 1 < WDM_INITIAL_DEPTH ? i + 1 : WDM_INITIAL_DEPTH);

        wdm_probe_give(&probe, &entries[i], 1);
        now = ask(&probe);
        assert_int_equal(now.TotalFrees, i + 1);
        assert_int_equal(now.FreeMisses, i + 1 - kept);
        assert_int_equal(now.CurrentDepth, kept);
    }
    assert_int_equal(now.MaximumDepth, WDM_INITIAL_DEPTH);
    assert_int_equal(now.Type, 0);
    assert_int_equal(now.Tag, WDM_TAG);
    assert_int_equal(now.Size, WDM_SIZE);
    wdm_probe_delete(&probe, 0);
}

static void c43_failed_allocations_count_as_misses(void **state)
{
    struct wdm_probe probe;

    (void)state;
    wdm_probe_init(&probe);
    probe.failing = 3;
    for (int i = 0; i < 3; i++)
        assert_null(ExAllocateFromLookasideListEx(&probe.list));
    assert_int_equal(ask(&probe).TotalAllocates, 3);
    assert_int_equal(ask(&probe).AllocateMisses, 3);
    ExDeleteLookasideListEx(&probe.list);
}

static void check_fields(struct wdm_probe *probe)
{
    SYSTEM_LOOKASIDE_INFORMATION now = ask(probe);

    assert_int_equal(probe->list.L.Depth, now.MaximumDepth);
    assert_int_equal(probe->list.L.TotalAllocates, now.TotalAllocates);
    assert_int_equal(probe->list.L.AllocateMisses, now.AllocateMisses);
    assert_int_equal(probe->list.L.TotalFrees, now.TotalFrees);
    assert_int_equal(probe->list.L.FreeMisses, now.FreeMisses);
    assert_int_equal(ExQueryDepthSList(&probe->list.L.ListHead), now.CurrentDepth);
}

static void c43_fields_are_fresh_after_flush_tick_and_delete(void **state)
{
    struct wdm_probe probe;
    PVOID entries[NR];

    (void)state;
    wdm_probe_init(&probe);
    check_fields(&probe);
    wdm_probe_take(&probe, entries, NR);
    ExFlushLookasideListEx(&probe.list);
    assert_int_equal(probe.list.L.TotalAllocates, NR);
    check_fields(&probe);
    wdm_probe_give(&probe, entries, NR);
    ExAdjustLookasideDepth();
    assert_int_equal(probe.list.L.TotalFrees, NR);
    check_fields(&probe);
    wdm_probe_take(&probe, entries, 1);
    wdm_probe_give(&probe, entries, 1);
    wdm_probe_delete(&probe, 0);
    assert_int_equal(probe.list.L.TotalAllocates, NR + 1);
    assert_int_equal(probe.list.L.TotalFrees, NR + 1);
}

/* Without kept entries every allocation misses, and the depth grows all the same. */
static void c43_last_counters_are_those_of_the_last_tick(void **state)
{
    struct wdm_probe probe;
    static PVOID entries[MANY];
    ULONG misses;

    (void)state;
    wdm_probe_init(&probe);
    wdm_probe_take(&probe, entries, MANY);
    wdm_probe_give(&probe, entries, MANY);
    misses = ask(&probe).AllocateMisses;
    assert_int_equal(misses, MANY);
    assert_int_equal(probe.list.L.LastTotalAllocates, 0);
    ExAdjustLookasideDepth();
    assert_int_equal(probe.list.L.LastTotalAllocates, MANY);
    assert_int_equal(probe.list.L.LastAllocateMisses, MANY);
    /* 4 + 1.0 * (256 - 4) / 2 + 5. */
    assert_int_equal(probe.list.L.Depth, 135);
    wdm_probe_take(&probe, entries, MANY);
    wdm_probe_give(&probe, entries, MANY);
    assert_int_equal(wdm_held(&probe.list), kept_of(MANY));
    assert_int_equal(probe.list.L.LastTotalAllocates, MANY);
    misses = ask(&probe).AllocateMisses;
    assert_int_equal(misses, 2 * MANY - kept_of(WDM_INITIAL_DEPTH));
    ExAdjustLookasideDepth();
    assert_int_equal(probe.list.L.LastAllocateMisses, misses);
    /* Idle ticks take 10 each; a list that is full has to give entries back. */
    for (int i = 0; i < 5; i++)
        ExAdjustLookasideDepth();
    assert_int_equal(probe.list.L.LastTotalAllocates, 2 * MANY);
    assert_in_range(probe.list.L.Depth, 4, 256 - 50);
    assert_true(wdm_held(&probe.list) <= probe.list.L.Depth);
    for (int i = 0; i < 30; i++)
        ExAdjustLookasideDepth();
    assert_int_equal(probe.list.L.Depth, 4);
    assert_int_equal(wdm_held(&probe.list), kept_of(4));
    wdm_probe_delete(&probe, 0);
}

static void c43_every_list_is_in_the_query_of_all(void **state)
{
    enum { LISTS = 3 };
    struct wdm_probe probes[LISTS];
    SYSTEM_LOOKASIDE_INFORMATION all[LISTS + 1];
    SIZE_T before = lookaside_wdm_query_all(NULL, 0);

    (void)state;
    for (int i = 0; i < LISTS; i++)
        wdm_probe_init_with(&probes[i], PagedPool, 0, 16 * ((SIZE_T)i + 1), PagedPool);
    assert_int_equal(before, 0);
    assert_int_equal(lookaside_wdm_query_all(all, 1), LISTS);
    assert_int_equal(lookaside_wdm_query_all(all, LISTS + 1), LISTS);
    assert_int_equal(all[0].Size + all[1].Size + all[2].Size, 16 + 32 + 48);
    assert_int_equal(all[0].Type + all[1].Type + all[2].Type, LISTS);
    for (int i = 0; i < LISTS; i++)
        wdm_probe_delete(&probes[i], 0);
}

static const struct CMUnitTest tests[] = {
    LONE(c43_query_is_exact_at_every_step),
    LONE(c43_failed_allocations_count_as_misses),
    LONE(c43_fields_are_fresh_after_flush_tick_and_delete),
    LONE(c43_last_counters_are_those_of_the_last_tick),
    LONE(c43_every_list_is_in_the_query_of_all),
};
CLAUSE_GROUP(wdm_counters, tests);
