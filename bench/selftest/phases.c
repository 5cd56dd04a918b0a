/* SPDX-License-Identifier: MIT */
/* phases.c: see phases.h. */
#include "phases.h"

#include "chain.h"
#include "platform.h"

struct phases_state {
    void *first;
    uint64_t random; /* never 0 */
    uint64_t tries, pops, pushes, held;
};
LA_STATE_FITS(struct phases_state);

static int phases_init(struct lookaside *list)
{
    struct phases_state *state = la_state(list);

    state->random = UINT64_C(0x9e3779b97f4a7c15);
    return 0;
}

static void phases_fini(struct lookaside *list)
{
    (void)list;
}

/* Marsaglia's xorshift with 64 bits, multiplied (Vigna's xorshift64*): its upper bits are fair. */
static uint32_t draw(struct phases_state *state)
{
    uint64_t x = state->random;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    state->random = x;
    return (uint32_t)((x * UINT64_C(2685821657736338717)) >> 32);
}

static bool misses(struct phases_state *state)
{
    const bool high = state->tries++ / LA_PHASE_POPS % 2;
    const double probability = high ? LA_PHASE_MISS_HIGH : LA_PHASE_MISS_LOW;

    return draw(state) < (uint32_t)(probability * 4294967296.0);
}

static LA_HOT void *phases_pop(struct lookaside *list)
{
    struct phases_state *state = la_state(list);
    void *entry = state->first;

    if (misses(state) || !entry)
        return NULL;
    state->first = la_chain_next(entry);
    state->held--;
    state->pops++;
    return entry;
}

static LA_HOT bool phases_push(struct lookaside *list, void *entry)
{
    struct phases_state *state = la_state(list);

    if (state->held >= list->limit)
        return false;
    la_chain_set_next(entry, state->first);
    state->first = entry;
    state->held++;
    state->pushes++;
    return true;
}

/* Everything beyond keep, newest first. */
static void *phases_drain(struct lookaside *list, size_t keep)
{
    struct phases_state *state = la_state(list);
    void *chain = state->first, *last = NULL;

    if (state->held <= keep)
        return NULL;
    for (; state->held > keep; state->held--) {
        last = state->first;
        state->first = la_chain_next(last);
    }
    la_chain_set_next(last, NULL);
    return chain;
}

static void phases_stats(struct lookaside *list, struct lookaside_strategy_stats *stats)
{
    const struct phases_state *state = la_state(list);

    *stats = (struct lookaside_strategy_stats){
        .pops = state->pops, .pushes = state->pushes, .held = state->held};
}

const struct lookaside_strategy la_phases = {
    .name = "phases",
    .summary = "misses by chance, with a known probability; for one thread",
    .init = phases_init,
    .fini = phases_fini,
    .pop = phases_pop,
    .push = phases_push,
    .drain = phases_drain,
    .stats = phases_stats,
};
