/* SPDX-License-Identifier: MIT */
/* wdm_slist_test.c: interlocked singly linked lists, alone and contended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sys/mman.h>

#include "wdm.h"

enum { NR = 5 };

struct item {
    SLIST_ENTRY entry;
    LONG volatile owners;
};

static void last_in_is_first_out(void **state)
{
    static struct item items[NR];
    SLIST_HEADER header;

    (void)state;
    RtlFillMemory(&header, sizeof header, 0xAB);
    InitializeSListHead(&header);
    assert_null(InterlockedPopEntrySList(&header));
    assert_null(FirstEntrySList(&header));
    for (int i = 0; i < NR; i++) {
        PSLIST_ENTRY before = InterlockedPushEntrySList(&header, &items[i].entry);

        assert_ptr_equal(before, i > 0 ? &items[i - 1].entry : NULL);
        assert_int_equal(QueryDepthSList(&header), i + 1);
        assert_ptr_equal(FirstEntrySList(&header), &items[i].entry);
    }
    for (int i = NR - 1; i >= 0; i--) {
        assert_ptr_equal(InterlockedPopEntrySList(&header), &items[i].entry);
        assert_int_equal(QueryDepthSList(&header), i);
    }
    assert_null(InterlockedPopEntrySList(&header));
    assert_int_equal(QueryDepthSList(&header), 0);
}

static void header_looks_as_on_x64(void **state)
{
    static struct item items[2];
    SLIST_HEADER header;

    (void)state;
    ExInitializeSListHead(&header);
    assert_int_equal(header.Alignment, 0);
    assert_int_equal(header.Region, 0);
    ExInterlockedPushEntrySList(&header, &items[0].entry, NULL);
    ExInterlockedPushEntrySList(&header, &items[1].entry, NULL);
    assert_int_equal(header.HeaderX64.Depth, 2);
    assert_int_equal(header.HeaderX64.Sequence, 2);
    assert_int_equal(header.HeaderX64.NextEntry << 4, (ULONG_PTR)&items[1].entry);
    assert_int_equal(header.HeaderX64.Reserved, 0);
    assert_ptr_equal(ExInterlockedPopEntrySList(&header, NULL), &items[1].entry);
    assert_int_equal(header.HeaderX64.Sequence, 2);
    assert_int_equal(ExQueryDepthSList(&header), 1);
}

static void flush_takes_the_chain_and_never_rewinds(void **state)
{
    static struct item items[NR];
    SLIST_HEADER header;
    PSLIST_ENTRY entry;

    (void)state;
    InitializeSListHead(&header);
    assert_null(InterlockedFlushSList(&header));
    for (int i = 0; i < NR; i++)
        InterlockedPushEntrySList(&header, &items[i].entry);
    entry = ExInterlockedFlushSList(&header);
    for (int i = NR - 1; i >= 0; i--, entry = entry->Next)
        assert_ptr_equal(entry, &items[i].entry);
    assert_null(entry);
    assert_int_equal(header.HeaderX64.Depth, 0);
    assert_int_equal(header.HeaderX64.Sequence, NR);
    assert_null(InterlockedPopEntrySList(&header));
}

static void a_chain_goes_on_in_one_step(void **state)
{
    static struct item items[NR];
    SLIST_HEADER header;

    (void)state;
    InitializeSListHead(&header);
    InterlockedPushEntrySList(&header, &items[0].entry);
    for (int i = 1; i < NR - 1; i++)
        items[i].entry.Next = &items[i + 1].entry;
    assert_ptr_equal(
        InterlockedPushListSListEx(&header, &items[1].entry, &items[NR - 1].entry, NR - 1),
        &items[0].entry);
    assert_int_equal(QueryDepthSList(&header), NR);
    for (int i = 1; i < NR; i++)
        assert_ptr_equal(InterlockedPopEntrySList(&header), &items[i].entry);
    assert_ptr_equal(InterlockedPopEntrySList(&header), &items[0].entry);
    assert_null(InterlockedPopEntrySList(&header));
}

static void depth_wraps_and_leaves_the_sequence_alone(void **state)
{
    static struct item item;
    SLIST_HEADER header;

    (void)state;
    InitializeSListHead(&header);
    InterlockedPushListSListEx(&header, &item.entry, &item.entry, 0x10000);
    assert_int_equal(QueryDepthSList(&header), 0);
    assert_int_equal(header.HeaderX64.Sequence, 1);
    assert_ptr_equal(InterlockedPopEntrySList(&header), &item.entry);
    assert_int_equal(QueryDepthSList(&header), 0xFFFF);
    assert_int_equal(header.HeaderX64.Sequence, 1);
}

enum { NR_THREADS = 4, NR_ITEMS = 6, NR_ROUNDS = 20000 };

static SLIST_HEADER shared;
static LONG volatile nr_stolen;
static LONG volatile nr_flushed;

static void own(struct item *item)
{
    if (InterlockedIncrement(&item->owners) != 1)
        InterlockedIncrement(&nr_stolen);
}

static void disown_and_push(struct item *item)
{
    InterlockedDecrement(&item->owners);
    InterlockedPushEntrySList(&shared, &item->entry);
}

static void put_back_all(PSLIST_ENTRY entry)
{
    while (entry) {
        PSLIST_ENTRY next = entry->Next;

        InterlockedIncrement(&nr_flushed);
        own(CONTAINING_RECORD(entry, struct item, entry));
        disown_and_push(CONTAINING_RECORD(entry, struct item, entry));
        entry = next;
    }
}

static void *take_two_and_put_back(void *unused)
{
    (void)unused;
    for (int round = 0; round < NR_ROUNDS; round++) {
        PSLIST_ENTRY one = InterlockedPopEntrySList(&shared);
        PSLIST_ENTRY two = InterlockedPopEntrySList(&shared);

        if (one)
            own(CONTAINING_RECORD(one, struct item, entry));
        if (two)
            own(CONTAINING_RECORD(two, struct item, entry));
        if (one)
            disown_and_push(CONTAINING_RECORD(one, struct item, entry));
        if (two)
            disown_and_push(CONTAINING_RECORD(two, struct item, entry));
        if (round % 64 == 0)
            put_back_all(InterlockedFlushSList(&shared));
    }
    return NULL;
}

static void run_threads(void *(*work)(void *))
{
    pthread_t threads[NR_THREADS];

    for (int i = 0; i < NR_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, NULL), 0);
    for (int i = 0; i < NR_THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void nothing_is_lost_or_owned_twice(void **state)
{
    static struct item items[NR_ITEMS];
    int nr = 0;

    (void)state;
    InitializeSListHead(&shared);
    for (int i = 0; i < NR_ITEMS; i++)
        InterlockedPushEntrySList(&shared, &items[i].entry);
    run_threads(take_two_and_put_back);
    assert_int_equal(nr_stolen, 0);
    assert_true(nr_flushed > 0);
    assert_int_equal(QueryDepthSList(&shared), NR_ITEMS);
    for (PSLIST_ENTRY entry; (entry = InterlockedPopEntrySList(&shared)); nr++)
        assert_int_equal(CONTAINING_RECORD(entry, struct item, entry)->owners, 0);
    assert_int_equal(nr, NR_ITEMS);
}

static void *page(void)
{
    void *memory =
        mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

/* A pop that looked at an entry after another thread had it would fault here. */
static void *push_and_unmap(void *unused)
{
    (void)unused;
    for (int round = 0; round < NR_ROUNDS / 10; round++) {
        PSLIST_ENTRY fresh = page();
        PSLIST_ENTRY any;

        if (fresh)
            InterlockedPushEntrySList(&shared, fresh);
        any = InterlockedPopEntrySList(&shared);
        if (any)
            munmap(any, PAGE_SIZE);
    }
    return NULL;
}

static void a_popped_entry_may_be_unmapped_at_once(void **state)
{
    (void)state;
    InitializeSListHead(&shared);
    run_threads(push_and_unmap);
    for (PSLIST_ENTRY entry; (entry = InterlockedPopEntrySList(&shared));)
        munmap(entry, PAGE_SIZE);
    assert_int_equal(QueryDepthSList(&shared), 0);
    assert_int_equal(shared.HeaderX64.Sequence, NR_THREADS * (NR_ROUNDS / 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_in_is_first_out),
        cmocka_unit_test(header_looks_as_on_x64),
        cmocka_unit_test(flush_takes_the_chain_and_never_rewinds),
        cmocka_unit_test(a_chain_goes_on_in_one_step),
        cmocka_unit_test(depth_wraps_and_leaves_the_sequence_alone),
        cmocka_unit_test(nothing_is_lost_or_owned_twice),
        cmocka_unit_test(a_popped_entry_may_be_unmapped_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
