/* SPDX-License-Identifier: MIT */
/* wdm_allocate.c: where entries come from, and what the allocate routine is told. */
#include "conformance.h"

#include <pthread.h>

#include "probe.h"
#include "wdm_probe.h"

static void c05_first_allocation_calls_the_routine_once(void **state)
{
    struct wdm_probe probe;
    PVOID entry;

    (void)state;
    wdm_probe_init(&probe);
    entry = ExAllocateFromLookasideListEx(&probe.list);
    assert_non_null(entry);
    assert_int_equal(probe.nr_allocates, 1);
    ExFreeToLookasideListEx(&probe.list, entry);
    wdm_probe_delete(&probe, 0);
}

static PVOID the_block;

static PVOID give_the_block(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                            PLOOKASIDE_LIST_EX Lookaside)
{
    UNREFERENCED_PARAMETER(Lookaside);
    return the_block = ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
}

static void c12_caller_gets_the_routines_block(void **state)
{
    LOOKASIDE_LIST_EX list;
    PVOID entries[6];

    (void)state;
    assert_true(lookaside_wdm_set_balancer(FALSE));
    assert_int_equal(ExInitializeLookasideListEx(&list, give_the_block, NULL, NonPagedPool, 0,
                                                 WDM_SIZE, WDM_TAG, 0),
                     0);
    for (size_t i = 0; i < ARRAYSIZE(entries); i++) {
        entries[i] = ExAllocateFromLookasideListEx(&list);
        assert_ptr_equal(entries[i], the_block);
    }
    for (size_t i = 0; i < ARRAYSIZE(entries); i++)
        ExFreeToLookasideListEx(&list, entries[i]);
    ExDeleteLookasideListEx(&list);
}

static void c13_failure_gives_null_and_the_next_call_tries_again(void **state)
{
    struct wdm_probe probe;
    PVOID entry;

    (void)state;
    wdm_probe_init(&probe);
    probe.failing = 2;
    assert_null(ExAllocateFromLookasideListEx(&probe.list));
    assert_null(ExAllocateFromLookasideListEx(&probe.list));
    entry = ExAllocateFromLookasideListEx(&probe.list);
    assert_non_null(entry);
    assert_int_equal(probe.nr_allocates, 3);
    ExFreeToLookasideListEx(&probe.list, entry);
    ExDeleteLookasideListEx(&probe.list);
    assert_int_equal(probe.nr_frees, 1);
}

/* The probe's routine compares type, size, tag, and finds itself through the list pointer. */
static void check_told(POOL_TYPE pool_type, ULONG flags, SIZE_T size, POOL_TYPE type)
{
    struct wdm_probe probe;
    PVOID entry;

    wdm_probe_init_with(&probe, pool_type, flags, size, type);
    entry = ExAllocateFromLookasideListEx(&probe.list);
    assert_non_null(entry);
    assert_int_equal(probe.nr_allocates, 1);
    assert_int_equal(probe.nr_wrong, 0);
    assert_int_equal(probe.list.L.Type, type);
    ExFreeToLookasideListEx(&probe.list, entry);
    wdm_probe_delete(&probe, 0);
}

static void c16_routine_is_told_size_tag_list_and_flag_bit(void **state)
{
    (void)state;
    check_told(NonPagedPoolNx, EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL, 24,
               NonPagedPoolNx | POOL_RAISE_IF_ALLOCATION_FAILURE);
    check_told(PagedPool, EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE, 4096,
               PagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE);
    /* Sizes that are no multiple of anything are passed on as they are. */
    check_told(NonPagedPool, 0, 101, NonPagedPool);
}

static void c16_size_below_a_link_is_rounded_up(void **state)
{
    static const SIZE_T small[] = {0, 1, 4, 7, 8};
    LOOKASIDE_LIST_EX list;
    PVOID entries[2];

    (void)state;
    assert_true(lookaside_wdm_set_balancer(FALSE));
    for (size_t i = 0; i < ARRAYSIZE(small); i++) {
        assert_int_equal(
            ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPool, 0, small[i], WDM_TAG, 0),
            0);
        assert_int_equal(list.L.Size, 8);
        for (int j = 0; j < 2; j++)
            assert_non_null(entries[j] = ExAllocateFromLookasideListEx(&list));
        for (int j = 0; j < 2; j++)
            ExFreeToLookasideListEx(&list, entries[j]);
        ExDeleteLookasideListEx(&list);
    }
}

static void c17_without_flags_the_type_is_passed_bit_for_bit(void **state)
{
    static const ULONG types[] = {0, 1, 2, 4, 5, 6, 32, 33, 256, 512, 516, 544, 1 | 512, 0x3E4};

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(types); i++)
        check_told((POOL_TYPE)types[i], 0, WDM_SIZE, (POOL_TYPE)types[i]);
}

struct thread_probe {
    LOOKASIDE_LIST_EX list;
    pthread_t allocated_on, freed_on;
    unsigned nr_allocates, nr_frees;
    bool on_this_thread;
};

static PVOID note_thread(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                         PLOOKASIDE_LIST_EX Lookaside)
{
    struct thread_probe *probe = CONTAINING_RECORD(Lookaside, struct thread_probe, list);

    probe->allocated_on = pthread_self();
    probe->nr_allocates++;
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
}

static VOID note_free_thread(PVOID Buffer, PLOOKASIDE_LIST_EX Lookaside)
{
    struct thread_probe *probe = CONTAINING_RECORD(Lookaside, struct thread_probe, list);

    probe->freed_on = pthread_self();
    probe->nr_frees++;
    ExFreePool(Buffer);
}

static void use_elsewhere(void *context)
{
    struct thread_probe *probe = context;
    PVOID entry = ExAllocateFromLookasideListEx(&probe->list);

    /* The routines were done before the calls returned. */
    probe->on_this_thread =
        probe->nr_allocates == 1 && pthread_equal(probe->allocated_on, pthread_self());
    ExFreeToLookasideListEx(&probe->list, entry);
    ExFlushLookasideListEx(&probe->list);
    probe->on_this_thread = probe->on_this_thread && probe->nr_frees == 1 &&
                            pthread_equal(probe->freed_on, pthread_self());
}

static void c18_routines_run_on_the_calling_thread(void **state)
{
    struct thread_probe probe = {.nr_allocates = 0};

    (void)state;
    assert_true(lookaside_wdm_set_balancer(FALSE));
    assert_int_equal(ExInitializeLookasideListEx(&probe.list, note_thread, note_free_thread,
                                                 NonPagedPool, 0, WDM_SIZE, WDM_TAG, 0),
                     0);
    probe_elsewhere(use_elsewhere, &probe);
    assert_true(probe.on_this_thread);
    ExDeleteLookasideListEx(&probe.list);
}

static void check_alignment(POOL_TYPE type, SIZE_T size)
{
    const ULONG_PTR align = size >= PAGE_SIZE ? PAGE_SIZE : 16;
    LOOKASIDE_LIST_EX list;
    PVOID entries[9];

    assert_int_equal(ExInitializeLookasideListEx(&list, NULL, NULL, type, 0, size, WDM_TAG, 0), 0);
    for (size_t i = 0; i < ARRAYSIZE(entries); i++) {
        entries[i] = ExAllocateFromLookasideListEx(&list);
        assert_non_null(entries[i]);
        assert_int_equal((ULONG_PTR)entries[i] % align, 0);
        RtlFillMemory(entries[i], size, 0x5A);
    }
    for (size_t i = 0; i < ARRAYSIZE(entries); i++)
        ExFreeToLookasideListEx(&list, entries[i]);
    ExDeleteLookasideListEx(&list);
}

static void c20_default_blocks_are_aligned_to_16_bytes_or_a_page(void **state)
{
    static const SIZE_T sizes[] = {8, 9, 24, 40, 100, 1000, 4095, 4096, 4097, 8192, 100000};

    (void)state;
    assert_true(lookaside_wdm_set_balancer(FALSE));
    for (size_t i = 0; i < ARRAYSIZE(sizes); i++) {
        check_alignment(NonPagedPoolNx, sizes[i]);
        check_alignment(PagedPool, sizes[i]);
    }
}

static struct lookaside_wdm_failure failure;
static unsigned nr_failures;
static jmp_buf raised;

static void note_failure(const struct lookaside_wdm_failure *what)
{
    failure = *what;
    nr_failures++;
}

static void jump(const struct lookaside_wdm_failure *what)
{
    note_failure(what);
    longjmp(raised, 1);
}

static void init_raising(PLOOKASIDE_LIST_EX list, ULONG flags, ALLOCATE_FUNCTION_EX *allocate)
{
    nr_failures = 0;
    assert_true(lookaside_wdm_set_balancer(FALSE));
    assert_int_equal(ExInitializeLookasideListEx(list, allocate, NULL, NonPagedPoolNx, flags,
                                                 WDM_SIZE, WDM_TAG, 0),
                     0);
}

static void c13_raise_on_fail_calls_the_hook_and_the_list_goes_on(void **state)
{
    LOOKASIDE_LIST_EX list;
    PVOID entry;

    (void)state;
    init_raising(&list, EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL, NULL);
    assert_null(lookaside_wdm_set_raise_hook(jump));
    lookaside_wdm_fail_every(1);
    if (setjmp(raised) == 0) {
        (void)ExAllocateFromLookasideListEx(&list);
        fail_msg("the failure was not raised");
    }
    lookaside_wdm_fail_every(0);
    assert_ptr_equal(lookaside_wdm_set_raise_hook(NULL), jump);
    assert_int_equal(nr_failures, 1);
    assert_int_equal(failure.status, STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(failure.pool_type, NonPagedPoolNx | POOL_RAISE_IF_ALLOCATION_FAILURE);
    assert_int_equal(failure.size_bytes, WDM_SIZE);
    assert_int_equal(failure.tag, WDM_TAG);
    entry = ExAllocateFromLookasideListEx(&list);
    assert_non_null(entry);
    ExFreeToLookasideListEx(&list, entry);
    ExDeleteLookasideListEx(&list);
}

static void check_silent_failure(ULONG flags, ALLOCATE_FUNCTION_EX *allocate)
{
    LOOKASIDE_LIST_EX list;

    init_raising(&list, flags, allocate);
    lookaside_wdm_set_raise_hook(note_failure);
    lookaside_wdm_fail_every(1);
    assert_null(ExAllocateFromLookasideListEx(&list));
    lookaside_wdm_fail_every(0);
    lookaside_wdm_set_raise_hook(NULL);
    assert_int_equal(nr_failures, 0);
    ExDeleteLookasideListEx(&list);
}

static PVOID give_nothing(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                          PLOOKASIDE_LIST_EX Lookaside)
{
    UNREFERENCED_PARAMETER(PoolType);
    UNREFERENCED_PARAMETER(NumberOfBytes);
    UNREFERENCED_PARAMETER(Tag);
    UNREFERENCED_PARAMETER(Lookaside);
    return NULL;
}

static void c13_only_the_pool_raises(void **state)
{
    (void)state;
    check_silent_failure(0, NULL);
    check_silent_failure(EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE, NULL);
    /* A routine of the driver's that ignores the bit: the list forwards it and no more. */
    check_silent_failure(EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL, give_nothing);
}

static const struct CMUnitTest tests[] = {
    LONE(c05_first_allocation_calls_the_routine_once),
    LONE(c12_caller_gets_the_routines_block),
    LONE(c13_failure_gives_null_and_the_next_call_tries_again),
    LONE(c13_raise_on_fail_calls_the_hook_and_the_list_goes_on),
    LONE(c13_only_the_pool_raises),
    LONE(c16_routine_is_told_size_tag_list_and_flag_bit),
    LONE(c16_size_below_a_link_is_rounded_up),
    LONE(c17_without_flags_the_type_is_passed_bit_for_bit),
    LONE(c18_routines_run_on_the_calling_thread),
    LONE(c20_default_blocks_are_aligned_to_16_bytes_or_a_page),
};
CLAUSE_GROUP(wdm_allocate, tests);
