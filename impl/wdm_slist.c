/* SPDX-License-Identifier: MIT */
/*
 * wdm_slist.c: interlocked singly linked lists; see wdm_slist.h for why they have a lock.
 *
 * The second word of the header is the first entry's address, whose low 4 bits are 0, with the
 * lock in bit 0; the first word is Depth and Sequence. Both are written by the lock's holder only.
 * Release of the lock and publication of the new first entry are one store. Sequence goes up with
 * every push, as drivers that look at it expect; nothing here depends on it.
 */
#include "wdm_slist.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "backoff.h"
#include "platform.h"

C_ASSERT(sizeof(SLIST_HEADER) == 16 && _Alignof(SLIST_HEADER) == 16);
C_ASSERT(sizeof(SLIST_ENTRY) == 16 && _Alignof(SLIST_ENTRY) == 16);

enum { LOCKED = 1 };

static const ULONGLONG depth_mask = 0xFFFF;
static const ULONGLONG one_push = 0x10000;

static _Atomic ULONGLONG *counts(PSLIST_HEADER header)
{
    return (_Atomic ULONGLONG *)&header->Alignment;
}

static _Atomic ULONGLONG *head(PSLIST_HEADER header)
{
    return (_Atomic ULONGLONG *)&header->Region;
}

static PSLIST_ENTRY entry_of(ULONGLONG word)
{
    return (PSLIST_ENTRY)(uintptr_t)(word & ~(ULONGLONG)LOCKED);
}

static void wait_until_free(PSLIST_HEADER header)
{
    struct la_backoff backoff = {0};

    /* Relaxed: the exchange that follows orders. */
    while (atomic_load_explicit(head(header), memory_order_relaxed) & LOCKED)
        la_backoff_wait(&backoff);
}

/* The first entry, with the header locked. */
static PSLIST_ENTRY lock(PSLIST_HEADER header)
{
    for (;;) {
        /* Acquire: sees the entries that the previous holder linked. */
        ULONGLONG word = atomic_fetch_or_explicit(head(header), LOCKED, memory_order_acquire);

        if (LA_LIKELY(!(word & LOCKED)))
            return entry_of(word);
        wait_until_free(header);
    }
}

static void unlock(PSLIST_HEADER header, PSLIST_ENTRY first)
{
    /* Release: the links and counts written under the lock go first. */
    atomic_store_explicit(head(header), (uintptr_t)first, memory_order_release);
}

/* Under the lock. Relaxed: only readers of an unsynchronised depth may look meanwhile. */
static void count(PSLIST_HEADER header, ULONGLONG depth_change, bool push)
{
    ULONGLONG word = atomic_load_explicit(counts(header), memory_order_relaxed);
    ULONGLONG depth = (word + depth_change) & depth_mask;

    word = (word & ~depth_mask) | depth;
    atomic_store_explicit(counts(header), push ? word + one_push : word, memory_order_relaxed);
}

VOID InitializeSListHead(PSLIST_HEADER ListHead)
{
    atomic_store_explicit(counts(ListHead), 0, memory_order_relaxed);
    atomic_store_explicit(head(ListHead), 0, memory_order_relaxed);
}

PSLIST_ENTRY InterlockedPushListSListEx(PSLIST_HEADER ListHead, PSLIST_ENTRY List,
                                        PSLIST_ENTRY ListEnd, ULONG Count)
{
    PSLIST_ENTRY first = lock(ListHead);

    ListEnd->Next = first;
    count(ListHead, Count, true);
    unlock(ListHead, List);
    return first;
}

PSLIST_ENTRY InterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry)
{
    return InterlockedPushListSListEx(ListHead, ListEntry, ListEntry, 1);
}

/* An empty list is seen without writing to its line. Acquire: a caller that finds it empty sees
 * what those who emptied it did before. */
static bool is_empty(PSLIST_HEADER header)
{
    return atomic_load_explicit(head(header), memory_order_acquire) == 0;
}

PSLIST_ENTRY InterlockedPopEntrySList(PSLIST_HEADER ListHead)
{
    PSLIST_ENTRY first;

    if (is_empty(ListHead))
        return NULL;
    first = lock(ListHead);
    if (first)
        count(ListHead, depth_mask, false); /* one less, modulo its 16 bits */
    unlock(ListHead, first ? first->Next : NULL);
    return first;
}

PSLIST_ENTRY InterlockedFlushSList(PSLIST_HEADER ListHead)
{
    PSLIST_ENTRY first;

    if (is_empty(ListHead))
        return NULL;
    first = lock(ListHead);
    /* Depth goes to 0, Sequence stays: it never goes back. */
    atomic_store_explicit(counts(ListHead),
                          atomic_load_explicit(counts(ListHead), memory_order_relaxed) &
                              ~depth_mask,
                          memory_order_relaxed);
    unlock(ListHead, NULL);
    return first;
}

USHORT QueryDepthSList(PSLIST_HEADER ListHead)
{
    /* Relaxed: unsynchronised by its contract. */
    return (USHORT)(atomic_load_explicit(counts(ListHead), memory_order_relaxed) & depth_mask);
}

PSLIST_ENTRY FirstEntrySList(const SLIST_HEADER *ListHead)
{
    const _Atomic ULONGLONG *word = (const _Atomic ULONGLONG *)&ListHead->Region;

    /* Acquire: the entry that is named was linked before. */
    return entry_of(atomic_load_explicit(word, memory_order_acquire));
}

VOID ExInitializeSListHead(PSLIST_HEADER SListHead)
{
    InitializeSListHead(SListHead);
}

PSLIST_ENTRY ExInterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry,
                                         PKSPIN_LOCK Lock)
{
    UNREFERENCED_PARAMETER(Lock);
    return InterlockedPushEntrySList(ListHead, ListEntry);
}

PSLIST_ENTRY ExInterlockedPopEntrySList(PSLIST_HEADER ListHead, PKSPIN_LOCK Lock)
{
    UNREFERENCED_PARAMETER(Lock);
    return InterlockedPopEntrySList(ListHead);
}

PSLIST_ENTRY ExInterlockedFlushSList(PSLIST_HEADER ListHead)
{
    return InterlockedFlushSList(ListHead);
}

USHORT ExQueryDepthSList(PSLIST_HEADER SListHead)
{
    return QueryDepthSList(SListHead);
}
