/* SPDX-License-Identifier: MIT */
/* oracle.c: see oracle.h. */
#include "oracle.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "lookaside.h"
#include "platform.h"

/* The states of a block; from OWNED on the caller's number is added. */
enum { OUTSIDE, FRESH, HELD, OWNED };

/* A block that comes back is soon given out again, which is what an ABA fault needs, but not in
 * strict order: one of the last few. */
enum { REUSE_WINDOW = 4 };

struct oracle {
    char *arena;
    size_t nr_blocks, stride, bytes;
    bool unmap;
    _Atomic uint32_t *states;

    pthread_mutex_t lock; /* of the next five */
    size_t *outside;
    size_t nr_outside;
    uint64_t obtained, released;
    uint32_t turn;

    _Atomic uint64_t nr_faults;
    char first_fault[200]; /* written by whoever counted the first */
};

static const char *state_name(uint32_t state)
{
    static const char *const names[] = {"outside", "fresh", "held", "owned"};

    return names[state < OWNED ? state : OWNED];
}

void oracle_fault(struct oracle *oracle, const char *format, ...)
{
    va_list arguments;

    if (atomic_fetch_add_explicit(&oracle->nr_faults, 1, memory_order_relaxed) > 0)
        return;
    va_start(arguments, format);
    vsnprintf(oracle->first_fault, sizeof oracle->first_fault, format, arguments);
    va_end(arguments);
}

uint64_t oracle_nr_faults(const struct oracle *oracle)
{
    return atomic_load_explicit(&oracle->nr_faults, memory_order_relaxed);
}

const char *oracle_first_fault(const struct oracle *oracle)
{
    return oracle->first_fault;
}

static bool make_tables(struct oracle *oracle)
{
    oracle->states = calloc(oracle->nr_blocks, sizeof *oracle->states);
    oracle->outside = calloc(oracle->nr_blocks, sizeof *oracle->outside);
    if (!oracle->states || !oracle->outside)
        return false;
    while (oracle->nr_outside < oracle->nr_blocks) {
        oracle->outside[oracle->nr_outside] = oracle->nr_outside;
        oracle->nr_outside++;
    }
    return true;
}

struct oracle *oracle_new(size_t nr_blocks, size_t bytes, bool unmap)
{
    struct oracle *oracle = calloc(1, sizeof *oracle);
    void *arena;

    if (!oracle)
        return NULL;
    oracle->nr_blocks = nr_blocks;
    oracle->bytes = bytes;
    oracle->unmap = unmap;
    oracle->stride = unmap ? (bytes + la_page_size() - 1) & ~(la_page_size() - 1) : bytes;
    pthread_mutex_init(&oracle->lock, NULL);
    arena = mmap(NULL, nr_blocks * oracle->stride, unmap ? PROT_NONE : PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    oracle->arena = arena == MAP_FAILED ? NULL : arena;
    if (!oracle->arena || !make_tables(oracle)) {
        oracle_free(oracle);
        return NULL;
    }
    LOOKASIDE_POISON(oracle->arena, nr_blocks * oracle->stride);
    return oracle;
}

void oracle_free(struct oracle *oracle)
{
    if (oracle->arena) {
        LOOKASIDE_UNPOISON(oracle->arena, oracle->nr_blocks * oracle->stride);
        munmap(oracle->arena, oracle->nr_blocks * oracle->stride);
    }
    free(oracle->states);
    free(oracle->outside);
    pthread_mutex_destroy(&oracle->lock);
    free(oracle);
}

/* The block's number, or nr_blocks, after noting the fault, if it is none. */
static size_t number_of(struct oracle *oracle, const void *entry, const char *way)
{
    uintptr_t offset = (uintptr_t)entry - (uintptr_t)oracle->arena;

    if (entry && offset % oracle->stride == 0 && offset / oracle->stride < oracle->nr_blocks)
        return offset / oracle->stride;
    oracle_fault(oracle, "%s: %p is no entry of this list", way, entry);
    return oracle->nr_blocks;
}

/* Moves a block to the state and says where it was. */
static uint32_t move_block(struct oracle *oracle, size_t number, uint32_t state)
{
    return atomic_exchange_explicit(&oracle->states[number], state, memory_order_relaxed);
}

/* Replaces the block's pages; the addresses stay reserved, so nothing else ever lands there and a
 * stale access faults. */
static void remap(struct oracle *oracle, void *entry, int protection)
{
    void *at = mmap(entry, oracle->stride, protection,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

    if (at == MAP_FAILED)
        oracle_fault(oracle, "mmap failed for block at %p", entry);
}

static bool pick(struct oracle *oracle, size_t *number)
{
    size_t window, place;

    pthread_mutex_lock(&oracle->lock);
    if (oracle->nr_outside == 0) {
        pthread_mutex_unlock(&oracle->lock);
        return false;
    }
    window = oracle->nr_outside < REUSE_WINDOW ? oracle->nr_outside : REUSE_WINDOW;
    place = oracle->nr_outside - 1 - oracle->turn++ % window;
    *number = oracle->outside[place];
    oracle->outside[place] = oracle->outside[--oracle->nr_outside];
    oracle->obtained++;
    pthread_mutex_unlock(&oracle->lock);
    return true;
}

void *oracle_obtain(struct oracle *oracle)
{
    size_t number;
    uint32_t before;
    char *entry;

    if (!pick(oracle, &number))
        return NULL;
    entry = oracle->arena + number * oracle->stride;
    before = move_block(oracle, number, FRESH);
    if (before != OUTSIDE)
        oracle_fault(oracle, "block %zu in the arena was %s", number, state_name(before));
    if (oracle->unmap)
        remap(oracle, entry, PROT_READ | PROT_WRITE);
    LOOKASIDE_UNPOISON(entry, oracle->bytes);
    return entry;
}

static void put_back(struct oracle *oracle, size_t number)
{
    pthread_mutex_lock(&oracle->lock);
    oracle->outside[oracle->nr_outside++] = number;
    oracle->released++;
    pthread_mutex_unlock(&oracle->lock);
}

void oracle_release(struct oracle *oracle, void *entry)
{
    size_t number = number_of(oracle, entry, "free routine");
    uint32_t before;

    if (number == oracle->nr_blocks)
        return;
    before = move_block(oracle, number, OUTSIDE);
    if (before != HELD) {
        oracle_fault(oracle, "free routine got block %zu, which was %s", number,
                     state_name(before));
        /* It may stand in the arena already; a second time would spoil the arena too. */
        if (before == OUTSIDE)
            return;
    }
    LOOKASIDE_POISON(entry, oracle->bytes);
    if (oracle->unmap)
        remap(oracle, entry, PROT_NONE);
    put_back(oracle, number);
}

static void stamp(const struct oracle *oracle, void *entry, unsigned owner)
{
    uint64_t *words = entry;
    size_t last = oracle->bytes / sizeof *words - 1;

    words[0] = words[1] = words[last] = ~(uint64_t)owner;
}

static bool stamped(const struct oracle *oracle, const void *entry, unsigned owner)
{
    const uint64_t *words = entry;
    size_t last = oracle->bytes / sizeof *words - 1;

    return words[0] == ~(uint64_t)owner && words[1] == words[0] && words[last] == words[0];
}

void oracle_taken(struct oracle *oracle, void *entry, unsigned owner)
{
    size_t number = number_of(oracle, entry, "alloc");
    uint32_t before;

    if (number == oracle->nr_blocks)
        return;
    before = move_block(oracle, number, OWNED + owner);
    if (before != FRESH && before != HELD)
        oracle_fault(oracle, "block %zu handed to caller %u was %s", number, owner,
                     state_name(before));
    stamp(oracle, entry, owner);
}

void oracle_giving(struct oracle *oracle, void *entry, unsigned owner)
{
    size_t number = number_of(oracle, entry, "caller");
    uint32_t before;

    if (number == oracle->nr_blocks)
        return;
    if (!stamped(oracle, entry, owner))
        oracle_fault(oracle, "block %zu was written to while caller %u owned it", number, owner);
    before = move_block(oracle, number, HELD);
    if (before != OWNED + owner)
        oracle_fault(oracle, "block %zu of caller %u was %s meanwhile", number, owner,
                     state_name(before));
}

void oracle_pass(struct oracle *oracle, void *entry, unsigned from, unsigned to)
{
    size_t number = number_of(oracle, entry, "caller");
    uint32_t before;

    if (number == oracle->nr_blocks)
        return;
    if (!stamped(oracle, entry, from))
        oracle_fault(oracle, "block %zu was written to on its way from %u to %u", number, from, to);
    before = move_block(oracle, number, OWNED + to);
    if (before != OWNED + from)
        oracle_fault(oracle, "block %zu of caller %u was %s on its way to %u", number, from,
                     state_name(before), to);
    stamp(oracle, entry, to);
}

struct oracle_census oracle_count(struct oracle *oracle)
{
    struct oracle_census census = {0};

    for (size_t i = 0; i < oracle->nr_blocks; i++) {
        uint32_t state = atomic_load_explicit(&oracle->states[i], memory_order_relaxed);

        census.outside += state == OUTSIDE;
        census.fresh += state == FRESH;
        census.held += state == HELD;
        census.owned += state >= OWNED;
    }
    pthread_mutex_lock(&oracle->lock);
    census.obtained = oracle->obtained;
    census.released = oracle->released;
    pthread_mutex_unlock(&oracle->lock);
    return census;
}
