/* SPDX-License-Identifier: MIT */
/*
 * oracle.c: see oracle.h. A record is one word:
 *
 *      bit  63       32 31      16 15      2 1     0
 *          +-----------+----------+---------+-------+
 *          |  serial   |  owner   |  list   | where |
 *          +-----------+----------+---------+-------+
 *
 * The arena keeps one bit for each block outside, so that taking one and bringing it back is one
 * atomic operation, which a signal handler may do as well.
 */
#include "oracle.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "lookaside.h"
#include "memcheck.h"
#include "platform.h"

enum where { OUTSIDE, FRESH, HELD, OWNED };

enum { LIST_SHIFT = 2, OWNER_SHIFT = 16, SERIAL_SHIFT = 32, WORD_BITS = 64, NR_STRIPES = 16 };

/* What a thread obtained and released, of one list: written by few threads each. */
struct flow {
    _Alignas(LA_NO_SHARING) _Atomic uint64_t obtained;
    _Atomic uint64_t released;
};

struct oracle {
    char *arena;
    size_t nr_blocks, stride, bytes, nr_lists, nr_words;
    bool unmap;
    bool memcheck; /* watches: blocks in the arena may not be touched */
    _Atomic uint64_t *records;
    _Atomic uint64_t *outside; /* a bit each */
    struct flow *flows;        /* NR_STRIPES of the first list, then of the second */

    _Alignas(LA_NO_SHARING) _Atomic uint64_t nr_faults;
    char first_fault[200]; /* written by whoever counted the first */
};

/* The word of the arena that this thread looks at first: the one of the block it released last, so
 * that a block soon comes back, which is what an ABA fault needs. */
static _Thread_local size_t first_word;
static _Thread_local bool has_first_word;

static uint64_t record(enum where where, unsigned list, unsigned owner, uint32_t serial)
{
    return (uint64_t)serial << SERIAL_SHIFT | (uint64_t)owner << OWNER_SHIFT |
           (uint64_t)list << LIST_SHIFT | (uint64_t)where;
}

static enum where where_of(uint64_t of)
{
    return (enum where)(of & 3);
}

static unsigned list_of(uint64_t of)
{
    return (unsigned)(of >> LIST_SHIFT) % ORACLE_MAX_LISTS;
}

static unsigned owner_of(uint64_t of)
{
    return (unsigned)(of >> OWNER_SHIFT) % ORACLE_MAX_OWNERS;
}

static uint32_t serial_of(uint64_t of)
{
    return (uint32_t)(of >> SERIAL_SHIFT);
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

/* A block was found where it cannot be: says all that its record says. */
static LA_COLD void fault_of(struct oracle *oracle, size_t number, uint64_t found, const char *what)
{
    static const char *const names[] = {"outside", "fresh", "held", "owned"};

    oracle_fault(oracle, "%s: block %zu was %s, list %u, owner %u, serial %" PRIu32, what, number,
                 names[where_of(found)], list_of(found), owner_of(found), serial_of(found));
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
    const size_t flow_bytes = oracle->nr_lists * NR_STRIPES * sizeof *oracle->flows;

    oracle->nr_words = (oracle->nr_blocks + WORD_BITS - 1) / WORD_BITS;
    oracle->records = calloc(oracle->nr_blocks, sizeof *oracle->records);
    oracle->outside = calloc(oracle->nr_words, sizeof *oracle->outside);
    oracle->flows = aligned_alloc(_Alignof(struct flow), flow_bytes);
    if (!oracle->records || !oracle->outside || !oracle->flows)
        return false;
    for (size_t i = 0; i < oracle->nr_lists * NR_STRIPES; i++) {
        atomic_init(&oracle->flows[i].obtained, 0);
        atomic_init(&oracle->flows[i].released, 0);
    }
    for (size_t i = 0; i < oracle->nr_blocks; i++)
        atomic_fetch_or_explicit(&oracle->outside[i / WORD_BITS], UINT64_C(1) << i % WORD_BITS,
                                 memory_order_relaxed);
    return true;
}

struct oracle *oracle_new(size_t nr_lists, size_t nr_blocks, size_t bytes, bool unmap)
{
    struct oracle *oracle = aligned_alloc(_Alignof(struct oracle), sizeof *oracle);
    void *arena;

    if (!oracle)
        return NULL;
    *oracle = (struct oracle){.nr_lists = nr_lists,
                              .nr_blocks = nr_blocks,
                              .bytes = bytes,
                              .unmap = unmap,
                              .memcheck = la_memcheck_runs()};
    oracle->stride = unmap ? (bytes + la_page_size() - 1) & ~(la_page_size() - 1) : bytes;
    arena = mmap(NULL, nr_blocks * oracle->stride, unmap ? PROT_NONE : PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    oracle->arena = arena == MAP_FAILED ? NULL : arena;
    if (!oracle->arena || !make_tables(oracle)) {
        oracle_free(oracle);
        return NULL;
    }
    LOOKASIDE_POISON(oracle->arena, nr_blocks * oracle->stride);
    if (oracle->memcheck)
        la_memcheck_forbid(oracle->arena, nr_blocks * oracle->stride);
    return oracle;
}

void oracle_free(struct oracle *oracle)
{
    if (oracle->arena) {
        LOOKASIDE_UNPOISON(oracle->arena, oracle->nr_blocks * oracle->stride);
        munmap(oracle->arena, oracle->nr_blocks * oracle->stride);
    }
    free(oracle->records);
    free(oracle->outside);
    free((void *)oracle->flows);
    free(oracle);
}

/* The block's number, or nr_blocks, after noting the fault, if it is none. */
static size_t number_of(struct oracle *oracle, const void *entry, const char *way)
{
    uintptr_t offset = (uintptr_t)entry - (uintptr_t)oracle->arena;

    if (LA_LIKELY(entry && offset % oracle->stride == 0 &&
                  offset / oracle->stride < oracle->nr_blocks))
        return offset / oracle->stride;
    oracle_fault(oracle, "%s: %p is no entry of any list", way, entry);
    return oracle->nr_blocks;
}

static uint64_t record_at(const struct oracle *oracle, size_t number)
{
    return atomic_load_explicit(&oracle->records[number], memory_order_relaxed);
}

static void write_record(struct oracle *oracle, size_t number, uint64_t value)
{
    atomic_store_explicit(&oracle->records[number], value, memory_order_relaxed);
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

/* Acquire: what was done to the block before it was put back. */
static bool pick_from(struct oracle *oracle, size_t word, size_t *number)
{
    uint64_t bits = atomic_load_explicit(&oracle->outside[word], memory_order_relaxed);

    while (bits) {
        const uint64_t bit = bits & -bits;

        bits = atomic_fetch_and_explicit(&oracle->outside[word], ~bit, memory_order_acquire);
        if (bits & bit) {
            *number = word * WORD_BITS + (size_t)__builtin_ctzll(bit);
            return true;
        }
    }
    return false;
}

static bool pick(struct oracle *oracle, size_t *number)
{
    if (!has_first_word)
        first_word = la_thread_number();
    has_first_word = true;
    for (size_t i = 0; i < oracle->nr_words; i++) {
        const size_t word = (first_word + i) % oracle->nr_words;

        if (pick_from(oracle, word, number)) {
            first_word = word;
            return true;
        }
    }
    return false;
}

/* Release: see pick_from(). */
static void put_back(struct oracle *oracle, size_t number)
{
    first_word = number / WORD_BITS;
    has_first_word = true;
    atomic_fetch_or_explicit(&oracle->outside[first_word], UINT64_C(1) << number % WORD_BITS,
                             memory_order_release);
}

static struct flow *my_flow(struct oracle *oracle, unsigned list)
{
    return &oracle->flows[list * (size_t)NR_STRIPES + la_thread_number() % NR_STRIPES];
}

void *oracle_obtain(struct oracle *oracle, unsigned list)
{
    size_t number;
    uint64_t before;
    char *entry;

    if (!pick(oracle, &number))
        return NULL;
    atomic_fetch_add_explicit(&my_flow(oracle, list)->obtained, 1, memory_order_relaxed);
    entry = oracle->arena + number * oracle->stride;
    before = record_at(oracle, number);
    if (where_of(before) != OUTSIDE)
        fault_of(oracle, number, before, "in the arena");
    write_record(oracle, number, record(FRESH, list, 0, serial_of(before)));
    if (oracle->unmap)
        remap(oracle, entry, PROT_READ | PROT_WRITE);
    LOOKASIDE_UNPOISON(entry, oracle->bytes);
    if (oracle->memcheck)
        la_memcheck_undefined(entry, oracle->bytes);
    return entry;
}

/* The record stands in the block, so no two owners' blocks look alike. */
static void stamp(const struct oracle *oracle, void *entry, uint64_t value)
{
    uint64_t *words = entry;

    words[0] = words[1] = words[oracle->bytes / sizeof *words - 1] = ~value;
}

/* Of a block that a list holds all but the first word, which is the list's. */
static bool is_stamped(const struct oracle *oracle, const void *entry, uint64_t value)
{
    const uint64_t *words = entry;

    return words[1] == ~value && words[oracle->bytes / sizeof *words - 1] == ~value &&
           (where_of(value) == HELD || words[0] == ~value);
}

static void check_left_alone(struct oracle *oracle, size_t number, const void *entry, uint64_t held)
{
    if (LA_UNLIKELY(!is_stamped(oracle, entry, held)))
        fault_of(oracle, number, held, "written to while the list held it");
}

void oracle_release(struct oracle *oracle, unsigned list, void *entry)
{
    size_t number = number_of(oracle, entry, "free routine");
    uint64_t before;

    if (number == oracle->nr_blocks)
        return;
    before = record_at(oracle, number);
    if (where_of(before) != HELD || list_of(before) != list) {
        fault_of(oracle, number, before, "given to the free routine");
        /* It may stand in the arena already; a second time would spoil the arena too. */
        if (where_of(before) == OUTSIDE)
            return;
    } else {
        check_left_alone(oracle, number, entry, before);
    }
    write_record(oracle, number, record(OUTSIDE, list, 0, serial_of(before)));
    atomic_fetch_add_explicit(&my_flow(oracle, list)->released, 1, memory_order_relaxed);
    LOOKASIDE_POISON(entry, oracle->bytes);
    if (oracle->memcheck)
        la_memcheck_forbid(entry, oracle->bytes);
    if (oracle->unmap)
        remap(oracle, entry, PROT_NONE);
    put_back(oracle, number);
}

void oracle_taken(struct oracle *oracle, unsigned list, void *entry, unsigned owner)
{
    size_t number = number_of(oracle, entry, "alloc");
    uint64_t before, now;

    if (LA_UNLIKELY(number == oracle->nr_blocks))
        return;
    before = record_at(oracle, number);
    /* No caller may rely on what stood there; the oracle does. */
    if (oracle->memcheck)
        la_memcheck_open_up(entry, oracle->bytes);
    if (LA_UNLIKELY((where_of(before) != FRESH && where_of(before) != HELD) ||
                    list_of(before) != list))
        fault_of(oracle, number, before, "handed out");
    else if (where_of(before) == HELD)
        check_left_alone(oracle, number, entry, before);
    now = record(OWNED, list, owner, serial_of(before) + 1);
    write_record(oracle, number, now);
    stamp(oracle, entry, now);
}

/* What the record of a block must be that owner has, but for the serial. */
static bool is_owned(uint64_t of, unsigned list, unsigned owner)
{
    return (uint32_t)of == (uint32_t)record(OWNED, list, owner, 0);
}

static bool check_owned(struct oracle *oracle, unsigned list, size_t number, const void *entry,
                        unsigned owner)
{
    const uint64_t found = record_at(oracle, number);

    if (LA_UNLIKELY(!is_owned(found, list, owner))) {
        fault_of(oracle, number, found, "taken from its owner");
        return false;
    }
    if (LA_UNLIKELY(!is_stamped(oracle, entry, found)))
        fault_of(oracle, number, found, "written to while owned");
    return true;
}

static void move_owned(struct oracle *oracle, unsigned list, void *entry, unsigned owner,
                       uint64_t next)
{
    size_t number = number_of(oracle, entry, "caller");

    if (LA_UNLIKELY(number == oracle->nr_blocks))
        return;
    check_owned(oracle, list, number, entry, owner);
    next |= record_at(oracle, number) >> SERIAL_SHIFT << SERIAL_SHIFT;
    stamp(oracle, entry, next);
    write_record(oracle, number, next);
}

void oracle_giving(struct oracle *oracle, unsigned list, void *entry, unsigned owner)
{
    move_owned(oracle, list, entry, owner, record(HELD, list, 0, 0));
}

void oracle_pass(struct oracle *oracle, unsigned list, void *entry, unsigned from, unsigned to)
{
    move_owned(oracle, list, entry, from, record(OWNED, list, to, 0));
}

void oracle_look(struct oracle *oracle, unsigned list, const void *entry, unsigned owner)
{
    size_t number = number_of(oracle, entry, "caller");

    if (number < oracle->nr_blocks)
        check_owned(oracle, list, number, entry, owner);
}

struct oracle_census oracle_count(struct oracle *oracle, unsigned list)
{
    struct oracle_census census = {0};

    for (size_t i = 0; i < oracle->nr_blocks; i++) {
        const uint64_t found = record_at(oracle, i);
        const bool mine = list_of(found) == list;

        census.outside += where_of(found) == OUTSIDE;
        census.fresh += mine && where_of(found) == FRESH;
        census.held += mine && where_of(found) == HELD;
        census.owned += mine && where_of(found) == OWNED;
    }
    for (size_t i = 0; i < NR_STRIPES; i++) {
        const struct flow *flow = &oracle->flows[list * (size_t)NR_STRIPES + i];

        census.obtained += atomic_load_explicit(&flow->obtained, memory_order_relaxed);
        census.released += atomic_load_explicit(&flow->released, memory_order_relaxed);
    }
    return census;
}
