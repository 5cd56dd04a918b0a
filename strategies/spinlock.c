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

static void *spinlock_pop(struct lookaside *list)
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

static bool spinlock_push(struct lookaside *list, void *entry)
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

/* The oldest go first: what stays is the warmest. */
static void *spinlock_drain(struct lookaside *list, size_t keep)
{
    struct spinlock_state *state = la_state(list);
    void *chain = NULL;

    la_spin_lock(&state->lock);
    if (state->held > keep) {
        uint32_t surplus = state->held - (uint32_t)keep;

        chain = chain_slots(state->slots, surplus);
        state->held = (uint32_t)keep;
        for (uint32_t i = 0; i < state->held; i++)
            state->slots[i] = state->slots[i + surplus];
    }
    la_spin_unlock(&state->lock);
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
    for (uint32_t i = 0; i < state->held; i++)
        larger[i] = state->slots[i];
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
