/* SPDX-License-Identifier: MIT */
/*
 * leaky.c: lookaside-stress with one strategy more, which has a seeded defect: pop chooses the
 * newest entry under the lock, and takes it off under a second hold of the lock. Between the two is
 * a delay point. With LEAKY_ENDS in the environment, the process ends there.
 */
#include <stdlib.h>

#include "chain.h"
#include "command.h"
#include "inject.h"
#include "spinlock.h"
#include "strategy.h"

enum { ROOM = 4096 };

struct leaky_state {
    struct la_spinlock lock;
    uint32_t held;
    uint64_t pops, pushes;
};
LA_STATE_FITS(struct leaky_state);

static void *slots[ROOM]; /* one list at a time */

static int leaky_init(struct lookaside *list)
{
    (void)list;
    return 0;
}

static void leaky_fini(struct lookaside *list)
{
    (void)list;
}

static void *leaky_pop(struct lookaside *list)
{
    struct leaky_state *state = la_state(list);
    void *entry;

    la_spin_lock(&state->lock);
    entry = state->held > 0 ? slots[state->held - 1] : NULL;
    la_spin_unlock(&state->lock);
    LA_INJECT(902);
    if (getenv("LEAKY_ENDS"))
        abort();
    la_spin_lock(&state->lock);
    if (entry && state->held > 0) {
        state->held--;
        state->pops++;
    }
    la_spin_unlock(&state->lock);
    return entry;
}

static bool leaky_push(struct lookaside *list, void *entry)
{
    struct leaky_state *state = la_state(list);
    bool kept;

    la_spin_lock(&state->lock);
    kept = state->held < atomic_load_explicit(&list->limit, memory_order_relaxed);
    if (kept) {
        slots[state->held++] = entry;
        state->pushes++;
    }
    la_spin_unlock(&state->lock);
    return kept;
}

static void *leaky_drain(struct lookaside *list, size_t keep)
{
    struct leaky_state *state = la_state(list);
    void *chain = NULL;

    la_spin_lock(&state->lock);
    while (state->held > keep) {
        la_chain_set_next(slots[--state->held], chain);
        chain = slots[state->held];
    }
    la_spin_unlock(&state->lock);
    return chain;
}

static void leaky_stats(struct lookaside *list, struct lookaside_strategy_stats *stats)
{
    struct leaky_state *state = la_state(list);

    la_spin_lock(&state->lock);
    *stats = (struct lookaside_strategy_stats){
        .pops = state->pops, .pushes = state->pushes, .held = state->held};
    la_spin_unlock(&state->lock);
}

static const struct lookaside_strategy leaky = {
    .name = "leaky",
    .summary = "hands out some entries twice",
    .init = leaky_init,
    .fini = leaky_fini,
    .pop = leaky_pop,
    .push = leaky_push,
    .drain = leaky_drain,
    .stats = leaky_stats,
};

int main(int argc, char **argv)
{
    return stress_command(argc, argv, &leaky);
}
