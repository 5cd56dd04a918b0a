/* SPDX-License-Identifier: MIT */
/*
 * wdm.c: a target: bytes are a program of a driver's calls: lists of the three families, the pool
 * behind them with simulated failures, interlocked lists, ticks, and the verifier with the mistakes
 * that it is there to find.
 *
 * The first byte of a program chooses the strategy. Then the low four bits of a byte say what to
 * do, the next two with which list, and the bytes after it how. After each step every figure of
 * every list is compared with what wdm_list.h knows.
 */
#include <stdlib.h>
#include <string.h>

#include "api_actor.h"
#include "lookaside.h"
#include "wdm_list.h"

enum { MOST_STEPS = 1000, NS_PER_STEP = 10000000, NODES = 16 };

static uint64_t now_ns;

static SLIST_HEADER head;
static SLIST_ENTRY nodes[NODES];
static PSLIST_ENTRY stacked[NODES]; /* the newest last */
static unsigned nr_stacked;

static uint64_t tell_time(void)
{
    return now_ns;
}

static void count_raise(const struct lookaside_wdm_failure *failure)
{
    FUZZ_CHECK(failure->what && *failure->what, "raised without a word");
    wdm_nr_raised++;
}

static void count_violation(const struct lookaside_wdm_violation *violation)
{
    FUZZ_CHECK(violation->what && *violation->what, "found without a word");
    wdm_nr_violations++;
    wdm_last_violation = *violation;
}

/* --- the pool --- */

static SIZE_T read_size(struct fuzz_bytes *bytes)
{
    static const SIZE_T far[] = {4095, 4096, 4097, 70000, SIZE_MAX, SIZE_MAX / 2 + 2};
    const uint8_t byte = fuzz_byte(bytes);

    return byte < 250 ? byte : far[byte - 250];
}

static PVOID ask(uint8_t how, SIZE_T size, bool *zeroed, bool *raises, bool *refused)
{
    const POOL_TYPE type = how & 0x10 ? NonPagedPoolNxCacheAligned : PagedPool;
    const POOL_TYPE raising = (POOL_TYPE)(type | POOL_RAISE_IF_ALLOCATION_FAILURE);
    const POOL_FLAGS flags =
        (how & 0x10 ? POOL_FLAG_NON_PAGED | POOL_FLAG_CACHE_ALIGNED : POOL_FLAG_PAGED) |
        (how & 0x20 ? POOL_FLAG_RAISE_ON_FAILURE : 0);

    *raises = how & 0x20;
    switch (how % 5) {
    case 0:
        return ExAllocatePoolWithTag(*raises ? raising : type, size, 1);
    case 1:
        *raises = true;
        return ExAllocatePoolWithQuotaTag(type, size, 1);
    case 2:
        *zeroed = true;
        return ExAllocatePoolZero(*raises ? raising : type, size, 1);
    case 3:
        *raises = false;
        return ExAllocatePool(type, size);
    default:
        *zeroed = true;
        *refused = size == 0; /* before the pool is asked */
        return ExAllocatePool2(flags, size, 1);
    }
}

static bool is_zero(const unsigned char *bytes, SIZE_T size)
{
    return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

static void check_block(const void *block, uint8_t how, SIZE_T size, bool zeroed)
{
    const uintptr_t align = size >= PAGE_SIZE ? PAGE_SIZE : how & 0x10 ? 64 : 16;

    FUZZ_CHECK((uintptr_t)block % align == 0, "%zu bytes are not aligned to %zu", size,
               (size_t)align);
    FUZZ_CHECK(!zeroed || is_zero(block, size), "%zu bytes are not zeroed", size);
}

static void use_pool(struct fuzz_bytes *bytes)
{
    const uint8_t how = fuzz_byte(bytes);
    const SIZE_T size = read_size(bytes);
    const unsigned raised = wdm_nr_raised;
    bool zeroed = false, raises = false, refused = false, fails;
    PVOID block = ask(how, size, &zeroed, &raises, &refused);

    fails = refused || wdm_pool_fails() || size > PTRDIFF_MAX;
    FUZZ_CHECK(!block == fails, "%zu bytes %s", size, block ? "came" : "did not come");
    FUZZ_CHECK(wdm_nr_raised - raised == (fails && raises), "raised %u times",
               wdm_nr_raised - raised);
    if (block) {
        check_block(block, how, size, zeroed);
        memset(block, 0x5A, size);
    }
    ExFreePoolWithTag(block, 1);
}

/* --- interlocked lists --- */

static bool is_stacked(const SLIST_ENTRY *node)
{
    for (unsigned i = 0; i < nr_stacked; i++) {
        if (stacked[i] == node)
            return true;
    }
    return false;
}

static PSLIST_ENTRY newest(void)
{
    return nr_stacked > 0 ? stacked[nr_stacked - 1] : NULL;
}

static void push_node(PSLIST_ENTRY node)
{
    const PSLIST_ENTRY before = newest();

    if (is_stacked(node))
        return;
    FUZZ_CHECK(InterlockedPushEntrySList(&head, node) == before, "what was first is another");
    stacked[nr_stacked++] = node;
}

static void pop_node(void)
{
    const PSLIST_ENTRY node = InterlockedPopEntrySList(&head);

    FUZZ_CHECK(node == newest(), "another entry was first");
    nr_stacked -= node != NULL;
}

/* All nodes that are not stacked, in one step. */
static void push_rest(void)
{
    const PSLIST_ENTRY before = newest();
    PSLIST_ENTRY rest[NODES];
    unsigned nr = 0;

    for (unsigned i = 0; i < NODES; i++) {
        if (!is_stacked(&nodes[i]))
            rest[nr++] = &nodes[i];
    }
    if (nr == 0)
        return;
    for (unsigned i = nr; --i > 0;)
        rest[i]->Next = rest[i - 1];
    FUZZ_CHECK(InterlockedPushListSListEx(&head, rest[nr - 1], rest[0], nr) == before,
               "what was first is another");
    for (unsigned i = 0; i < nr; i++)
        stacked[nr_stacked++] = rest[i];
}

static void flush_nodes(void)
{
    PSLIST_ENTRY node = InterlockedFlushSList(&head);

    while (nr_stacked > 0) {
        FUZZ_CHECK(node == newest(), "a flush gives another entry");
        node = node->Next;
        nr_stacked--;
    }
    FUZZ_CHECK(!node, "a flush gives more than there were");
}

static void use_slist(struct fuzz_bytes *bytes)
{
    const uint8_t how = fuzz_byte(bytes);

    switch (how % 8) {
    case 0:
        flush_nodes();
        break;
    case 1:
        push_rest();
        break;
    case 2:
    case 3:
    case 4:
        pop_node();
        break;
    default:
        push_node(&nodes[how / 8 % NODES]);
    }
    FUZZ_CHECK(QueryDepthSList(&head) == nr_stacked, "the depth is %u, not %u",
               QueryDepthSList(&head), nr_stacked);
    FUZZ_CHECK(FirstEntrySList(&head) == newest(), "another entry is first");
}

/* --- mistakes --- */

static void found(unsigned before, ULONG code, const void *list)
{
    FUZZ_CHECK(wdm_nr_violations == before + 1 && wdm_last_violation.code == code &&
                   wdm_last_violation.list == list,
               "%u findings, the last 0x%X; expected 0x%X", wdm_nr_violations - before,
               wdm_last_violation.code, code);
}

/* Every list is left over when a driver unloads. */
static void unload(void)
{
    const unsigned before = wdm_nr_violations;
    SIZE_T nr = 0;

    for (size_t i = 0; i < WDM_LISTS; i++)
        nr += wdm_lists[i].live;
    nr = wdm_verifies ? nr : 0;
    FUZZ_CHECK(lookaside_wdm_check_unload() == nr && wdm_nr_violations - before == nr,
               "not %zu lists are left over", nr);
}

/* Without the verifier most of these are not to be done. */
static void err(struct wdm_list *list, uint8_t how)
{
    const unsigned before = wdm_nr_violations;

    if (how % 4 == 0) {
        wdm_verifies = how & 4;
        lookaside_wdm_set_verifier(wdm_verifies);
    } else if (how % 4 == 1) {
        unload();
    } else if (wdm_verifies && list->live) {
        ExFreePool(list->storage);
        found(before, 0xCC, list->storage);
    } else if (wdm_verifies) {
        ExDeleteLookasideListEx(&list->storage->ex);
        found(before, 0xCB, list->storage);
    }
}

/* --- programs --- */

static void run_next(struct fuzz_bytes *bytes)
{
    const uint8_t byte = fuzz_byte(bytes);
    struct wdm_list *list = &wdm_lists[byte >> 4 & 3];

    switch (byte & 15) {
    case 0:
        wdm_init(list, bytes);
        break;
    case 1:
    case 2:
    case 3:
        wdm_alloc(list);
        break;
    case 4:
    case 5:
        wdm_free(list, list->nr_out - 1);
        break;
    case 6:
        wdm_free(list, fuzz_byte(bytes));
        break;
    case 7:
        wdm_flush(list);
        break;
    case 8:
        wdm_delete(list);
        wdm_abandon_out(list);
        break;
    case 9:
        now_ns += (uint64_t)fuzz_byte(bytes) * NS_PER_STEP;
        wdm_tick();
        break;
    case 10:
        wdm_fail_every(fuzz_byte(bytes) % 8);
        break;
    case 11:
        list->fail_next = fuzz_byte(bytes) % 8;
        break;
    case 12:
        use_pool(bytes);
        break;
    case 13:
        use_slist(bytes);
        break;
    default:
        err(list, fuzz_byte(bytes));
    }
    wdm_check_all();
}

static void end(void)
{
    for (size_t i = 0; i < WDM_LISTS; i++) {
        wdm_delete(&wdm_lists[i]);
        wdm_abandon_out(&wdm_lists[i]);
        memset(wdm_lists[i].storage, 0, sizeof *wdm_lists[i].storage);
    }
    wdm_check_all();
    flush_nodes();
    wdm_fail_every(0);
    wdm_verifies = false;
    lookaside_wdm_set_verifier(FALSE);
    lookaside_set_default_strategy(NULL);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    unsetenv("LOOKASIDE_CHECKED");
    actor_setup();
    lookaside_set_clock(tell_time);
    lookaside_wdm_set_balancer(FALSE);
    lookaside_wdm_set_raise_hook(count_raise);
    lookaside_wdm_set_verifier_hook(count_violation);
    InitializeSListHead(&head);
    for (size_t i = 0; i < WDM_LISTS; i++) {
        wdm_lists[i].storage =
            ExAllocatePoolZero(NonPagedPoolNxCacheAligned, sizeof *wdm_lists[i].storage, 1);
        FUZZ_CHECK(wdm_lists[i].storage, "no memory");
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_bytes program = {bytes, bytes + size};

    now_ns = 0;
    lookaside_set_default_strategy(lookaside_strategy_at(fuzz_byte(&program) % 8));
    for (unsigned i = 0; i < MOST_STEPS && program.at < program.end; i++)
        run_next(&program);
    end();
    return 0;
}
