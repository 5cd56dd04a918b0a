/* SPDX-License-Identifier: MIT */
/*
 * headers_test.c: both public headers in one translation unit, compiled as C and as C++ with every
 * warning of the project, and linked: what either language sees must be what the library has.
 */
#define LOOKASIDE_WDM_NO_OLD_SAL
#include "lookaside.h"
#include "wdm.h"

#ifdef __cplusplus
/* The standard library's headers survive the ones above. */
#include <string>
#include <vector>
#endif

#include <stdio.h>

C_ASSERT(sizeof(ULONG) == 4 && sizeof(LONG) == 4 && sizeof(USHORT) == 2 && sizeof(NTSTATUS) == 4);
C_ASSERT(sizeof(ULONGLONG) == 8 && sizeof(SIZE_T) == 8 && sizeof(POOL_TYPE) == 4);
C_ASSERT(sizeof(LOOKASIDE_LIST_EX) == 0x60);
C_ASSERT(sizeof(NPAGED_LOOKASIDE_LIST) == 0x80 && sizeof(PAGED_LOOKASIDE_LIST) == 0x80);
C_ASSERT(sizeof(SLIST_HEADER) == 16 && sizeof(SLIST_ENTRY) == 16);
C_ASSERT(offsetof(LOOKASIDE_LIST_EX, L.Future) == 0x58);
C_ASSERT(offsetof(LOOKASIDE_LIST_EX, L.u2.AllocateMisses) == 0x18);
C_ASSERT(LOOKASIDE_MINIMUM_BLOCK_SIZE == 8);

/* struct lookaside has the same layout for both languages: init, compiled as C, fills the fields
 * that the inline calls read here. */
static int native_list_works(void)
{
    static struct lookaside list;
    struct lookaside_config config;
    struct lookaside_stats stats;
    void *entry;

    memset(&config, 0, sizeof config);
    config.size = 64;
    config.tag = LOOKASIDE_TAG('h', 'e', 'a', 'd');
    if (lookaside_init(&list, &config) != 0)
        return 0;
    entry = lookaside_alloc(&list);
    lookaside_free(&list, entry);
    lookaside_get_stats(&list, &stats);
    lookaside_fini(&list);
    return entry && stats.total_allocates == 1 && stats.total_frees == 1 && list.size == 64 &&
           list.tag == LOOKASIDE_TAG('h', 'e', 'a', 'd');
}

static ALLOCATE_FUNCTION_EX allocate;
static FREE_FUNCTION_EX release;

static PVOID allocate(POOL_TYPE type, SIZE_T size, ULONG tag, PLOOKASIDE_LIST_EX list)
{
    UNREFERENCED_PARAMETER(list);
    return ExAllocatePoolWithTag(type, size, tag);
}

static VOID release(PVOID buffer, PLOOKASIDE_LIST_EX list)
{
    UNREFERENCED_PARAMETER(list);
    ExFreePool(buffer);
}

static int windows_list_works(void)
{
    static LOOKASIDE_LIST_EX list;
    PVOID entry;
    int counted;

    (void)lookaside_wdm_set_balancer(FALSE);
    if (ExInitializeLookasideListEx(&list, allocate, release, NonPagedPoolNx, 0, 64, 1, 0))
        return 0;
    entry = ExAllocateFromLookasideListEx(&list);
    ExFreeToLookasideListEx(&list, entry);
    ExFlushLookasideListEx(&list);
    counted = list.L.TotalFrees == 1 && list.L.u2.AllocateMisses == 1 && list.L.AllocateMisses == 1;
    ExDeleteLookasideListEx(&list);
    return entry && counted;
}

static int interlocked_works(void)
{
    LONG volatile number = 1;
    LONG64 volatile wide = 1;

    return InterlockedIncrement(&number) == 2 && InterlockedCompareExchange(&number, 7, 2) == 2 &&
           InterlockedExchangeAdd(&number, 1) == 7 && number == 8 &&
           InterlockedDecrement64(&wide) == 0;
}

int main(void)
{
    if (native_list_works() && windows_list_works() && interlocked_works())
        return 0;
    fprintf(stderr, "lookaside: the headers and the library do not agree\n");
    return 1;
}
