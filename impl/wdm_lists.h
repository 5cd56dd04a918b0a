/* SPDX-License-Identifier: MIT */
/*
 * wdm_lists.h: lookaside lists: the extended family, and the older nonpaged and paged ones. Part of
 * wdm.h.
 *
 * Every list starts with Depth 4 and may grow to 256 entries, or to the Depth that
 * ExInitializeLookasideListEx() is given, 256 to 1024. All routines may be called by any thread at
 * any time, except those that initialise or delete, which need the list to themselves. Allocate
 * and free routines run on the calling thread, before the call returns, with no lock held, and get
 * exactly the list pointer that was initialised.
 *
 * Sizes and field offsets are those of 64-bit Windows. Fields are for reading; see wdm.h for when
 * they are brought up to date. Where a structure has a named and an unnamed spelling of a field
 * (L.ListHead, L.u.ListHead), both work.
 */
#ifndef LOOKASIDE_WDM_LISTS_H
#define LOOKASIDE_WDM_LISTS_H

#include "wdm_pool.h"
#include "wdm_slist.h"
#include "wdm_types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _LOOKASIDE_LIST_EX LOOKASIDE_LIST_EX, *PLOOKASIDE_LIST_EX;

typedef PVOID ALLOCATE_FUNCTION(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
typedef ALLOCATE_FUNCTION *PALLOCATE_FUNCTION;
typedef VOID FREE_FUNCTION(PVOID Buffer);
typedef FREE_FUNCTION *PFREE_FUNCTION;
typedef PVOID ALLOCATE_FUNCTION_EX(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                   PLOOKASIDE_LIST_EX Lookaside);
typedef ALLOCATE_FUNCTION_EX *PALLOCATE_FUNCTION_EX;
typedef VOID FREE_FUNCTION_EX(PVOID Buffer, PLOOKASIDE_LIST_EX Lookaside);
typedef FREE_FUNCTION_EX *PFREE_FUNCTION_EX;

/* A field under several names, for both spellings of it. */
#define LOOKASIDE_WDM_EITHER(name, type_a, a, type_b, b) \
    union name {                                         \
        type_a a;                                        \
        type_b b;                                        \
    }
LOOKASIDE_WDM_EITHER(lookaside_wdm_head, SLIST_HEADER, ListHead, SINGLE_LIST_ENTRY, SingleListHead);
LOOKASIDE_WDM_EITHER(lookaside_wdm_allocates, ULONG, AllocateMisses, ULONG, AllocateHits);
LOOKASIDE_WDM_EITHER(lookaside_wdm_frees, ULONG, FreeMisses, ULONG, FreeHits);
LOOKASIDE_WDM_EITHER(lookaside_wdm_allocate, PALLOCATE_FUNCTION_EX, AllocateEx, PALLOCATE_FUNCTION,
                     Allocate);
LOOKASIDE_WDM_EITHER(lookaside_wdm_free, PFREE_FUNCTION_EX, FreeEx, PFREE_FUNCTION, Free);
LOOKASIDE_WDM_EITHER(lookaside_wdm_last, ULONG, LastAllocateMisses, ULONG, LastAllocateHits);
#undef LOOKASIDE_WDM_EITHER

/* The record that every kind of list shows as its member L. */
#define LOOKASIDE_WDM_GENERAL_FIELDS                                                    \
    union {                                                                             \
        SLIST_HEADER ListHead; /* shows the entries held as its Depth */                \
        SINGLE_LIST_ENTRY SingleListHead;                                               \
        union lookaside_wdm_head u;                                                     \
    };                                                                                  \
    USHORT Depth;         /* entries the list may hold now */                           \
    USHORT MaximumDepth;  /* the most that Depth grows to */                            \
    ULONG TotalAllocates; /* calls of allocate, failed ones included */                 \
    union {                                                                             \
        ULONG AllocateMisses; /* of those, the ones that called the allocate routine */ \
        ULONG AllocateHits;                                                             \
        union lookaside_wdm_allocates u2;                                               \
    };                                                                                  \
    ULONG TotalFrees; /* calls of free */                                               \
    union {                                                                             \
        ULONG FreeMisses; /* of those, the ones that called the free routine */         \
        ULONG FreeHits;                                                                 \
        union lookaside_wdm_frees u3;                                                   \
    };                                                                                  \
    POOL_TYPE Type; /* what the allocate routine receives: pool type and flag bits */   \
    ULONG Tag;                                                                          \
    ULONG Size; /* bytes per entry */                                                   \
    union {                                                                             \
        PALLOCATE_FUNCTION_EX AllocateEx;                                               \
        PALLOCATE_FUNCTION Allocate;                                                    \
        union lookaside_wdm_allocate u4;                                                \
    };                                                                                  \
    union {                                                                             \
        PFREE_FUNCTION_EX FreeEx;                                                       \
        PFREE_FUNCTION Free;                                                            \
        union lookaside_wdm_free u5;                                                    \
    };                                                                                  \
    LIST_ENTRY ListEntry;                                                               \
    ULONG LastTotalAllocates; /* the counters at the last tick */                       \
    union {                                                                             \
        ULONG LastAllocateMisses;                                                       \
        ULONG LastAllocateHits;                                                         \
        union lookaside_wdm_last u6;                                                    \
    };                                                                                  \
    ULONG Future[2] /* where the list itself is */

/* may_alias: the library looks at every kind of list through this one. */
typedef struct __attribute__((may_alias)) _GENERAL_LOOKASIDE_POOL {
    LOOKASIDE_WDM_GENERAL_FIELDS;
} GENERAL_LOOKASIDE_POOL, *PGENERAL_LOOKASIDE_POOL;

typedef struct DECLSPEC_CACHEALIGN _GENERAL_LOOKASIDE {
    LOOKASIDE_WDM_GENERAL_FIELDS;
} GENERAL_LOOKASIDE, *PGENERAL_LOOKASIDE;

struct _LOOKASIDE_LIST_EX {
    GENERAL_LOOKASIDE_POOL L;
};

typedef struct DECLSPEC_CACHEALIGN _NPAGED_LOOKASIDE_LIST {
    GENERAL_LOOKASIDE L;
} NPAGED_LOOKASIDE_LIST, *PNPAGED_LOOKASIDE_LIST;

typedef struct DECLSPEC_CACHEALIGN _PAGED_LOOKASIDE_LIST {
    GENERAL_LOOKASIDE L;
} PAGED_LOOKASIDE_LIST, *PPAGED_LOOKASIDE_LIST;

/* The smallest entry: one link. Smaller sizes are rounded up to it. */
#define LOOKASIDE_MINIMUM_BLOCK_SIZE (RTL_SIZEOF_THROUGH_FIELD(SLIST_ENTRY, Next))

#define EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL 0x00000001UL
#define EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE 0x00000002UL
#define EX_MAXIMUM_LOOKASIDE_DEPTH_BASE 256
#define EX_MAXIMUM_LOOKASIDE_DEPTH_LIMIT 1024

/*
 * Makes a list in *Lookaside, whatever those bytes held before; no routine is called. NULL routines
 * stand for ExAllocatePoolWithTag() and ExFreePool(). Parameters are checked in this order, before
 * the first write:
 *   STATUS_INVALID_PARAMETER_1   Lookaside is NULL or not aligned to 16 bytes
 *   STATUS_INVALID_PARAMETER_4   PoolType has bits that no pool type has, or is 3 or 7 (+32)
 *   STATUS_INVALID_PARAMETER_5   Flags has an unknown bit, or both known ones
 *   STATUS_INVALID_PARAMETER_6   Size is above 1 GiB
 *   STATUS_INVALID_PARAMETER_8   Depth is neither 0 nor 256 to 1024
 *   STATUS_INSUFFICIENT_RESOURCES   no memory for the list (its storage may have been written to)
 *   STATUS_NOT_SUPPORTED         the chosen strategy cannot run here (likewise)
 */
NTKERNELAPI NTSTATUS ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX Lookaside,
                                                 PALLOCATE_FUNCTION_EX Allocate,
                                                 PFREE_FUNCTION_EX Free, POOL_TYPE PoolType,
                                                 ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth);

/* An entry, contents undefined: the one freed last, or else what the allocate routine gives. */
NTKERNELAPI PVOID ExAllocateFromLookasideListEx(PLOOKASIDE_LIST_EX Lookaside);

/* Keeps the entry, or, with Depth entries held, passes it to the free routine. */
NTKERNELAPI VOID ExFreeToLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PVOID Entry);

/* Passes every entry held to the free routine. */
NTKERNELAPI VOID ExFlushLookasideListEx(PLOOKASIDE_LIST_EX Lookaside);

/* Flushes and ends the list. The storage is the caller's again on return. Deleting a list once
 * more does nothing, unless the verifier is on. */
NTKERNELAPI VOID ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX Lookaside);

/*
 * The older families. Flags are ORed into the stored pool type, Depth is ignored. They cannot
 * report failure: with a NULL or misaligned list, a size above 1 GiB, or no memory, the raise hook
 * is called, and the process aborts should it return.
 */
NTKERNELAPI VOID ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside,
                                                 PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                                 ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth);
NTKERNELAPI PVOID ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside);
NTKERNELAPI VOID ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry);
NTKERNELAPI VOID ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside);

NTKERNELAPI VOID ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside,
                                                PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                                ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth);
NTKERNELAPI PVOID ExAllocateFromPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside);
NTKERNELAPI VOID ExFreeToPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry);
NTKERNELAPI VOID ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside);

/* One tick over every list of the process, native ones included: depths adapt, surplus entries go
 * to their free routines on this thread. */
NTKERNELAPI VOID ExAdjustLookasideDepth(VOID);

/* NDIS calls the nonpaged family by names of its own. */
#define NdisInitializeNPagedLookasideList ExInitializeNPagedLookasideList
#define NdisAllocateFromNPagedLookasideList ExAllocateFromNPagedLookasideList
#define NdisFreeToNPagedLookasideList ExFreeToNPagedLookasideList
#define NdisDeleteNPagedLookasideList ExDeleteNPagedLookasideList

#ifdef __cplusplus
}
#endif

#endif
