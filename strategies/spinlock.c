/* SPDX-License-Identifier: MIT */
/*
 * spinlock.c: one array of pointers under one lock.
 *
 * The lock, the count and the counters share a line with nothing else, so an uncontended
 * operation is one atomic exchange and stores to one line. Links are kept in the array, not in the
 * entries: the only memory read is the list's own.
 *
 * Invariants, under the lock: held <= capacity; slots[0 .. held-1] are the entries, newest last;
 * pushes - pops - drained = held.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "spinlock.h"
#include "strategy.h"

struct spinlock_state {
    struct la_spinlock lock;
    uint32_t held;
    uint32_t capacity; /* entries that slots has room for; >= list->limit */
    void **slots;
    uint64_t pops;
    uint64_t pushes;
};
LA_STATE_FITS(struct spinlock_state);

static int spinlock_init(struct lookaside *list)
{
    struct spinlock_state *state = la_state(list);

    state->capacity = atomic_load_explicit(&list->limit, memory_order_relaxed);
    state->slots = malloc((state->capacity + 1) * sizeof *state->slots);
    return state->slots ? 0 : -ENOMEM;
}

static void spinlock_fini(struct lookaside *list)
{
    struct spinlock_state *state = la_state(list);

    free(state->slots);
}

static LA_HOT void *spinlock_pop(struct lookaside *list)
{
    struct spinlock_state *state = la_state(list);
    void *entry = NULL;

    la_spin_lock(&state->lock);
    if (LA_LIKELY(state->held > 0)) {
        entry = state->slots[--state->held];
        state->pops++;
    }
    la_spin_unlock(&state->lock);
    return entry;
}

static LA_HOT bool spinlock_push(struct lookaside *list, void *entry)
{
    struct spinlock_state *state = la_state(list);
    bool kept;

    la_spin_lock(&state->lock);
    /* The limit may have been raised before the room was made visible here: both bound. */
    kept = state->held < atomic_load_explicit(&list->limit, memory_order_relaxed) &&
           state->held < state->capacity;
    if (LA_LIKELY(kept)) {
        state->slots[state->held++] = entry;
        state->pushes++;
    }
    la_spin_unlock(&state->lock);
    return kept;
}

/* Oldest to newest, so that the chain ends up newest first. Linking writes to the entries, which
 * are the list's until they are returned. */
static void *chain_slots(void **slots, uint32_t nr)
{
    void *chain = NULL;

    for (uint32_t i = 0; i < nr; i++) {
        la_chain_set_next(slots[i], chain);
        chain = slots[i];
    }
    return chain;
}

/* Under the lock, when there is no memory for more: links the surplus where it is. */
static void *take_oldest_in_place(struct spinlock_state *state, uint32_t keep)
{
    uint32_t surplus = state->held - keep;
    void *chain = chain_slots(state->slots, surplus);

    memmove(state->slots, state->slots + surplus, keep * sizeof *state->slots);
    state->held = keep;
    return chain;
}

/* Under the lock: the array goes with what is in it, and another takes its place with the newest
 * keep entries. Returns the old array. */
static void **exchange_slots(struct spinlock_state *state, void **fresh, uint32_t keep)
{
    void **slots = state->slots;

    memcpy(fresh, slots + state->held - keep, keep * sizeof *slots);
    state->slots = fresh;
    state->held = keep;
    return slots;
}

static uint32_t capacity_if_above(struct spinlock_state *state, size_t keep)
{
    uint32_t capacity;

    la_spin_lock(&state->lock);
    capacity = state->held > keep ? state->capacity : 0;
    la_spin_unlock(&state->lock);
    return capacity;
}

/* The oldest go first: what stays is the warmest. Linking touches every entry, which may be cold,
 * so it is done outside of the lock, from an array that is ours alone. */
static void *spinlock_drain(struct lookaside *list, size_t keep)
{
    struct spinlock_state *state = la_state(list);
    uint32_t capacity = capacity_if_above(state, keep), surplus = 0;
    void **slots, *chain = NULL;

    if (capacity == 0)
        return NULL;
    slots = malloc((capacity + 1) * sizeof *slots);
    la_spin_lock(&state->lock);
    if (state->held > keep && slots && state->capacity == capacity) {
        surplus = state->held - (uint32_t)keep;
        slots = exchange_slots(state, slots, (uint32_t)keep);
    } else if (state->held > keep) {
        chain = take_oldest_in_place(state, (uint32_t)keep);
    }
    la_spin_unlock(&state->lock);
    if (surplus > 0)
        chain = chain_slots(slots, surplus);
    free(slots);
    return chain;
}

static void spinlock_stats(struct lookaside *list, struct lookaside_strategy_stats *stats)
{
    struct spinlock_state *state = la_state(list);

    la_spin_lock(&state->lock);
    *stats = (struct lookaside_strategy_stats){
        .pops = state->pops, .pushes = state->pushes, .held = state->held};
    la_spin_unlock(&state->lock);
}

static int spinlock_set_depth(struct lookaside *list, uint32_t limit)
{
    struct spinlock_state *state = la_state(list);
    void **larger, **smaller;

    if (limit <= state->capacity)
        return 0;
    larger = malloc((limit + 1) * sizeof *larger);
    if (!larger)
        return -ENOMEM;
    la_spin_lock(&state->lock);
    memcpy(larger, state->slots, state->held * sizeof *larger);
    smaller = state->slots;
    state->slots = larger;
    state->capacity = limit;
    la_spin_unlock(&state->lock);
    free(smaller);
    return 0;
}

static size_t spinlock_count(struct lookaside *list)
{
    struct lookaside_strategy_stats stats;

    spinlock_stats(list, &stats);
    return stats.held;
}

static size_t spinlock_pop_bulk(struct lookaside *list, void **entries, size_t nr)
{
    struct spinlock_state *state = la_state(list);
    size_t taken = 0;

    la_spin_lock(&state->lock);
    while (taken < nr && state->held > 0)
        entries[taken++] = state->slots[--state->held];
    state->pops += taken;
    la_spin_unlock(&state->lock);
    return taken;
}

static size_t spinlock_push_bulk(struct lookaside *list, void *const *entries, size_t nr)
{
    struct spinlock_state *state = la_state(list);
    uint32_t room = atomic_load_explicit(&list->limit, memory_order_relaxed);
    size_t kept = 0;

    la_spin_lock(&state->lock);
    if (room > state->capacity)
        room = state->capacity;
    while (kept < nr && state->held < room)
        state->slots[state->held++] = entries[kept++];
    state->pushes += kept;
    la_spin_unlock(&state->lock);
    return kept;
}

const struct lookaside_strategy la_strategy_spinlock = {
    .name = "spinlock",
    .summary = "one array under one test-and-test-and-set lock",
    .init = spinlock_init,
    .fini = spinlock_fini,
    .pop = spinlock_pop,
    .push = spinlock_push,
    .drain = spinlock_drain,
    .stats = spinlock_stats,
    .set_depth = spinlock_set_depth,
    .count = spinlock_count,
    .pop_bulk = spinlock_pop_bulk,
    .push_bulk = spinlock_push_bulk,
};
