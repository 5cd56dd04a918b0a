/* SPDX-License-Identifier: MIT */
/* wdm_rtl_test.c: lists, spin locks, interlocked arithmetic, strings and device objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "wdm.h"

static void list_entries_keep_their_order(void **state)
{
    LIST_ENTRY head, a, b, c;

    (void)state;
    InitializeListHead(&head);
    assert_true(IsListEmpty(&head));
    InsertTailList(&head, &b);
    InsertTailList(&head, &c);
    InsertHeadList(&head, &a);
    assert_ptr_equal(head.Flink, &a);
    assert_ptr_equal(head.Blink, &c);
    assert_false(RemoveEntryList(&b));
    assert_ptr_equal(RemoveHeadList(&head), &a);
    assert_ptr_equal(RemoveTailList(&head), &c);
    assert_true(IsListEmpty(&head));
    assert_ptr_equal(RemoveHeadList(&head), &head);
    InsertHeadList(&head, &b);
    assert_true(RemoveEntryList(&b));
}

static void interlocked_lists_tell_what_was_there(void **state)
{
    LIST_ENTRY head, a, b;
    SINGLE_LIST_ENTRY single = {NULL}, one, two;
    KSPIN_LOCK lock;

    (void)state;
    KeInitializeSpinLock(&lock);
    InitializeListHead(&head);
    assert_null(ExInterlockedRemoveHeadList(&head, &lock));
    assert_null(ExInterlockedInsertTailList(&head, &a, &lock));
    assert_ptr_equal(ExInterlockedInsertHeadList(&head, &b, &lock), &a);
    assert_ptr_equal(ExInterlockedRemoveHeadList(&head, &lock), &b);
    assert_ptr_equal(ExInterlockedInsertTailList(&head, &b, &lock), &a);
    assert_null(ExInterlockedPopEntryList(&single, &lock));
    assert_null(ExInterlockedPushEntryList(&single, &one, &lock));
    assert_ptr_equal(ExInterlockedPushEntryList(&single, &two, &lock), &one);
    assert_ptr_equal(ExInterlockedPopEntryList(&single, &lock), &two);
    assert_ptr_equal(ExInterlockedPopEntryList(&single, &lock), &one);
    assert_null(single.Next);
}

static void interlocked_arithmetic_gives_what_windows_gives(void **state)
{
    LONG volatile number = 5;
    LONG64 volatile wide = (LONG64)1 << 40;
    PVOID volatile pointer = NULL;

    (void)state;
    assert_int_equal(InterlockedIncrement(&number), 6);
    assert_int_equal(InterlockedDecrement(&number), 5);
    assert_int_equal(InterlockedExchangeAdd(&number, 3), 5);
    assert_int_equal(InterlockedExchange(&number, 12), 8);
    assert_int_equal(InterlockedOr(&number, 1), 12);
    assert_int_equal(InterlockedAnd(&number, 5), 13);
    assert_int_equal(InterlockedXor(&number, 1), 5);
    assert_int_equal(InterlockedCompareExchange(&number, 9, 5), 4);
    assert_int_equal(InterlockedCompareExchange(&number, 9, 4), 4);
    assert_int_equal(number, 9);
    assert_int_equal(InterlockedIncrement64(&wide), ((LONG64)1 << 40) + 1);
    assert_int_equal(InterlockedExchange64(&wide, -1), ((LONG64)1 << 40) + 1);
    assert_null(InterlockedExchangePointer(&pointer, state));
    assert_ptr_equal(InterlockedCompareExchangePointer(&pointer, NULL, NULL), state);
    assert_ptr_equal(InterlockedCompareExchangePointer(&pointer, NULL, state), state);
    assert_null(pointer);
}

enum { NR_THREADS = 4, NR_ROUNDS = 20000 };

static KSPIN_LOCK lock;
static unsigned guarded;
static LONG volatile nr_wrong_irql;

static void *add_under_lock(void *unused)
{
    KIRQL before;

    (void)unused;
    for (int i = 0; i < NR_ROUNDS; i++) {
        KeAcquireSpinLock(&lock, &before);
        guarded++;
        if (before != PASSIVE_LEVEL || KeGetCurrentIrql() != DISPATCH_LEVEL)
            InterlockedIncrement(&nr_wrong_irql);
        KeReleaseSpinLock(&lock, before);
    }
    return NULL;
}

static void spin_locks_exclude_and_raise_the_threads_irql(void **state)
{
    pthread_t threads[NR_THREADS];

    (void)state;
    KeInitializeSpinLock(&lock);
    for (int i = 0; i < NR_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_under_lock, NULL), 0);
    for (int i = 0; i < NR_THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(guarded, NR_THREADS * NR_ROUNDS);
    assert_int_equal(nr_wrong_irql, 0);
    assert_int_equal(lock, 0);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

static void strings_are_described_not_copied(void **state)
{
    static WCHAR name[] = L"name";
    static WCHAR endless[40000];
    UNICODE_STRING string;

    (void)state;
    RtlInitUnicodeString(&string, name);
    assert_ptr_equal(string.Buffer, name);
    assert_int_equal(string.Length, 4 * sizeof(WCHAR));
    assert_int_equal(string.MaximumLength, 5 * sizeof(WCHAR));
    RtlInitUnicodeString(&string, NULL);
    assert_int_equal(string.Length + string.MaximumLength, 0);
    for (size_t i = 0; i + 1 < ARRAYSIZE(endless); i++)
        endless[i] = 'x';
    RtlInitUnicodeString(&string, endless);
    assert_int_equal(string.Length % sizeof(WCHAR), 0);
    assert_int_equal(string.MaximumLength, string.Length + sizeof(WCHAR));
    assert_int_equal(RtlCompareMemory("abcd", "abxd", 4), 2);
    assert_int_equal(RtlCompareMemory("abcd", "abcd", 4), 4);
    assert_true(RtlEqualMemory("ab", "ab", 2));
}

static void devices_hang_on_their_driver(void **state)
{
    DRIVER_OBJECT driver = {.DeviceObject = NULL};
    PDEVICE_OBJECT first, second;

    (void)state;
    assert_int_equal(IoCreateDevice(&driver, 100, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &first), 0);
    assert_int_equal(IoCreateDevice(&driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &second), 0);
    assert_ptr_equal(driver.DeviceObject, second);
    assert_ptr_equal(second->NextDevice, first);
    assert_null(second->DeviceExtension);
    assert_int_equal((ULONG_PTR)first->DeviceExtension % 64, 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(((PUCHAR)first->DeviceExtension)[i], 0);
    IoDeleteDevice(first);
    assert_null(second->NextDevice);
    IoDeleteDevice(second);
    assert_null(driver.DeviceObject);
    lookaside_wdm_fail_every(1);
    assert_int_equal(IoCreateDevice(&driver, 8, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &first),
                     STATUS_INSUFFICIENT_RESOURCES);
    lookaside_wdm_fail_every(0);
    assert_null(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_entries_keep_their_order),
        cmocka_unit_test(interlocked_lists_tell_what_was_there),
        cmocka_unit_test(interlocked_arithmetic_gives_what_windows_gives),
        cmocka_unit_test(spin_locks_exclude_and_raise_the_threads_irql),
        cmocka_unit_test(strings_are_described_not_copied),
        cmocka_unit_test(devices_hang_on_their_driver),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
