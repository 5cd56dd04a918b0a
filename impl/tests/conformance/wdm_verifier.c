/* SPDX-License-Identifier: MIT */
/* wdm_verifier.c: what the verifier finds, and that it finds nothing in correct code. */
#include "conformance.h"

#include "wdm_probe.h"

static struct lookaside_wdm_violation found;
static unsigned nr_found;

static void note(const struct lookaside_wdm_violation *violation)
{
    found = *violation;
    nr_found++;
}

static int verifier_setup(void **state)
{
    nr_found = 0;
    lookaside_wdm_set_balancer(FALSE);
    lookaside_wdm_set_verifier(TRUE);
    lookaside_wdm_set_verifier_hook(note);
    return lone_setup(state);
}

static int verifier_teardown(void **state)
{
    lookaside_wdm_set_verifier(FALSE);
    lookaside_wdm_set_verifier_hook(NULL);
    return lone_teardown(state);
}

static void init(PLOOKASIDE_LIST_EX list, SIZE_T size)
{
    assert_int_equal(
        ExInitializeLookasideListEx(list, NULL, NULL, NonPagedPoolNx, 0, size, WDM_TAG, 0), 0);
}

static void check_found(unsigned nr, ULONG bug_check, ULONG code, const VOID *list)
{
    assert_int_equal(nr_found, nr);
    assert_int_equal(found.bug_check, bug_check);
    assert_int_equal(found.code, code);
    assert_ptr_equal(found.list, list);
    assert_non_null(found.what);
}

static void c44_correct_use_is_silent(void **state)
{
    NPAGED_LOOKASIDE_LIST nonpaged;
    PAGED_LOOKASIDE_LIST paged;
    LOOKASIDE_LIST_EX list;
    PVOID entry;

    (void)state;
    for (int round = 0; round < 2; round++) {
        init(&list, WDM_SIZE);
        ExInitializeNPagedLookasideList(&nonpaged, NULL, NULL, 0, 8, WDM_TAG, 0);
        ExInitializePagedLookasideList(&paged, NULL, NULL, 0, 4, WDM_TAG, 0);
        entry = ExAllocateFromLookasideListEx(&list);
        ExFreePool(entry);
        ExFreePool(NULL);
        ExFlushLookasideListEx(&list);
        ExDeleteLookasideListEx(&list);
        ExDeleteNPagedLookasideList(&nonpaged);
        ExDeletePagedLookasideList(&paged);
    }
    assert_int_equal(lookaside_wdm_check_unload(), 0);
    assert_int_equal(nr_found, 0);
}

static void c44_init_of_a_live_list_is_ca(void **state)
{
    struct wdm_probe probe;
    PVOID entry;

    (void)state;
    wdm_probe_init(&probe);
    init(&probe.list, 32);
    check_found(1, 0xC4, 0xCA, &probe.list);
    assert_int_equal(found.tag, WDM_TAG);
    /* The new list works and its fields are its own, though the old one is still ticked. */
    entry = ExAllocateFromLookasideListEx(&probe.list);
    ExAdjustLookasideDepth();
    assert_int_equal(probe.list.L.TotalAllocates, 1);
    assert_int_equal(probe.list.L.Size, 32);
    assert_int_equal(lookaside_wdm_query_all(NULL, 0), 1);
    ExFreeToLookasideListEx(&probe.list, entry);
    ExDeleteLookasideListEx(&probe.list);
    assert_int_equal(nr_found, 1);
}

static void c44_init_over_a_part_of_a_live_list_is_ca(void **state)
{
    DECLSPEC_CACHEALIGN UCHAR storage[3 * sizeof(NPAGED_LOOKASIDE_LIST)];
    PNPAGED_LOOKASIDE_LIST list = (PVOID)(storage + 0x80);
    PLOOKASIDE_LIST_EX inside = (PVOID)(storage + 0xF0), beyond = (PVOID)(storage + 0x100);
    PLOOKASIDE_LIST_EX across = (PVOID)(storage + 0x40);

    (void)state;
    ExInitializeNPagedLookasideList(list, NULL, NULL, 0, WDM_SIZE, WDM_TAG, 0);
    init(beyond, WDM_SIZE);
    assert_int_equal(nr_found, 0);
    ExDeleteLookasideListEx(beyond);
    init(inside, WDM_SIZE);
    check_found(1, 0xC4, 0xCA, list);
    ExDeleteLookasideListEx(inside);
    assert_int_equal(nr_found, 1);
    /* The list that was lost has no storage any more, though this is around where it began. */
    assert_true((PUCHAR)(across + 1) > (PUCHAR)list);
    init(across, WDM_SIZE);
    ExDeleteLookasideListEx(across);
    assert_int_equal(nr_found, 1);
}

static void c44_delete_of_what_is_no_list_is_cb(void **state)
{
    DECLSPEC_CACHEALIGN PAGED_LOOKASIDE_LIST paged;
    LOOKASIDE_LIST_EX list;

    (void)state;
    wdm_garbage(&list, sizeof list);
    ExDeleteLookasideListEx(&list);
    check_found(1, 0xC4, 0xCB, &list);
    wdm_garbage(&paged, sizeof paged);
    ExDeletePagedLookasideList(&paged);
    check_found(2, 0xC4, 0xCB, &paged);
    init(&list, WDM_SIZE);
    ExDeleteLookasideListEx((PVOID)((PUCHAR)&list + 16));
    check_found(3, 0xC4, 0xCB, (PUCHAR)&list + 16);
    ExDeleteLookasideListEx(&list);
    assert_int_equal(nr_found, 3);
    ExDeleteLookasideListEx(&list);
    check_found(4, 0xC4, 0xCB, &list);
}

static void c44_free_of_memory_with_a_live_list_is_cc(void **state)
{
    struct wdm_probe *probe = ExAllocatePoolWithTag(NonPagedPool, sizeof *probe, WDM_TAG);

    (void)state;
    assert_non_null(probe);
    wdm_probe_init(probe);
    ExFreePool(probe);
    check_found(1, 0xC4, 0xCC, &probe->list);
    /* The memory was left alone, so the list still is one. */
    wdm_probe_delete(probe, 0);
    ExFreePoolWithTag(probe, WDM_TAG);
    assert_int_equal(nr_found, 1);
}

static void c44_small_block_of_a_nonpaged_list_is_cd(void **state)
{
    NPAGED_LOOKASIDE_LIST nonpaged;
    LOOKASIDE_LIST_EX list;

    (void)state;
    init(&list, 7);
    check_found(1, 0xC4, 0xCD, &list);
    ExDeleteLookasideListEx(&list);
    ExInitializeNPagedLookasideList(&nonpaged, NULL, NULL, 0, 4, WDM_TAG, 0);
    check_found(2, 0xC4, 0xCD, &nonpaged);
    assert_int_equal(nonpaged.L.Size, 8);
    ExDeleteNPagedLookasideList(&nonpaged);
    init(&list, 8);
    ExDeleteLookasideListEx(&list);
    assert_int_equal(nr_found, 2);
}

static void c44_undeleted_lists_are_found_at_unload(void **state)
{
    LOOKASIDE_LIST_EX lists[2];

    (void)state;
    /* One from the time before the verifier was on. */
    lookaside_wdm_set_verifier(FALSE);
    init(&lists[0], WDM_SIZE);
    assert_int_equal(lookaside_wdm_check_unload(), 0);
    lookaside_wdm_set_verifier(TRUE);
    init(&lists[1], WDM_SIZE);
    assert_int_equal(lookaside_wdm_check_unload(), 2);
    check_found(2, 0xCE, 0, &lists[0]);
    ExDeleteLookasideListEx(&lists[0]);
    assert_int_equal(lookaside_wdm_check_unload(), 1);
    check_found(3, 0xCE, 0, &lists[1]);
    ExDeleteLookasideListEx(&lists[1]);
    assert_int_equal(lookaside_wdm_check_unload(), 0);
    assert_int_equal(nr_found, 3);
}

static void c44_nothing_is_found_while_it_is_off(void **state)
{
    LOOKASIDE_LIST_EX list;

    (void)state;
    lookaside_wdm_set_verifier(FALSE);
    init(&list, 4);
    ExDeleteLookasideListEx(&list);
    ExDeleteLookasideListEx(&list);
    assert_int_equal(nr_found, 0);
}

#define VERIFIED(test) cmocka_unit_test_setup_teardown(test, verifier_setup, verifier_teardown)

static const struct CMUnitTest tests[] = {
    VERIFIED(c44_correct_use_is_silent),
    VERIFIED(c44_init_of_a_live_list_is_ca),
    VERIFIED(c44_init_over_a_part_of_a_live_list_is_ca),
    VERIFIED(c44_delete_of_what_is_no_list_is_cb),
    VERIFIED(c44_free_of_memory_with_a_live_list_is_cc),
    VERIFIED(c44_small_block_of_a_nonpaged_list_is_cd),
    VERIFIED(c44_undeleted_lists_are_found_at_unload),
    VERIFIED(c44_nothing_is_found_while_it_is_off),
};
CLAUSE_GROUP(wdm_verifier, tests);
