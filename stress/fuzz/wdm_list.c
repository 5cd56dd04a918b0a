/* SPDX-License-Identifier: MIT */
/* wdm_list.c: see wdm_list.h. Written from wdm_lists.h, not from the code behind it. */
#include "wdm_list.h"

#include <stdlib.h>
#include <string.h>

#include "lookaside.h"

enum { INITIAL_DEPTH = 4, LINK_BYTES = 8 };

struct wdm_list wdm_lists[WDM_LISTS];
unsigned wdm_nr_raised, wdm_nr_violations;
struct lookaside_wdm_violation wdm_last_violation;
bool wdm_verifies;

static ULONG fail_every, nr_asked;
static struct wdm_list *used; /* by the call that runs; routines of the older families ask */

void wdm_fail_every(ULONG nth)
{
    fail_every = nth;
    nr_asked = 0;
    lookaside_wdm_fail_every(nth);
}

bool wdm_pool_fails(void)
{
    return fail_every > 0 && ++nr_asked % fail_every == 0;
}

/* --- the own routines --- */

static void *obtain(struct wdm_list *list, POOL_TYPE type, SIZE_T size, ULONG tag)
{
    FUZZ_CHECK(type == list->type && tag == list->tag && size == list->size,
               "the allocate routine was asked for type %u, %zu bytes, tag %u", (unsigned)type,
               size, tag);
    if (list->fail_next > 0) {
        list->fail_next--;
        return NULL;
    }
    return aligned_alloc(16, (size + 15) & ~(SIZE_T)15);
}

static PVOID own_allocate_ex(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                             PLOOKASIDE_LIST_EX Lookaside)
{
    FUZZ_CHECK(used && Lookaside == &used->storage->ex, "another list in the allocate routine");
    return obtain(used, PoolType, NumberOfBytes, Tag);
}

static PVOID own_allocate(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    FUZZ_CHECK(used, "nobody asked for an entry");
    return obtain(used, PoolType, NumberOfBytes, Tag);
}

/* A tick comes to all lists, so the list is not known by the call. */
static VOID own_free_ex(PVOID Buffer, PLOOKASIDE_LIST_EX Lookaside)
{
    for (size_t i = 0; i < WDM_LISTS; i++) {
        if (Lookaside == &wdm_lists[i].storage->ex)
            wdm_lists[i].left++;
    }
    free(Buffer);
}

static VOID own_free(PVOID Buffer)
{
    if (used)
        used->left++;
    free(Buffer);
}

/* --- beginning --- */

static POOL_TYPE read_type(uint8_t byte)
{
    static const POOL_TYPE types[] = {NonPagedPoolNx, PagedPool, NonPagedPool,
                                      NonPagedPoolNxCacheAligned};

    return types[byte % 4];
}

static void begin_older(struct wdm_list *list, ULONG flags, SIZE_T size)
{
    PALLOCATE_FUNCTION allocate = list->own_routines ? own_allocate : NULL;
    PFREE_FUNCTION give_back = list->own_routines ? own_free : NULL;

    list->type = (POOL_TYPE)((list->family == WDM_PAGED ? PagedPool : NonPagedPool) | flags);
    list->max_depth = EX_MAXIMUM_LOOKASIDE_DEPTH_BASE;
    if (list->family == WDM_PAGED)
        ExInitializePagedLookasideList(&list->storage->paged, allocate, give_back, flags, size,
                                       list->tag, 0);
    else
        ExInitializeNPagedLookasideList(&list->storage->nonpaged, allocate, give_back, flags, size,
                                        list->tag, 7);
    list->live = true;
}

static NTSTATUS expected_status(ULONG flags, USHORT depth)
{
    if (flags > 2)
        return STATUS_INVALID_PARAMETER_5;
    if (depth != 0 &&
        (depth < EX_MAXIMUM_LOOKASIDE_DEPTH_BASE || depth > EX_MAXIMUM_LOOKASIDE_DEPTH_LIMIT))
        return STATUS_INVALID_PARAMETER_8;
    return STATUS_SUCCESS;
}

static void begin_ex(struct wdm_list *list, uint8_t how, SIZE_T size, USHORT depth)
{
    const ULONG flags = how & 3;
    const NTSTATUS expected = expected_status(flags, depth);
    const POOL_TYPE type = read_type(how >> 2);
    NTSTATUS status;

    list->type = (POOL_TYPE)(type | (flags == 1   ? POOL_RAISE_IF_ALLOCATION_FAILURE
                                     : flags == 2 ? POOL_QUOTA_FAIL_INSTEAD_OF_RAISE
                                                  : 0));
    list->max_depth = depth ? depth : EX_MAXIMUM_LOOKASIDE_DEPTH_BASE;
    status = ExInitializeLookasideListEx(
        &list->storage->ex, list->own_routines ? own_allocate_ex : NULL,
        list->own_routines ? own_free_ex : NULL, type, flags, size, list->tag, depth);
    if (status == STATUS_NOT_SUPPORTED) /* true of a machine, not of the bytes */
        return;
    FUZZ_CHECK(status == expected, "init said 0x%X, not 0x%X", (unsigned)status,
               (unsigned)expected);
    list->live = NT_SUCCESS(status);
}

/* Entries of a nonpaged list that are below one link are found by the verifier, and rounded up. */
static void check_small_block(const struct wdm_list *list, SIZE_T asked, unsigned before)
{
    const bool small = wdm_verifies && !(list->type & PagedPool) && asked < LINK_BYTES;

    FUZZ_CHECK(wdm_nr_violations - before == small, "%u findings of an init",
               wdm_nr_violations - before);
    if (small)
        FUZZ_CHECK(wdm_last_violation.code == 0xCD && wdm_last_violation.tag == list->tag,
                   "found 0x%X", wdm_last_violation.code);
}

void wdm_init(struct wdm_list *list, struct fuzz_bytes *bytes)
{
    const uint8_t family = fuzz_byte(bytes), how = fuzz_byte(bytes), size = fuzz_byte(bytes);
    const USHORT depth = (USHORT)(fuzz_byte(bytes) * 8);
    const unsigned before = wdm_nr_violations;
    static ULONG tag;
    union wdm_storage *const storage = list->storage;

    if (list->live)
        return;
    memset(list, 0, sizeof *list);
    list->storage = storage;
    memset(storage, 0xA5, sizeof *storage);
    list->family = family % NR_WDM_FAMILIES;
    list->own_routines = family & 0x80;
    list->tag = ++tag;
    list->size = size < LINK_BYTES ? LINK_BYTES : size;
    list->depth = INITIAL_DEPTH;
    list->ordered = true;
    list->keeps_none = strcmp(lookaside_strategy_name(lookaside_default_strategy()), "malloc") == 0;
    if (list->family == WDM_EX)
        begin_ex(list, how, size, depth);
    else
        begin_older(list, how & 1 ? POOL_RAISE_IF_ALLOCATION_FAILURE : 0, size);
    if (list->live)
        check_small_block(list, size, before);
}

/* --- use --- */

static uint64_t room(const struct wdm_list *list)
{
    return list->keeps_none ? 0 : list->depth;
}

static unsigned index_of(const struct wdm_list *list)
{
    return (unsigned)(list - wdm_lists);
}

static void take_out(struct wdm_list *list, void *entry)
{
    for (size_t i = 0; i < WDM_LISTS; i++) {
        for (unsigned j = 0; j < wdm_lists[i].nr_out; j++)
            FUZZ_CHECK(wdm_lists[i].out[j] != entry, "an entry is handed out twice");
    }
    *(uint64_t *)entry = 0x1A51DE00 + index_of(list);
    list->out[list->nr_out++] = entry;
}

/* Whether the call will get one; a miss of the pool's may fail, and raise. */
static bool expect_miss(struct wdm_list *list, bool *raises)
{
    bool fails = list->own_routines ? list->fail_next > 0 : wdm_pool_fails();

    list->misses++;
    *raises = fails && !list->own_routines && list->type & POOL_RAISE_IF_ALLOCATION_FAILURE;
    return !fails;
}

static PVOID allocate(struct wdm_list *list)
{
    switch (list->family) {
    case WDM_EX:
        return ExAllocateFromLookasideListEx(&list->storage->ex);
    case WDM_NONPAGED:
        return ExAllocateFromNPagedLookasideList(&list->storage->nonpaged);
    default:
        return ExAllocateFromPagedLookasideList(&list->storage->paged);
    }
}

void wdm_alloc(struct wdm_list *list)
{
    const bool hit = list->held > 0;
    const unsigned raised = wdm_nr_raised;
    bool raises = false, comes;
    void *entry;

    if (!list->live || list->nr_out == WDM_OUT)
        return;
    comes = hit || expect_miss(list, &raises);
    list->allocates++;
    used = list;
    entry = allocate(list);
    used = NULL;
    FUZZ_CHECK(!entry == !comes, "an entry %s", entry ? "came" : "did not come");
    FUZZ_CHECK(wdm_nr_raised - raised == raises, "raised %u times", wdm_nr_raised - raised);
    if (hit && list->ordered)
        FUZZ_CHECK(list->nr_known > 0 && list->known[--list->nr_known] == entry,
                   "an entry came out that is not the newest");
    list->held -= hit;
    if (entry)
        take_out(list, entry);
}

static void give(struct wdm_list *list, void *entry)
{
    switch (list->family) {
    case WDM_EX:
        ExFreeToLookasideListEx(&list->storage->ex, entry);
        break;
    case WDM_NONPAGED:
        ExFreeToNPagedLookasideList(&list->storage->nonpaged, entry);
        break;
    default:
        ExFreeToPagedLookasideList(&list->storage->paged, entry);
    }
}

void wdm_free(struct wdm_list *list, unsigned which)
{
    const bool kept = list->held < room(list);
    const uint64_t left = list->left;
    void *entry;

    if (!list->live || list->nr_out == 0)
        return;
    which %= list->nr_out;
    entry = list->out[which];
    list->out[which] = list->out[--list->nr_out];
    FUZZ_CHECK(*(uint64_t *)entry == 0x1A51DE00 + index_of(list), "an entry was written to");
    list->frees++;
    list->refused += !kept;
    used = list;
    give(list, entry);
    used = NULL;
    if (list->own_routines)
        FUZZ_CHECK(list->left - left == !kept, "an entry was %s", kept ? "refused" : "kept");
    if (kept && list->ordered && list->nr_known < WDM_KNOWN)
        list->known[list->nr_known++] = entry;
    else if (kept)
        list->ordered = false;
    list->held += kept;
}

static void nothing_held(struct wdm_list *list)
{
    list->held = list->nr_known = 0;
    list->ordered = true;
}

/* --- what it shows --- */

#define SHOWN(what, shown, expected)                                                     \
    FUZZ_CHECK((uint64_t)(shown) == (uint64_t)(expected), "%s: " what " is %u, not %u",  \
               lookaside_strategy_name(lookaside_default_strategy()), (unsigned)(shown), \
               (unsigned)(expected))

static void check(const struct wdm_list *list)
{
    SYSTEM_LOOKASIDE_INFORMATION now;

    lookaside_wdm_query(list->storage, &now);
    SHOWN("CurrentDepth", now.CurrentDepth, list->held);
    SHOWN("the limit", now.MaximumDepth, list->depth);
    SHOWN("TotalAllocates", now.TotalAllocates, list->allocates);
    SHOWN("AllocateMisses", now.AllocateMisses, list->misses);
    SHOWN("TotalFrees", now.TotalFrees, list->frees);
    SHOWN("FreeMisses", now.FreeMisses, list->refused);
    SHOWN("Type", now.Type, list->type & PagedPool);
    SHOWN("Tag", now.Tag, list->tag);
    SHOWN("Size", now.Size, list->size);
}

/* The fields of the list itself, which are brought up to date by a few calls only. */
static void check_fields(const struct wdm_list *list)
{
    const GENERAL_LOOKASIDE_POOL *fields = &list->storage->ex.L;

    SHOWN("L.Depth", fields->Depth, list->depth);
    SHOWN("L.MaximumDepth", fields->MaximumDepth, list->max_depth);
    SHOWN("L.TotalAllocates", fields->TotalAllocates, list->allocates);
    SHOWN("L.AllocateMisses", fields->AllocateMisses, list->misses);
    SHOWN("L.TotalFrees", fields->TotalFrees, list->frees);
    SHOWN("L.FreeMisses", fields->FreeMisses, list->refused);
    SHOWN("L.Type", fields->Type, list->type);
    SHOWN("L.Size", fields->Size, list->size);
}

void wdm_flush(struct wdm_list *list)
{
    const uint64_t left = list->left;

    if (!list->live || list->family != WDM_EX)
        return;
    ExFlushLookasideListEx(&list->storage->ex);
    if (list->own_routines)
        FUZZ_CHECK(list->left - left == list->held, "a flush brought %u entries of %u",
                   (unsigned)(list->left - left), (unsigned)list->held);
    nothing_held(list);
    check_fields(list);
}

void wdm_delete(struct wdm_list *list)
{
    const uint64_t left = list->left;

    if (!list->live)
        return;
    used = list->family == WDM_EX ? NULL : list;
    if (list->family == WDM_EX)
        ExDeleteLookasideListEx(&list->storage->ex);
    else if (list->family == WDM_NONPAGED)
        ExDeleteNPagedLookasideList(&list->storage->nonpaged);
    else
        ExDeletePagedLookasideList(&list->storage->paged);
    used = NULL;
    list->live = false;
    if (list->own_routines)
        FUZZ_CHECK(list->left - left == list->held, "the end brought %u entries of %u",
                   (unsigned)(list->left - left), (unsigned)list->held);
}

void wdm_abandon_out(struct wdm_list *list)
{
    while (list->nr_out > 0) {
        void *entry = list->out[--list->nr_out];

        if (list->own_routines)
            free(entry);
        else
            ExFreePool(entry);
    }
}

static void after_tick(struct wdm_list *list)
{
    SYSTEM_LOOKASIDE_INFORMATION now;

    lookaside_wdm_query(list->storage, &now);
    FUZZ_CHECK(now.MaximumDepth >= INITIAL_DEPTH && now.MaximumDepth <= list->max_depth,
               "a tick made the depth %u", now.MaximumDepth);
    list->depth = now.MaximumDepth;
    if (list->held > room(list)) {
        list->held = room(list);
        list->ordered = false;
    }
    check_fields(list);
}

void wdm_tick(void)
{
    ExAdjustLookasideDepth();
    for (size_t i = 0; i < WDM_LISTS; i++) {
        if (wdm_lists[i].live)
            after_tick(&wdm_lists[i]);
    }
}

void wdm_check_all(void)
{
    SYSTEM_LOOKASIDE_INFORMATION all[WDM_LISTS];
    size_t nr = 0;

    for (size_t i = 0; i < WDM_LISTS; i++) {
        if (!wdm_lists[i].live)
            continue;
        check(&wdm_lists[i]);
        nr++;
    }
    FUZZ_CHECK(lookaside_wdm_query_all(all, WDM_LISTS) == nr, "not %zu lists", nr);
}
