/* SPDX-License-Identifier: MIT */
/*
 * wdm_slist.h: interlocked singly linked lists of the caller's own entries. Part of wdm.h.
 *
 * Windows pops without a lock: it reads the link of an entry that another thread may have taken
 * and whose page may be gone, and has the page-fault handler repair that. A program has no such
 * handler, so here one reserved bit of the header is a lock, held for the few stores of each
 * operation. An entry is read only while it is on the list, so it may be unmapped as soon as it
 * was popped, and there is nothing for a recycled entry to confuse. The price: an operation may
 * wait for a preempted thread, and none may be used in a signal handler.
 *
 * Entries and headers must be aligned to 16 bytes. Headers need zeroing or one of the initialise
 * routines. The Depth shown is 16 bits and wraps. All routines may be called by any thread, except
 * initialisation, which is the caller's alone.
 */
#ifndef LOOKASIDE_WDM_SLIST_H
#define LOOKASIDE_WDM_SLIST_H

#include "wdm_types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct DECLSPEC_ALIGN(16) _SLIST_ENTRY {
    struct _SLIST_ENTRY *Next;
} SLIST_ENTRY, *PSLIST_ENTRY;

/* Bit 0 of Reserved is the lock; NextEntry is the first entry's address / 16. Sequence counts
 * pushes. */
typedef union DECLSPEC_ALIGN(16) _SLIST_HEADER {
    __extension__ struct {
        ULONGLONG Alignment;
        ULONGLONG Region;
    };
    struct {
        ULONGLONG Depth : 16;
        ULONGLONG Sequence : 48;
        ULONGLONG Reserved : 4;
        ULONGLONG NextEntry : 60;
    } HeaderX64;
} SLIST_HEADER, *PSLIST_HEADER;

NTKERNELAPI VOID InitializeSListHead(PSLIST_HEADER ListHead);

/* Both give what was first before, or NULL. */
NTKERNELAPI PSLIST_ENTRY InterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry);
/* Count entries from List to ListEnd, already linked, go on in one step. */
NTKERNELAPI PSLIST_ENTRY InterlockedPushListSListEx(PSLIST_HEADER ListHead, PSLIST_ENTRY List,
                                                    PSLIST_ENTRY ListEnd, ULONG Count);

/* The entry pushed last, or NULL. */
NTKERNELAPI PSLIST_ENTRY InterlockedPopEntrySList(PSLIST_HEADER ListHead);

/* Takes everything; gives the first entry, the rest linked behind it, or NULL. */
NTKERNELAPI PSLIST_ENTRY InterlockedFlushSList(PSLIST_HEADER ListHead);

/* Not synchronised with anything: of use where nobody else is busy on the list. */
NTKERNELAPI USHORT QueryDepthSList(PSLIST_HEADER ListHead);
NTKERNELAPI PSLIST_ENTRY FirstEntrySList(const SLIST_HEADER *ListHead);

/* The kernel's names; the spin lock is not needed and may be NULL. */
NTKERNELAPI VOID ExInitializeSListHead(PSLIST_HEADER SListHead);
NTKERNELAPI PSLIST_ENTRY ExInterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry,
                                                     PKSPIN_LOCK Lock);
NTKERNELAPI PSLIST_ENTRY ExInterlockedPopEntrySList(PSLIST_HEADER ListHead, PKSPIN_LOCK Lock);
NTKERNELAPI PSLIST_ENTRY ExInterlockedFlushSList(PSLIST_HEADER ListHead);
NTKERNELAPI USHORT ExQueryDepthSList(PSLIST_HEADER SListHead);

#define RtlInitializeSListHead InitializeSListHead
#define RtlFirstEntrySList FirstEntrySList

#ifdef __cplusplus
}
#endif

#endif
