/* SPDX-License-Identifier: MIT */
/*
 * spinlock.c: one array of pointers under one test-and-test-and-set lock.
 *
 *     word = pops (43 bits) : depth (21 bits)     or TAKEN, while somebody is inside
 *
 * The lock is the word itself: an exchange takes it out and leaves TAKEN, and the one store that
 * puts the new word back is the unlock, the new depth and the count. So an operation is one
 * exchange, one access to a slot and one store, and statistics need no counter on this path. The
 * first slots are in the word's line; links are never kept in entries, so that the only memory
 * touched is the list's own.
 *
 * Invariants, by whoever took the word: depth <= limit, but for a limit that was lowered; slots
 * 0 .. depth-1 are the entries, newest last; pushes - pops - drained = depth. Room is there for
 * capacity >= limit entries whenever the limit is read inside: a new limit is published after
 * set_depth() was inside, so whoever sees the new limit came later and sees the new room too.
 *
 * What was measured (256-byte entries, two CPUs of a virtual machine at 2.6 GHz, medians of seven
 * interleaved runs in a loop that costs 2.3): ns per pair of pop and push, per CPU.
 *
 *                                              1 thread   2 threads   8 threads on 2 CPUs
 *     this                                         15.3          59            49
 *     without slots in the word's line             16.2          56            46
 *     newest six always in the word's line         17.0          78            65
 *     compare-and-swap in place of exchange,
 *       no slots in the line                       15.6          69            54
 *     lock, depth and counters apart               19.5          70            58
 *     the same, testing before exchanging          19.5          70            58
 *     this, waits of one turn (not backoff.h)      15.2         303           316
 *     futex, three states, spinning first          28.8         733           497
 *     pthread_mutex                                28.8         187           393
 *     ticket lock                                  19.3        1025          8258
 *     MCS lock                                     29.4        1143         12520
 *
 * No queue, then, for two reasons. A queue hands the line to the next waiter after every operation,
 * where a free-for-all lets the one that has it go on: most of the factor of 17 and more at two
 * threads. And with more threads than CPUs the next in the queue is usually one that does not run,
 * so everybody waits for the scheduler. Turns for everybody, what a queue would buy, come about
 * well enough without: the slowest thread gets 0.96 of its fair share with two threads and 0.8 with
 * eight.
 *
 * Slots in the word's line save a dependent load when nobody else is there; once waits are sane no
 * line transfer is left to save. Holding the newest entries there whatever the depth means moving
 * entries in and out, in threes, which costs more than the second line. Yielding after 64, 128,
 * 512 or 2048 turns makes no difference to eight threads, after 16384 a third; sleeping in place of
 * yielding costs a fifth. The price of waiting is in the tail: with two threads that do nothing
 * else the 99th percentile of eight operations' mean is 1.0 us, 0.4 with waits of one turn.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "backoff.h"
#include "bind/spinlock.h"
#include "chain.h"
#include "finding.h"
#include "inject.h"
#include "strategy.h"

enum { DEPTH_BITS = LA_SPINLOCK_DEPTH_BITS, NR_NEAR = LA_SPINLOCK_NEAR };
#define ONE_POP LA_SPINLOCK_POP
#define DEPTH_MASK LA_SPINLOCK_DEPTH_MASK
#define TAKEN LA_SPINLOCK_TAKEN
_Static_assert(LOOKASIDE_DEPTH_LIMIT < DEPTH_MASK, "no depth may look like TAKEN");

struct slots {
    void **rest; /* slots NR_NEAR and on, as many as the capacity needs */
    void *near[NR_NEAR];
};

struct spinlock_state {
    _Atomic uint64_t word; /* line 1: word and slots */
    struct slots slots;
    /* Line 2, by whoever took the word. */
    uint64_t drained; /* entries that drain took, ever */
    uint64_t pops;    /* the word's pops, widened to 64 bits, at the last fold */
    uint64_t waits;   /* how often somebody was inside */
    uint32_t capacity;
};
LA_STATE_FITS(struct spinlock_state);
_Static_assert(offsetof(struct spinlock_state, drained) == LA_CACHE_LINE, "slots fill one line");

/* What bound callers were compiled for: a change here needs a new LA_LAYOUT_SPINLOCK. */
_Static_assert(
    offsetof(struct spinlock_state, word) == offsetof(struct la_spinlock_view, word) &&
        offsetof(struct spinlock_state, slots.rest) == offsetof(struct la_spinlock_view, rest) &&
        offsetof(struct spinlock_state, slots.near) == offsetof(struct la_spinlock_view, near) &&
        offsetof(struct lookaside, limit) == 24 && offsetof(struct lookaside, bound) == 28 &&
        offsetof(struct lookaside, state) == 64,
    "the layout of bound callers");

static inline uint32_t depth_of(uint64_t word)
{
    return (uint32_t)(word & DEPTH_MASK);
}

static inline void **slot(struct slots *slots, uint32_t nr)
{
    return nr < NR_NEAR ? &slots->near[nr] : &slots->rest[nr - NR_NEAR];
}

static void **new_rest(uint32_t capacity)
{
    return malloc((capacity > NR_NEAR ? capacity - NR_NEAR : 1) * sizeof(void *));
}

static uint64_t wait_and_take(struct spinlock_state *state)
{
    struct la_backoff backoff = {0};
    uint64_t word;

    do {
        la_backoff_wait(&backoff);
        word = atomic_load_explicit(&state->word, memory_order_relaxed);
        /* Acquire: as in take(). */
        if (word != TAKEN)
            word = atomic_exchange_explicit(&state->word, TAKEN, memory_order_acquire);
    } while (word == TAKEN);
    state->waits++;
    return word;
}

static inline uint64_t take(struct spinlock_state *state)
{
    /* Acquire: pairs with the release in put_back(), so slots are seen as they were left. */
    uint64_t word = atomic_exchange_explicit(&state->word, TAKEN, memory_order_acquire);

    if (LA_UNLIKELY(word == TAKEN))
        word = wait_and_take(state);
    LA_INJECT(203);
    return word;
}

static inline void put_back(struct spinlock_state *state, uint64_t word)
{
    LA_INJECT(204);
    atomic_store_explicit(&state->word, word, memory_order_release);
}

static int spinlock_init(struct lookaside *list)
{
    struct spinlock_state *state = la_state(list);

    state->capacity = atomic_load_explicit(&list->limit, memory_order_relaxed);
    state->slots.rest = new_rest(state->capacity);
    list->bound = LA_LAYOUT_SPINLOCK;
    return state->slots.rest ? 0 : -ENOMEM;
}

static void spinlock_fini(struct lookaside *list)
{
    struct spinlock_state *state = la_state(list);

    free(state->slots.rest);
}

static LA_HOT LA_INLINE void *spinlock_pop(struct lookaside *list)
{
    struct spinlock_state *state = la_state(list);
    uint64_t word = take(state);
    uint32_t depth = depth_of(word);
    void *entry = NULL;

    if (LA_LIKELY(depth > 0)) {
        entry = *slot(&state->slots, depth - 1);
        word += ONE_POP - 1;
    }
    put_back(state, word);
    return entry;
}

/* No entry of ours, or the newest already, which would be given out twice. Inside. */
static LA_INLINE bool is_impossible(struct spinlock_state *state, uint32_t depth, const void *entry)
{
    return (uintptr_t)entry % sizeof(void *) != 0 ||
           (depth > 0 && *slot(&state->slots, depth - 1) == entry);
}

/* Neither kept nor anybody's to release. */
static LA_COLD bool refuse(struct lookaside *list, uint64_t word, void *entry)
{
    put_back(la_state(list), word);
    la_finding_refused(list, entry);
    return true;
}

static LA_HOT LA_INLINE bool spinlock_push(struct lookaside *list, void *entry)
{
    struct spinlock_state *state = la_state(list);
    uint64_t word = take(state);
    uint32_t depth = depth_of(word);
    /* Relaxed, but inside: see the invariants. */
    bool kept = depth < atomic_load_explicit(&list->limit, memory_order_relaxed);

    if (LA_UNLIKELY(is_impossible(state, depth, entry)))
        return refuse(list, word, entry);
    if (LA_LIKELY(kept)) {
        *slot(&state->slots, depth) = entry;
        word++;
    }
    put_back(state, word);
    return kept;
}

LA_COMPLETE(spinlock)

/* Oldest to newest, so that the chain ends up newest first. Linking writes to the entries, which
 * are the list's until they are returned. */
static void *chain_slots(struct slots *slots, uint32_t nr)
{
    void *chain = NULL;

    for (uint32_t i = 0; i < nr; i++) {
        void *entry = *slot(slots, i);

        la_chain_set_next(entry, chain);
        chain = entry;
    }
    return chain;
}

/* The first keep slots of to become those of from that begin with surplus. */
static void move_down(struct slots *to, struct slots *from, uint32_t surplus, uint32_t keep)
{
    for (uint32_t i = 0; i < keep; i++)
        *slot(to, i) = *slot(from, surplus + i);
}

static uint32_t capacity_if_above(struct spinlock_state *state, size_t keep)
{
    uint64_t word = take(state);
    uint32_t capacity = depth_of(word) > keep ? state->capacity : 0;

    put_back(state, word);
    return capacity;
}

/* The oldest go first: what stays is the warmest. Linking touches every entry, which may be cold,
 * so it is done outside, from slots that are ours alone: those of the list go with what is in them,
 * and fresh ones take their place. Only without memory for them it is done inside. */
static void *spinlock_drain(struct lookaside *list, size_t keep)
{
    struct spinlock_state *state = la_state(list);
    uint32_t capacity = capacity_if_above(state, keep), depth, surplus;
    struct slots old = {0};
    void **fresh, *chain = NULL;
    uint64_t word;

    if (capacity == 0)
        return NULL;
    fresh = new_rest(capacity);
    LA_INJECT(206);
    word = take(state);
    depth = depth_of(word);
    surplus = depth > keep ? depth - (uint32_t)keep : 0;
    if (surplus > 0) {
        old = state->slots;
        if (fresh && state->capacity == capacity)
            state->slots.rest = fresh;
        else
            chain = chain_slots(&old, surplus);
        move_down(&state->slots, &old, surplus, depth - surplus);
        state->drained += surplus;
    }
    put_back(state, word - surplus);
    LA_INJECT(207);
    if (surplus > 0 && !chain) {
        chain = chain_slots(&old, surplus);
        fresh = old.rest;
    }
    free(fresh);
    return chain;
}

/* Inside. The word's pops wrap after 2^43, more than a day of the fastest traffic, so one
 * statistics call or tick a day keeps them exact. */
static void fold(struct spinlock_state *state, uint64_t word)
{
    state->pops += ((word >> DEPTH_BITS) - state->pops) << DEPTH_BITS >> DEPTH_BITS;
}

static void spinlock_stats(struct lookaside *list, struct lookaside_strategy_stats *stats)
{
    struct spinlock_state *state = la_state(list);
    uint64_t word = take(state);

    fold(state, word);
    *stats = (struct lookaside_strategy_stats){
        .pops = state->pops,
        .pushes = state->pops + state->drained + depth_of(word),
        .held = depth_of(word),
    };
    put_back(state, word);
}

static void spinlock_tick(struct lookaside *list)
{
    struct spinlock_state *state = la_state(list);
    uint64_t word = take(state);

    fold(state, word);
    put_back(state, word);
}

static int spinlock_set_depth(struct lookaside *list, uint32_t limit)
{
    struct spinlock_state *state = la_state(list);
    void **larger, **smaller;
    uint64_t word;

    if (limit <= state->capacity)
        return 0;
    larger = new_rest(limit);
    if (!larger)
        return -ENOMEM;
    word = take(state);
    LA_INJECT(208);
    smaller = state->slots.rest;
    if (depth_of(word) > NR_NEAR)
        memcpy(larger, smaller, (depth_of(word) - NR_NEAR) * sizeof *larger);
    state->slots.rest = larger;
    state->capacity = limit;
    put_back(state, word);
    LA_INJECT(209);
    free(smaller);
    return 0;
}

static size_t spinlock_count(struct lookaside *list)
{
    struct spinlock_state *state = la_state(list);
    uint64_t word = take(state);

    put_back(state, word);
    return depth_of(word);
}

static unsigned spinlock_counts(struct lookaside *list, uint64_t sums[LA_NR_COUNTS])
{
    struct spinlock_state *state = la_state(list);
    uint64_t word = take(state);

    sums[LA_COUNT_LOCK_WAITS] += state->waits;
    put_back(state, word);
    return LA_TELLS(LA_COUNT_LOCK_WAITS);
}

static size_t spinlock_pop_bulk(struct lookaside *list, void **entries, size_t nr)
{
    struct spinlock_state *state = la_state(list);
    uint64_t word = take(state);
    uint32_t depth = depth_of(word), taken;

    for (taken = 0; taken < nr && taken < depth; taken++)
        entries[taken] = *slot(&state->slots, depth - 1 - taken);
    put_back(state, word + taken * (ONE_POP - 1));
    return taken;
}

static size_t spinlock_push_bulk(struct lookaside *list, void *const *entries, size_t nr)
{
    struct spinlock_state *state = la_state(list);
    uint64_t word = take(state);
    uint32_t depth = depth_of(word), kept;
    /* Relaxed, but inside: as in push. */
    uint32_t limit = atomic_load_explicit(&list->limit, memory_order_relaxed);

    for (kept = 0; kept < nr && depth + kept < limit; kept++)
        *slot(&state->slots, depth + kept) = entries[kept];
    put_back(state, word + kept);
    return kept;
}

const struct lookaside_strategy la_strategy_spinlock = {
    .name = "spinlock",
    .summary = "one array under one test-and-test-and-set lock",
    .init = spinlock_init,
    .fini = spinlock_fini,
    .pop = spinlock_pop,
    .push = spinlock_push,
    .take = spinlock_take,
    .give = spinlock_give,
    .drain = spinlock_drain,
    .stats = spinlock_stats,
    .set_depth = spinlock_set_depth,
    .tick = spinlock_tick,
    .count = spinlock_count,
    .counts = spinlock_counts,
    .pop_bulk = spinlock_pop_bulk,
    .push_bulk = spinlock_push_bulk,
};
