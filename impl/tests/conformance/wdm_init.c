/* SPDX-License-Identifier: MIT */
/* wdm_init.c: ExInitializeLookasideListEx: what it accepts, refuses, and leaves in the fields. */
#include "conformance.h"

#include "wdm_probe.h"

static NTSTATUS try_init(PVOID list, POOL_TYPE type, ULONG flags, SIZE_T size, USHORT depth)
{
    NTSTATUS status;

    assert_true(lookaside_wdm_set_balancer(FALSE));
    status = ExInitializeLookasideListEx(list, NULL, NULL, type, flags, size, WDM_TAG, depth);
    if (NT_SUCCESS(status))
        ExDeleteLookasideListEx(list);
    return status;
}

static NTSTATUS try_type(ULONG type)
{
    LOOKASIDE_LIST_EX list;

    return try_init(&list, (POOL_TYPE)type, 0, WDM_SIZE, 0);
}

static void c01_init_accepts_the_documented_parameters(void **state)
{
    (void)state;
    assert_int_equal(try_type(NonPagedPoolNx), STATUS_SUCCESS);
    assert_int_equal(try_type(PagedPool), STATUS_SUCCESS);
    assert_int_equal(try_type(NonPagedPool), STATUS_SUCCESS);
    assert_int_equal(try_type(POOL_NX_ALLOCATION), STATUS_SUCCESS);
    assert_int_equal(try_type(NonPagedPoolCacheAligned), STATUS_SUCCESS);
    assert_int_equal(try_type(PagedPoolSession), STATUS_SUCCESS);
    assert_int_equal(try_type(NonPagedPoolSessionNx), STATUS_SUCCESS);
    assert_int_equal(try_type(PagedPool | POOL_COLD_ALLOCATION), STATUS_SUCCESS);
}

static void c02_bad_pool_type_is_parameter_4(void **state)
{
    static const ULONG bad[] = {DontUseThisType,
                                MaxPoolType,
                                DontUseThisTypeSession,
                                POOL_QUOTA_FAIL_INSTEAD_OF_RAISE,
                                POOL_RAISE_IF_ALLOCATION_FAILURE,
                                PagedPool | POOL_RAISE_IF_ALLOCATION_FAILURE,
                                1024,
                                0x80000000};

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(bad); i++)
        assert_int_equal(try_type(bad[i]), (NTSTATUS)0xC00000F2);
}

static void c03_bad_flags_are_parameter_5(void **state)
{
    static const ULONG bad[] = {3, 4, 5, 0x80000000, 0xFFFFFFFF};
    LOOKASIDE_LIST_EX list;

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(bad); i++)
        assert_int_equal(try_init(&list, PagedPool, bad[i], WDM_SIZE, 0), (NTSTATUS)0xC00000F3);
    assert_int_equal(
        try_init(&list, PagedPool, EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL, WDM_SIZE, 0),
        STATUS_SUCCESS);
    /* Documented as wrong with a NULL allocate routine, and passed by real drivers. */
    assert_int_equal(
        try_init(&list, PagedPool, EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE, WDM_SIZE, 0),
        STATUS_SUCCESS);
}

static void c03_bad_depth_is_parameter_8(void **state)
{
    LOOKASIDE_LIST_EX list;

    (void)state;
    assert_int_equal(try_init(&list, PagedPool, 0, WDM_SIZE, 1), (NTSTATUS)0xC00000F6);
    assert_int_equal(try_init(&list, PagedPool, 0, WDM_SIZE, 255), (NTSTATUS)0xC00000F6);
    assert_int_equal(try_init(&list, PagedPool, 0, WDM_SIZE, 1025), (NTSTATUS)0xC00000F6);
    assert_int_equal(try_init(&list, PagedPool, 0, WDM_SIZE, 256), STATUS_SUCCESS);
    assert_int_equal(try_init(&list, PagedPool, 0, WDM_SIZE, 1024), STATUS_SUCCESS);
}

/* The first bad parameter is named, and the storage is not written to. */
static void c03_checks_go_in_the_order_of_parameters(void **state)
{
    LOOKASIDE_LIST_EX lists[2], garbage;
    PUCHAR odd = (PUCHAR)lists + 8;
    const SIZE_T too_large = ((SIZE_T)1 << 30) + 1;

    (void)state;
    wdm_garbage(&lists[0], sizeof lists[0]);
    garbage = lists[0];
    assert_int_equal(try_init(NULL, 3, 3, too_large, 1), STATUS_INVALID_PARAMETER_1);
    assert_int_equal(try_init(odd, 3, 3, too_large, 1), STATUS_INVALID_PARAMETER_1);
    assert_int_equal(try_init(&lists[0], 3, 3, too_large, 1), STATUS_INVALID_PARAMETER_4);
    assert_int_equal(try_init(&lists[0], 0, 3, too_large, 1), STATUS_INVALID_PARAMETER_5);
    assert_int_equal(try_init(&lists[0], 0, 0, too_large, 1), STATUS_INVALID_PARAMETER_6);
    assert_int_equal(try_init(&lists[0], 0, 0, WDM_SIZE, 1), STATUS_INVALID_PARAMETER_8);
    assert_memory_equal(&lists[0], &garbage, sizeof garbage);
}

static void c04_init_calls_no_routine(void **state)
{
    struct wdm_probe probe;

    (void)state;
    wdm_probe_init(&probe);
    assert_int_equal(probe.nr_allocates, 0);
    assert_int_equal(wdm_held(&probe.list), 0);
    wdm_probe_delete(&probe, 0);
    assert_int_equal(probe.nr_frees, 0);
}

static void c06_fields_after_init(void **state)
{
    struct wdm_probe probe;

    (void)state;
    wdm_probe_init_with(&probe, PagedPool, EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE, 100,
                        PagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE);
    assert_int_equal(probe.list.L.Depth, 4);
    assert_int_equal(probe.list.L.MaximumDepth, 256);
    assert_int_equal(probe.list.L.TotalAllocates, 0);
    assert_int_equal(probe.list.L.AllocateMisses, 0);
    assert_int_equal(probe.list.L.TotalFrees, 0);
    assert_int_equal(probe.list.L.FreeMisses, 0);
    assert_int_equal(probe.list.L.LastTotalAllocates, 0);
    assert_int_equal(probe.list.L.LastAllocateMisses, 0);
    assert_int_equal(probe.list.L.Type, PagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE);
    assert_int_equal(probe.list.L.Tag, WDM_TAG);
    assert_int_equal(probe.list.L.Size, 100);
    assert_ptr_equal(probe.list.L.AllocateEx, wdm_probe_allocate);
    assert_ptr_equal(probe.list.L.u5.FreeEx, wdm_probe_free);
    assert_int_equal(ExQueryDepthSList(&probe.list.L.ListHead), 0);
    wdm_probe_delete(&probe, 0);
}

static void c06_depth_argument_raises_the_ceiling_only(void **state)
{
    LOOKASIDE_LIST_EX list;

    (void)state;
    assert_true(lookaside_wdm_set_balancer(FALSE));
    assert_int_equal(
        ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPool, 0, WDM_SIZE, WDM_TAG, 700), 0);
    assert_int_equal(list.L.Depth, 4);
    assert_int_equal(list.L.MaximumDepth, 700);
    ExDeleteLookasideListEx(&list);
}

static void c09_storage_can_be_used_again_after_delete(void **state)
{
    struct wdm_probe probe;
    PVOID entries[6];

    (void)state;
    for (int round = 0; round < 3; round++) {
        wdm_probe_init(&probe);
        assert_int_equal(probe.list.L.TotalAllocates, 0);
        wdm_probe_take(&probe, entries, 6);
        assert_int_equal(probe.nr_allocates, 6);
        wdm_probe_give(&probe, entries, 6);
        wdm_probe_delete(&probe, 0);
    }
}

static void c10_init_over_garbage(void **state)
{
    LOOKASIDE_LIST_EX list;
    PVOID entry;

    (void)state;
    wdm_garbage(&list, sizeof list);
    assert_true(lookaside_wdm_set_balancer(FALSE));
    assert_int_equal(
        ExInitializeLookasideListEx(&list, NULL, NULL, PagedPool, 0, WDM_SIZE, WDM_TAG, 0), 0);
    assert_int_equal(list.L.Depth, 4);
    assert_int_equal(list.L.TotalFrees, 0);
    entry = ExAllocateFromLookasideListEx(&list);
    assert_non_null(entry);
    ExFreeToLookasideListEx(&list, entry);
    ExDeleteLookasideListEx(&list);
}

static const struct CMUnitTest tests[] = {
    LONE(c01_init_accepts_the_documented_parameters),
    LONE(c02_bad_pool_type_is_parameter_4),
    LONE(c03_bad_flags_are_parameter_5),
    LONE(c03_bad_depth_is_parameter_8),
    LONE(c03_checks_go_in_the_order_of_parameters),
    LONE(c04_init_calls_no_routine),
    LONE(c06_fields_after_init),
    LONE(c06_depth_argument_raises_the_ceiling_only),
    LONE(c09_storage_can_be_used_again_after_delete),
    LONE(c10_init_over_garbage),
};
CLAUSE_GROUP(wdm_init, tests);
