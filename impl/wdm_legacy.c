/* SPDX-License-Identifier: MIT */
/*
 * wdm_legacy.c: the nonpaged and paged families, which differ in the pool type they store. Their
 * routines get no list pointer, and initialisation has no way to report a failure.
 */
#include <stdlib.h>

#include "platform.h"
#include "wdm_lists.h"
#include "wdm_raise.h"
#include "wdm_record.h"

static void *call_allocate(struct lookaside *list, size_t size)
{
    struct wdm_record *record = LA_CONTAINER_OF(list, struct wdm_record, list);

    return record->allocate.legacy(record->type, la_wdm_size(record, size), record->tag);
}

static void call_free(struct lookaside *list, void *entry)
{
    LA_CONTAINER_OF(list, struct wdm_record, list)->free.legacy(entry);
}

static NTSTATUS init(void *storage, PALLOCATE_FUNCTION allocate, PFREE_FUNCTION free_routine,
                     POOL_TYPE type, SIZE_T size, ULONG tag)
{
    struct wdm_record *record;

    if (!la_wdm_aligned(storage))
        return STATUS_INVALID_PARAMETER_1;
    if (size > LOOKASIDE_SIZE_LIMIT)
        return STATUS_INVALID_PARAMETER_5;
    record = la_wdm_record_new(type, size, tag);
    if (!record)
        return STATUS_INSUFFICIENT_RESOURCES;
    record->allocate.legacy = allocate ? allocate : ExAllocatePoolWithTag;
    record->free.legacy = free_routine ? free_routine : ExFreePool;
    return la_wdm_open(record, &(struct wdm_setup){
                                   .storage = storage,
                                   .storage_bytes = sizeof(NPAGED_LOOKASIDE_LIST),
                                   .allocate = call_allocate,
                                   .flags = allocate ? 0 : LOOKASIDE_ROOMY,
                                   .free = call_free,
                                   .max_depth = EX_MAXIMUM_LOOKASIDE_DEPTH_BASE,
                               });
}

/* A list that could not be made must not be used, and the caller cannot know. */
static void init_or_raise(void *storage, PALLOCATE_FUNCTION allocate, PFREE_FUNCTION free_routine,
                          ULONG type, SIZE_T size, ULONG tag, const char *what)
{
    NTSTATUS status = init(storage, allocate, free_routine, (POOL_TYPE)type, size, tag);

    if (NT_SUCCESS(status))
        return;
    la_wdm_raise(status, (POOL_TYPE)type, size, tag, what);
    abort();
}

VOID ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate,
                                     PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size, ULONG Tag,
                                     USHORT Depth)
{
    UNREFERENCED_PARAMETER(Depth);
    if (Size < LOOKASIDE_MINIMUM_BLOCK_SIZE)
        la_verifier_small_block(Lookaside, Tag, Size);
    init_or_raise(Lookaside, Allocate, Free, (ULONG)NonPagedPool | Flags, Size, Tag,
                  "ExInitializeNPagedLookasideList cannot make a list");
}

PVOID ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    return lookaside_alloc(&la_wdm_record(Lookaside)->list);
}

VOID ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry)
{
    lookaside_free(&la_wdm_record(Lookaside)->list, Entry);
}

VOID ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    la_wdm_close(Lookaside);
}

VOID ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate,
                                    PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size, ULONG Tag,
                                    USHORT Depth)
{
    UNREFERENCED_PARAMETER(Depth);
    init_or_raise(Lookaside, Allocate, Free, (ULONG)PagedPool | Flags, Size, Tag,
                  "ExInitializePagedLookasideList cannot make a list");
}

PVOID ExAllocateFromPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside)
{
    return lookaside_alloc(&la_wdm_record(Lookaside)->list);
}

VOID ExFreeToPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry)
{
    lookaside_free(&la_wdm_record(Lookaside)->list, Entry);
}

VOID ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside)
{
    la_wdm_close(Lookaside);
}
