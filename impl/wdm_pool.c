/* SPDX-License-Identifier: MIT */
/* wdm_pool.c: the pool, and raising, which is where its failures end; see wdm_pool.h. */
#include "wdm_pool.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "finding.h"
#include "platform.h"
#include "verifier.h"
#include "wdm_extra.h"
#include "wdm_raise.h"

static _Atomic(lookaside_wdm_raise_fn *) hook;

/* Low resources simulation: 0 = off. The count is of calls since the switch was last set. */
static _Atomic ULONG fail_every;
static _Atomic ULONG nr_asked;

lookaside_wdm_raise_fn *lookaside_wdm_set_raise_hook(lookaside_wdm_raise_fn *next)
{
    /* Acquire and release: what the setter prepared for the hook is there when it is called. */
    return atomic_exchange_explicit(&hook, next, memory_order_acq_rel);
}

static void raise_failure(const struct lookaside_wdm_failure *failure)
{
    /* Acquire: see the setter. */
    lookaside_wdm_raise_fn *told = atomic_load_explicit(&hook, memory_order_acquire);
    char tag[LA_TAG_SHOWN];

    if (told) {
        told(failure);
        return;
    }
    la_tag_show(failure->tag, tag);
    fprintf(stderr, "lookaside: %s: status 0x%08X, pool type 0x%X, %zu bytes, tag '%s'\n",
            failure->what, (ULONG)failure->status, (ULONG)failure->pool_type, failure->size_bytes,
            tag);
    abort();
}

void la_wdm_raise(NTSTATUS status, POOL_TYPE type, SIZE_T size, ULONG tag, const char *what)
{
    raise_failure(&(struct lookaside_wdm_failure){
        .status = status, .pool_type = type, .size_bytes = size, .tag = tag, .what = what});
}

VOID ExRaiseStatus(NTSTATUS Status)
{
    la_wdm_raise(Status, NonPagedPool, 0, 0, "ExRaiseStatus");
}

void lookaside_wdm_fail_every(ULONG nth)
{
    /* Relaxed: a switch and a count, ordered against nothing. */
    atomic_store_explicit(&nr_asked, 0, memory_order_relaxed);
    atomic_store_explicit(&fail_every, nth, memory_order_relaxed);
}

static bool simulates_failure(void)
{
    /* Relaxed: as above. */
    ULONG every = atomic_load_explicit(&fail_every, memory_order_relaxed);

    return LA_UNLIKELY(every > 0) &&
           (atomic_fetch_add_explicit(&nr_asked, 1, memory_order_relaxed) + 1) % every == 0;
}

static void *take(SIZE_T size, bool cache_aligned)
{
    size_t align = size >= la_page_size() ? la_page_size() : cache_aligned ? LA_CACHE_LINE : 0;
    void *memory;

    /* Above PTRDIFF_MAX malloc would fail too, but sanitizers end the process there. */
    if (simulates_failure() || size > PTRDIFF_MAX)
        return NULL;
    if (align == 0)
        return malloc(size ? size : 1);
    return posix_memalign(&memory, align, size) == 0 ? memory : NULL;
}

static void *take_typed(POOL_TYPE type, SIZE_T size, ULONG tag, bool raises)
{
    void *memory = take(size, type & NonPagedPoolCacheAligned);

    if (LA_UNLIKELY(!memory && raises))
        la_wdm_raise(STATUS_INSUFFICIENT_RESOURCES, type, size, tag,
                     "a pool allocation failed that must not");
    return memory;
}

static PVOID zeroed(PVOID memory, SIZE_T size)
{
    if (memory)
        memset(memory, 0, size);
    return memory;
}

PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return take_typed(PoolType, NumberOfBytes, Tag, PoolType & POOL_RAISE_IF_ALLOCATION_FAILURE);
}

PVOID ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, 0);
}

PVOID ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return take_typed(PoolType, NumberOfBytes, Tag, !(PoolType & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE));
}

PVOID ExAllocatePoolUninitialized(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
}

PVOID ExAllocatePoolZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return zeroed(ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag), NumberOfBytes);
}

/* The pool type that the flags name, or -1. */
static int type_of_flags(POOL_FLAGS flags)
{
    int aligned = flags & POOL_FLAG_CACHE_ALIGNED ? NonPagedPoolCacheAligned : 0;

    switch (flags & (POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED)) {
    case POOL_FLAG_NON_PAGED:
        return NonPagedPoolNx | aligned;
    case POOL_FLAG_NON_PAGED_EXECUTE:
        return NonPagedPool | aligned;
    case POOL_FLAG_PAGED:
        return PagedPool | aligned;
    default:
        return -1;
    }
}

PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag)
{
    int type = type_of_flags(Flags);
    bool raises = Flags & POOL_FLAG_RAISE_ON_FAILURE;
    PVOID memory;

    if (type < 0 || NumberOfBytes == 0 || Tag == 0) {
        if (raises)
            la_wdm_raise(STATUS_INVALID_PARAMETER, NonPagedPool, NumberOfBytes, Tag,
                         "ExAllocatePool2 with parameters that it does not take");
        return NULL;
    }
    memory = take_typed((POOL_TYPE)type, NumberOfBytes, Tag, raises);
    return Flags & POOL_FLAG_UNINITIALIZED ? memory : zeroed(memory, NumberOfBytes);
}

VOID ExFreePool(PVOID P)
{
    if (la_verifier_may_free(P))
        free(P);
}

VOID ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    UNREFERENCED_PARAMETER(Tag);
    ExFreePool(P);
}
