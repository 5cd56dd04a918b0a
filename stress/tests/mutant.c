/* SPDX-License-Identifier: MIT */
/* mutant.c: see mutant.h. */
#include "mutant.h"

#include <errno.h>
#include <stdlib.h>

#include "chain.h"
#include "spinlock.h"
#include "strategy.h"

enum { ROOM = 4096, ONE_IN = 7 };

struct mutant_state {
    struct la_spinlock lock;
    uint32_t held, leaked;
    uint64_t pops, pushes;
    uint32_t turn, nr_flushes;
    void *last_taken, *last_refused;
    void **slots;
};
LA_STATE_FITS(struct mutant_state);

static enum mutation now;

void mutate(enum mutation mutation)
{
    now = mutation;
}

/* Under the lock: whether to break that promise this time. */
static bool breaks(struct mutant_state *state, enum mutation mutation)
{
    return now == mutation && ++state->turn % ONE_IN == 0;
}

static int mutant_init(struct lookaside *list)
{
    struct mutant_state *state = la_state(list);

    state->slots = calloc(ROOM, sizeof *state->slots);
    return state->slots ? 0 : -ENOMEM;
}

static void mutant_fini(struct lookaside *list)
{
    struct mutant_state *state = la_state(list);

    free(state->slots);
}

static void *take_newest(struct mutant_state *state)
{
    void *entry = state->slots[state->held - 1];

    if (!breaks(state, HANDS_OUT_TWICE))
        state->held--;
    if (!breaks(state, MISCOUNTS_HITS))
        state->pops++;
    return entry;
}

static void *mutant_pop(struct lookaside *list)
{
    struct mutant_state *state = la_state(list);
    void *entry = NULL;

    la_spin_lock(&state->lock);
    if (state->last_taken && breaks(state, WRITES_TO_TAKEN))
        la_chain_set_next(state->last_taken, NULL);
    if (state->last_refused && breaks(state, READS_RELEASED_MEMORY))
        (void)la_chain_next(state->last_refused);
    if (state->held > 0)
        state->last_taken = entry = take_newest(state);
    la_spin_unlock(&state->lock);
    return entry;
}

static bool keeps(struct lookaside *list, struct mutant_state *state)
{
    uint32_t limit = atomic_load_explicit(&list->limit, memory_order_relaxed);

    if (now == IGNORES_LIMIT)
        limit *= 2;
    return state->held + state->leaked < limit;
}

static bool mutant_push(struct lookaside *list, void *entry)
{
    struct mutant_state *state = la_state(list);
    bool kept;

    la_spin_lock(&state->lock);
    kept = keeps(list, state);
    if (kept) {
        state->slots[state->held] = entry;
        state->held += !breaks(state, LOSES_ENTRIES);
        state->pushes += !breaks(state, MISCOUNTS_KEPT);
    } else {
        state->last_refused = entry;
    }
    if (!breaks(state, KEEPS_THE_LOCK))
        la_spin_unlock(&state->lock);
    return kept;
}

/* A broken list may hold an entry twice, but its chain must end. */
static bool holds(const struct mutant_state *state, const void *entry)
{
    for (uint32_t i = 0; i < state->held; i++) {
        if (state->slots[i] == entry)
            return true;
    }
    return false;
}

static size_t leaves(struct mutant_state *state, size_t keep)
{
    if (keep > 0)
        return now == TRIMS_NOTHING ? state->held : keep;
    return now == FLUSH_LEAVES_ONE || (now == END_LEAVES_ONE && state->nr_flushes++ > 0);
}

static void *mutant_drain(struct lookaside *list, size_t keep)
{
    struct mutant_state *state = la_state(list);
    void *newest = NULL, *last = NULL;

    la_spin_lock(&state->lock);
    keep = leaves(state, keep);
    while (state->held > keep) {
        void *entry = state->slots[--state->held];

        if (holds(state, entry))
            continue;
        if (last)
            la_chain_set_next(last, entry);
        else
            newest = entry;
        last = entry;
        state->leaked += breaks(state, LEAKS_LIMIT);
    }
    if (last)
        la_chain_set_next(last, NULL);
    if (newest && keep > 0 && breaks(state, FREES_TWICE))
        state->slots[state->held++] = newest;
    la_spin_unlock(&state->lock);
    return newest;
}

static void mutant_stats(struct lookaside *list, struct lookaside_strategy_stats *stats)
{
    struct mutant_state *state = la_state(list);

    la_spin_lock(&state->lock);
    *stats = (struct lookaside_strategy_stats){
        .pops = state->pops, .pushes = state->pushes, .held = state->held};
    la_spin_unlock(&state->lock);
}

const struct lookaside_strategy mutant_strategy = {
    .name = "mutant",
    .summary = "breaks one promise now and then",
    .init = mutant_init,
    .fini = mutant_fini,
    .pop = mutant_pop,
    .push = mutant_push,
    .drain = mutant_drain,
    .stats = mutant_stats,
};
