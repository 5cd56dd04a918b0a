/* SPDX-License-Identifier: MIT */
/* wdm_legacy.c: the clauses through the older families, nonpaged and paged. */
#include "conformance.h"

#include "wdm_probe.h"

enum { NR = 6 };

/* Their routines get no list, so what they are told is kept here. */
static struct {
    unsigned nr_allocates, nr_frees;
    POOL_TYPE type;
    SIZE_T size;
    ULONG tag;
    PVOID freed[WDM_LOG];
} told;

static PVOID legacy_allocate(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    told.nr_allocates++;
    told.type = PoolType;
    told.size = NumberOfBytes;
    told.tag = Tag;
    return ExAllocatePoolWithTag(NonPagedPool, NumberOfBytes, Tag);
}

static VOID legacy_free(PVOID Buffer)
{
    told.freed[told.nr_frees++ % WDM_LOG] = Buffer;
    ExFreePool(Buffer);
}

static void start(void)
{
    assert_true(lookaside_wdm_set_balancer(FALSE));
    RtlZeroMemory(&told, sizeof told);
}

static void check_initial(const GENERAL_LOOKASIDE *list, ULONG type, ULONG size)
{
    assert_int_equal(list->Depth, 4);
    assert_int_equal(list->MaximumDepth, 256);
    assert_int_equal(list->TotalAllocates, 0);
    assert_int_equal(list->AllocateMisses, 0);
    assert_int_equal(list->TotalFrees, 0);
    assert_int_equal(list->FreeMisses, 0);
    assert_int_equal(list->LastTotalAllocates, 0);
    assert_int_equal(list->LastAllocateMisses, 0);
    assert_int_equal(list->Type, type);
    assert_int_equal(list->Tag, WDM_TAG);
    assert_int_equal(list->Size, size);
}

static void c06_legacy_fields_after_init(void **state)
{
    NPAGED_LOOKASIDE_LIST nonpaged;
    PAGED_LOOKASIDE_LIST paged;

    (void)state;
    start();
    wdm_garbage(&nonpaged, sizeof nonpaged);
    wdm_garbage(&paged, sizeof paged);
    ExInitializeNPagedLookasideList(&nonpaged, NULL, NULL, 0, 100, WDM_TAG, 0);
    ExInitializePagedLookasideList(&paged, NULL, NULL, 0, 40, WDM_TAG, 0);
    check_initial(&nonpaged.L, NonPagedPool, 100);
    check_initial(&paged.L, PagedPool, 40);
    assert_ptr_equal(nonpaged.L.Allocate, ExAllocatePoolWithTag);
    assert_ptr_equal(paged.L.Free, ExFreePool);
    ExDeleteNPagedLookasideList(&nonpaged);
    ExDeletePagedLookasideList(&paged);
}

static void c07_legacy_depth_argument_changes_nothing(void **state)
{
    static const USHORT depths[] = {4, 8, 16, 20, 255, 256, 1024, 0xFFFF};
    NPAGED_LOOKASIDE_LIST nonpaged;
    PAGED_LOOKASIDE_LIST paged;

    (void)state;
    start();
    for (size_t i = 0; i < ARRAYSIZE(depths); i++) {
        ExInitializeNPagedLookasideList(&nonpaged, NULL, NULL, 0, 64, WDM_TAG, depths[i]);
        ExInitializePagedLookasideList(&paged, NULL, NULL, 0, 64, WDM_TAG, depths[i]);
        check_initial(&nonpaged.L, NonPagedPool, 64);
        check_initial(&paged.L, PagedPool, 64);
        ExDeleteNPagedLookasideList(&nonpaged);
        ExDeletePagedLookasideList(&paged);
    }
}

static void c08_legacy_flags_are_part_of_the_type(void **state)
{
    NPAGED_LOOKASIDE_LIST nonpaged;
    PAGED_LOOKASIDE_LIST paged;

    (void)state;
    start();
    ExInitializePagedLookasideList(&paged, NULL, NULL, POOL_NX_ALLOCATION, 64, WDM_TAG, 0);
    assert_int_equal(paged.L.Type, 513);
    ExDeletePagedLookasideList(&paged);
    ExInitializeNPagedLookasideList(&nonpaged, NULL, NULL,
                                    POOL_NX_ALLOCATION | POOL_RAISE_IF_ALLOCATION_FAILURE, 64,
                                    WDM_TAG, 0);
    assert_int_equal(nonpaged.L.Type, 512 | 16);
    ExDeleteNPagedLookasideList(&nonpaged);
}

static void c16_legacy_routine_is_told_type_size_and_tag(void **state)
{
    NPAGED_LOOKASIDE_LIST nonpaged;
    PAGED_LOOKASIDE_LIST paged;

    (void)state;
    start();
    ExInitializeNPagedLookasideList(&nonpaged, legacy_allocate, legacy_free, POOL_NX_ALLOCATION, 77,
                                    WDM_TAG, 0);
    ExFreeToNPagedLookasideList(&nonpaged, ExAllocateFromNPagedLookasideList(&nonpaged));
    ExDeleteNPagedLookasideList(&nonpaged);
    assert_int_equal(told.type, NonPagedPoolNx);
    assert_int_equal(told.size, 77);
    assert_int_equal(told.tag, WDM_TAG);
    ExInitializePagedLookasideList(&paged, legacy_allocate, legacy_free, 0, 4, WDM_TAG + 1, 0);
    ExFreeToPagedLookasideList(&paged, ExAllocateFromPagedLookasideList(&paged));
    ExDeletePagedLookasideList(&paged);
    assert_int_equal(told.type, PagedPool);
    assert_int_equal(told.size, 8);
    assert_int_equal(told.tag, WDM_TAG + 1);
    assert_int_equal(told.nr_allocates, 2);
    assert_int_equal(told.nr_frees, 2);
}

/* Through the names that NDIS gives the nonpaged family. */
static void c23_legacy_keeps_four_and_frees_the_fifth(void **state)
{
    NPAGED_LOOKASIDE_LIST list;
    PVOID entries[5];

    (void)state;
    start();
    NdisInitializeNPagedLookasideList(&list, legacy_allocate, legacy_free, 0, 64, WDM_TAG, 0);
    for (int i = 0; i < 5; i++)
        assert_non_null(entries[i] = NdisAllocateFromNPagedLookasideList(&list));
    for (int i = 0; i < 5; i++)
        NdisFreeToNPagedLookasideList(&list, entries[i]);
    assert_int_equal(wdm_held(&list), kept_of(4));
    assert_int_equal(told.nr_frees, 5 - kept_of(4));
    assert_ptr_equal(told.freed[told.nr_frees - 1], entries[4]);
    NdisDeleteNPagedLookasideList(&list);
    assert_int_equal(told.nr_frees, 5);
}

static void c39_legacy_delete_releases_what_is_held_and_nothing_else(void **state)
{
    PAGED_LOOKASIDE_LIST list;
    PVOID entries[NR];

    (void)state;
    start();
    ExInitializePagedLookasideList(&list, legacy_allocate, legacy_free, 0, 64, WDM_TAG, 0);
    for (int i = 0; i < NR; i++)
        entries[i] = ExAllocateFromPagedLookasideList(&list);
    for (int i = 0; i < 3; i++)
        ExFreeToPagedLookasideList(&list, entries[i]);
    assert_int_equal(told.nr_frees, 3 - kept_of(3));
    ExDeletePagedLookasideList(&list);
    assert_int_equal(told.nr_frees, 3);
    for (uint32_t i = 0; i < kept_of(3); i++)
        assert_ptr_equal(told.freed[i], entries[2 - i]);
    for (int i = 3; i < NR; i++) {
        RtlFillMemory(entries[i], 64, 0x77);
        ExFreePool(entries[i]);
    }
    assert_int_equal(list.L.TotalAllocates, NR);
    assert_int_equal(list.L.TotalFrees, 3);
}

static void c09_legacy_storage_can_be_used_again(void **state)
{
    NPAGED_LOOKASIDE_LIST list;

    (void)state;
    start();
    for (int round = 0; round < 3; round++) {
        ExInitializeNPagedLookasideList(&list, NULL, NULL, 0, 64, WDM_TAG, 0);
        check_initial(&list.L, NonPagedPool, 64);
        ExFreeToNPagedLookasideList(&list, ExAllocateFromNPagedLookasideList(&list));
        ExDeleteNPagedLookasideList(&list);
        assert_int_equal(list.L.TotalAllocates, 1);
    }
}

/* One script, run on a list of each type; what can be seen of it afterwards. */
static GENERAL_LOOKASIDE_POOL script(POOL_TYPE type)
{
    LOOKASIDE_LIST_EX list;
    PVOID entries[NR];

    assert_int_equal(ExInitializeLookasideListEx(&list, NULL, NULL, type, 0, 64, WDM_TAG, 0), 0);
    for (int i = 0; i < NR; i++)
        entries[i] = ExAllocateFromLookasideListEx(&list);
    for (int i = 0; i < NR; i++)
        ExFreeToLookasideListEx(&list, entries[i]);
    ExAdjustLookasideDepth();
    ExFreeToLookasideListEx(&list, ExAllocateFromLookasideListEx(&list));
    ExFlushLookasideListEx(&list);
    ExDeleteLookasideListEx(&list);
    list.L.ListEntry.Flink = list.L.ListEntry.Blink = NULL; /* the one thing with an address */
    return list.L;
}

static void c41_paged_and_nonpaged_differ_in_the_type_only(void **state)
{
    GENERAL_LOOKASIDE_POOL nonpaged, paged;

    (void)state;
    start();
    nonpaged = script(NonPagedPool);
    paged = script(PagedPool);
    assert_int_equal(nonpaged.Type, NonPagedPool);
    assert_int_equal(paged.Type, PagedPool);
    assert_int_equal(nonpaged.TotalAllocates, NR + 1);
    paged.Type = nonpaged.Type;
    assert_memory_equal(&nonpaged, &paged, sizeof paged);
}

static const struct CMUnitTest tests[] = {
    LONE(c06_legacy_fields_after_init),
    LONE(c07_legacy_depth_argument_changes_nothing),
    LONE(c08_legacy_flags_are_part_of_the_type),
    LONE(c09_legacy_storage_can_be_used_again),
    LONE(c16_legacy_routine_is_told_type_size_and_tag),
    LONE(c23_legacy_keeps_four_and_frees_the_fifth),
    LONE(c39_legacy_delete_releases_what_is_held_and_nothing_else),
    LONE(c41_paged_and_nonpaged_differ_in_the_type_only),
};
CLAUSE_GROUP(wdm_legacy, tests);
