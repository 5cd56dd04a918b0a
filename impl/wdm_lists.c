/* SPDX-License-Identifier: MIT */
/*
 * wdm_lists.c: the extended family, and what it shares with the older ones: making, showing and
 * ending a list. See wdm_lists.h for the routines, wdm_record.h for where things are.
 */
#include "wdm_lists.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "depth.h"
#include "forks.h"
#include "list.h"
#include "platform.h"
#include "variable.h"
#include "wdm_extra.h"
#include "wdm_record.h"

enum { INITIAL_DEPTH = 4, LIST_ALIGNMENT = 16 };

/* Bits that some pool type has: low type bits, cache aligned, session and the kernel's own, cold
 * and no-execute. Not 8 and 16, which say what a failure does. */
enum { POOL_TYPE_BITS = 0x3E7, POOL_TYPE_LOW_BITS = 3 };

#define AT(type, field, offset) C_ASSERT(offsetof(type, field) == (offset))
#define WINDOWS_LAYOUT(type)             \
    AT(type, ListHead, 0x00);            \
    AT(type, SingleListHead, 0x00);      \
    AT(type, u.ListHead, 0x00);          \
    AT(type, Depth, 0x10);               \
    AT(type, MaximumDepth, 0x12);        \
    AT(type, TotalAllocates, 0x14);      \
    AT(type, AllocateMisses, 0x18);      \
    AT(type, u2.AllocateHits, 0x18);     \
    AT(type, TotalFrees, 0x1C);          \
    AT(type, FreeMisses, 0x20);          \
    AT(type, u3.FreeHits, 0x20);         \
    AT(type, Type, 0x24);                \
    AT(type, Tag, 0x28);                 \
    AT(type, Size, 0x2C);                \
    AT(type, Allocate, 0x30);            \
    AT(type, u4.AllocateEx, 0x30);       \
    AT(type, Free, 0x38);                \
    AT(type, u5.FreeEx, 0x38);           \
    AT(type, ListEntry, 0x40);           \
    AT(type, LastTotalAllocates, 0x50);  \
    AT(type, LastAllocateMisses, 0x54);  \
    AT(type, u6.LastAllocateHits, 0x54); \
    AT(type, Future, 0x58)
WINDOWS_LAYOUT(GENERAL_LOOKASIDE_POOL);
WINDOWS_LAYOUT(GENERAL_LOOKASIDE);
AT(LOOKASIDE_LIST_EX, L, 0);
AT(NPAGED_LOOKASIDE_LIST, L, 0);
AT(PAGED_LOOKASIDE_LIST, L, 0);
C_ASSERT(sizeof(LOOKASIDE_LIST_EX) == 0x60 && _Alignof(LOOKASIDE_LIST_EX) == 16);
C_ASSERT(sizeof(NPAGED_LOOKASIDE_LIST) == 0x80 && _Alignof(NPAGED_LOOKASIDE_LIST) == 64);
C_ASSERT(sizeof(PAGED_LOOKASIDE_LIST) == 0x80 && _Alignof(PAGED_LOOKASIDE_LIST) == 64);
C_ASSERT(sizeof(POOL_TYPE) == sizeof(ULONG));
C_ASSERT(sizeof(SYSTEM_LOOKASIDE_INFORMATION) == 0x20);
C_ASSERT(LOOKASIDE_MINIMUM_BLOCK_SIZE == sizeof(void *));

/* --- the background tick --- */

static pthread_mutex_t balancer_lock = PTHREAD_MUTEX_INITIALIZER;
/* Who starts and stops it: a list does only as long as nobody did. */
static enum { NOBODY_YET, A_LIST, THE_PROGRAM } balancer_decided;

/* Under balancer_lock. */
static bool start_balancer(void)
{
    int error = lookaside_balancer_start(0);

    return error == 0 || error == -EALREADY;
}

/* The thread did not come along: the child's first list starts it. */
static void be_a_child(void)
{
    if (balancer_decided == A_LIST)
        balancer_decided = NOBODY_YET;
}

static void set_up(void)
{
    la_fork_takes(LA_FORK_WDM, &balancer_lock, be_a_child);
}

static bool environment_says_off(void)
{
    static const char *const words[] = {"on", "off", NULL};
    static struct la_variable variable = {.name = "LOOKASIDE_BALANCER", .words = words};

    return la_variable_word(&variable) == 1;
}

static void lock_balancer(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, set_up);
    pthread_mutex_lock(&balancer_lock);
}

/* Without a thread to be had, the next list tries again. */
static void first_list_starts_balancer(void)
{
    const bool off = environment_says_off();

    lock_balancer();
    if (balancer_decided == NOBODY_YET && off)
        balancer_decided = THE_PROGRAM;
    if (balancer_decided == NOBODY_YET && start_balancer())
        balancer_decided = A_LIST;
    pthread_mutex_unlock(&balancer_lock);
}

BOOLEAN lookaside_wdm_set_balancer(BOOLEAN on)
{
    bool done = true;

    lock_balancer();
    balancer_decided = THE_PROGRAM;
    if (on)
        done = start_balancer();
    pthread_mutex_unlock(&balancer_lock);
    /* Not under the lock: a routine that the last tick calls may initialise a list. */
    if (!on)
        lookaside_balancer_stop();
    return done;
}

VOID ExAdjustLookasideDepth(VOID)
{
    lookaside_balance();
}

/* --- what the storage shows --- */

static USHORT at_most_ushort(uint64_t value)
{
    return value < UINT16_MAX ? (USHORT)value : UINT16_MAX;
}

/* Drivers read the fields at any time, so each is written in one piece. Relaxed: they order
 * nothing. */
static void show(ULONG *field, uint64_t value)
{
    atomic_store_explicit((_Atomic ULONG *)field, (ULONG)value, memory_order_relaxed);
}

static void show_short(USHORT *field, uint64_t value)
{
    atomic_store_explicit((_Atomic USHORT *)field, at_most_ushort(value), memory_order_relaxed);
}

static void show_held(SLIST_HEADER *head, uint64_t held)
{
    atomic_store_explicit((_Atomic ULONGLONG *)&head->Alignment, at_most_ushort(held),
                          memory_order_relaxed);
}

static void publish(struct wdm_record *record)
{
    wdm_fields *fields = record->storage;
    struct lookaside_stats stats;
    uint64_t last_allocates, last_misses;

    lookaside_get_stats(&record->list, &stats);
    pthread_mutex_lock(&record->list.maintenance);
    last_allocates = record->list.last_allocates;
    last_misses = record->list.last_misses;
    pthread_mutex_unlock(&record->list.maintenance);
    show_held(&fields->ListHead, stats.held);
    show_short(&fields->Depth, stats.depth);
    show_short(&fields->MaximumDepth, stats.max_depth);
    show(&fields->TotalAllocates, stats.total_allocates);
    show(&fields->AllocateMisses, stats.allocate_misses);
    show(&fields->TotalFrees, stats.total_frees);
    show(&fields->FreeMisses, stats.free_misses);
    show(&fields->LastTotalAllocates, last_allocates);
    show(&fields->LastAllocateMisses, last_misses);
}

static void refresh(struct lookaside *list)
{
    struct wdm_record *record = LA_CONTAINER_OF(list, struct wdm_record, list);

    pthread_mutex_lock(&record->publishing);
    if (!record->abandoned)
        publish(record);
    pthread_mutex_unlock(&record->publishing);
}

/* What never changes while the list lives. The routines' fields share their bytes, and the record
 * has them as one kind or the other, hence bytes. */
static void show_constants(struct wdm_record *record)
{
    wdm_fields *fields = record->storage;

    memset(fields, 0, sizeof *fields);
    fields->Type = record->type;
    fields->Tag = record->tag;
    fields->Size = (ULONG)record->size;
    memcpy(&fields->AllocateEx, &record->allocate, sizeof fields->AllocateEx);
    memcpy(&fields->FreeEx, &record->free, sizeof fields->FreeEx);
    fields->ListEntry.Flink = fields->ListEntry.Blink = &fields->ListEntry;
    memcpy(fields->Future, &record, sizeof record);
}

/* --- making and ending, for every family --- */

bool la_wdm_aligned(const void *storage)
{
    return storage && (uintptr_t)storage % LIST_ALIGNMENT == 0;
}

struct wdm_record *la_wdm_record_new(POOL_TYPE type, SIZE_T size, ULONG tag)
{
    struct wdm_record *record = aligned_alloc(_Alignof(struct wdm_record), sizeof *record);

    if (!record)
        return NULL;
    memset(record, 0, sizeof *record);
    record->type = type;
    record->tag = tag;
    record->size = size < LOOKASIDE_MINIMUM_BLOCK_SIZE ? LOOKASIDE_MINIMUM_BLOCK_SIZE : size;
    pthread_mutex_init(&record->publishing, NULL);
    return record;
}

static void record_delete(struct wdm_record *record)
{
    pthread_mutex_destroy(&record->publishing);
    free(record);
}

/* The storage of a live list is about to become another's: its ticks must not write there. */
static void abandon(struct lookaside *list)
{
    struct wdm_record *record = LA_CONTAINER_OF(list, struct wdm_record, list);

    if (list->refreshed != refresh) {
        la_live_remove(list);
        return;
    }
    la_live_disown(list);
    pthread_mutex_lock(&record->publishing);
    record->abandoned = true;
    pthread_mutex_unlock(&record->publishing);
}

static NTSTATUS status_of(int error)
{
    return error == 0          ? STATUS_SUCCESS
           : error == -ENOMEM  ? STATUS_INSUFFICIENT_RESOURCES
           : error == -ENOTSUP ? STATUS_NOT_SUPPORTED
                               : STATUS_INVALID_PARAMETER;
}

NTSTATUS la_wdm_open(struct wdm_record *record, const struct wdm_setup *setup)
{
    const struct lookaside_config config = {
        .size = record->size,
        .tag = record->tag,
        .allocate = setup->allocate,
        .free = setup->free,
        .depth = {.initial = INITIAL_DEPTH,
                  .min = INITIAL_DEPTH,
                  .max = setup->max_depth,
                  .policy = &la_policy_balance},
        .flags = setup->flags,
    };
    const struct la_list_owner owner = {
        .refreshed = refresh, .storage = setup->storage, .storage_bytes = setup->storage_bytes};
    struct lookaside *there = la_verifier_find(setup->storage, setup->storage_bytes);
    int error;

    if (there)
        abandon(there);
    record->storage = setup->storage;
    show_constants(record);
    error = la_list_init(&record->list, &config, &owner);
    if (error) {
        memset(setup->storage, 0, sizeof(wdm_fields));
        record_delete(record);
        return status_of(error);
    }
    first_list_starts_balancer();
    return STATUS_SUCCESS;
}

void la_wdm_close(void *storage)
{
    struct wdm_record *record;
    wdm_fields *fields = storage;

    if (!la_verifier_may_delete(storage))
        return;
    record = la_wdm_record(storage);
    if (!record)
        return;
    lookaside_fini(&record->list);
    memset(fields->Future, 0, sizeof fields->Future);
    record_delete(record);
}

/* --- the extended family --- */

static PVOID pool_allocate_ex(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                              PLOOKASIDE_LIST_EX Lookaside)
{
    UNREFERENCED_PARAMETER(Lookaside);
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
}

static VOID pool_free_ex(PVOID Buffer, PLOOKASIDE_LIST_EX Lookaside)
{
    UNREFERENCED_PARAMETER(Lookaside);
    ExFreePool(Buffer);
}

static void *call_allocate_ex(struct lookaside *list, size_t size)
{
    struct wdm_record *record = LA_CONTAINER_OF(list, struct wdm_record, list);

    return record->allocate.ex(record->type, la_wdm_size(record, size), record->tag,
                               record->storage);
}

static void call_free_ex(struct lookaside *list, void *entry)
{
    struct wdm_record *record = LA_CONTAINER_OF(list, struct wdm_record, list);

    record->free.ex(entry, record->storage);
}

static bool pool_type_is_valid(ULONG type)
{
    return !(type & ~(ULONG)POOL_TYPE_BITS) && (type & POOL_TYPE_LOW_BITS) != POOL_TYPE_LOW_BITS;
}

/* In the order of the parameters. */
static NTSTATUS check_ex(const void *storage, POOL_TYPE type, ULONG flags, SIZE_T size,
                         USHORT depth)
{
    const ULONG known =
        EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL | EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE;

    if (!la_wdm_aligned(storage))
        return STATUS_INVALID_PARAMETER_1;
    if (!pool_type_is_valid((ULONG)type))
        return STATUS_INVALID_PARAMETER_4;
    if ((flags & ~known) || flags == known)
        return STATUS_INVALID_PARAMETER_5;
    if (size > LOOKASIDE_SIZE_LIMIT)
        return STATUS_INVALID_PARAMETER_6;
    if (depth != 0 &&
        (depth < EX_MAXIMUM_LOOKASIDE_DEPTH_BASE || depth > EX_MAXIMUM_LOOKASIDE_DEPTH_LIMIT))
        return STATUS_INVALID_PARAMETER_8;
    return STATUS_SUCCESS;
}

static POOL_TYPE with_flag_bits(POOL_TYPE type, ULONG flags)
{
    ULONG bits =
        flags == EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL   ? POOL_RAISE_IF_ALLOCATION_FAILURE
        : flags == EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE ? POOL_QUOTA_FAIL_INSTEAD_OF_RAISE
                                                            : 0;

    return (POOL_TYPE)((ULONG)type | bits);
}

NTSTATUS ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PALLOCATE_FUNCTION_EX Allocate,
                                     PFREE_FUNCTION_EX Free, POOL_TYPE PoolType, ULONG Flags,
                                     SIZE_T Size, ULONG Tag, USHORT Depth)
{
    struct wdm_record *record;
    NTSTATUS status = check_ex(Lookaside, PoolType, Flags, Size, Depth);

    if (!NT_SUCCESS(status))
        return status;
    if (!(PoolType & PagedPool) && Size < LOOKASIDE_MINIMUM_BLOCK_SIZE)
        la_verifier_small_block(Lookaside, Tag, Size);
    record = la_wdm_record_new(with_flag_bits(PoolType, Flags), Size, Tag);
    if (!record)
        return STATUS_INSUFFICIENT_RESOURCES;
    record->allocate.ex = Allocate ? Allocate : pool_allocate_ex;
    record->free.ex = Free ? Free : pool_free_ex;
    return la_wdm_open(record, &(struct wdm_setup){
                                   .storage = Lookaside,
                                   .storage_bytes = sizeof *Lookaside,
                                   .allocate = call_allocate_ex,
                                   .flags = Allocate || Flags ? 0 : LOOKASIDE_ROOMY,
                                   .free = call_free_ex,
                                   .max_depth = Depth ? Depth : EX_MAXIMUM_LOOKASIDE_DEPTH_BASE,
                               });
}

PVOID ExAllocateFromLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    return lookaside_alloc(&la_wdm_record(Lookaside)->list);
}

VOID ExFreeToLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PVOID Entry)
{
    lookaside_free(&la_wdm_record(Lookaside)->list, Entry);
}

VOID ExFlushLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    lookaside_flush(&la_wdm_record(Lookaside)->list);
}

VOID ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    la_wdm_close(Lookaside);
}

/* --- queries --- */

static void inform(struct wdm_record *record, PSYSTEM_LOOKASIDE_INFORMATION information)
{
    struct lookaside_stats stats;

    lookaside_get_stats(&record->list, &stats);
    *information = (SYSTEM_LOOKASIDE_INFORMATION){
        .CurrentDepth = at_most_ushort(stats.held),
        .MaximumDepth = at_most_ushort(stats.depth),
        .TotalAllocates = (ULONG)stats.total_allocates,
        .AllocateMisses = (ULONG)stats.allocate_misses,
        .TotalFrees = (ULONG)stats.total_frees,
        .FreeMisses = (ULONG)stats.free_misses,
        .Type = (ULONG)record->type & PagedPool,
        .Tag = record->tag,
        .Size = (ULONG)record->size,
    };
}

void lookaside_wdm_query(const VOID *Lookaside, PSYSTEM_LOOKASIDE_INFORMATION Information)
{
    inform(la_wdm_record(Lookaside), Information);
}

struct query {
    PSYSTEM_LOOKASIDE_INFORMATION information;
    SIZE_T count, nr_lists;
};

static bool is_abandoned(struct wdm_record *record)
{
    bool abandoned;

    pthread_mutex_lock(&record->publishing);
    abandoned = record->abandoned;
    pthread_mutex_unlock(&record->publishing);
    return abandoned;
}

static bool query_one(struct lookaside *list, void *context)
{
    struct query *query = context;
    struct wdm_record *record = LA_CONTAINER_OF(list, struct wdm_record, list);

    /* A native list has no record around it. */
    if (list->refreshed != refresh || is_abandoned(record))
        return true;
    if (query->nr_lists < query->count)
        inform(record, &query->information[query->nr_lists]);
    query->nr_lists++;
    return true;
}

SIZE_T lookaside_wdm_query_all(PSYSTEM_LOOKASIDE_INFORMATION Information, SIZE_T count)
{
    struct query query = {.information = Information, .count = count};

    lookaside_for_each(query_one, &query);
    return query.nr_lists;
}
