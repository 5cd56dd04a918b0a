/* SPDX-License-Identifier: MIT */
/*
 * stub.h: a strategy for unit tests of the list: a small stack without locks, whose operations can
 * be told to fail. It lets the list be tested without any of the real strategies.
 */
#ifndef LOOKASIDE_STUB_H
#define LOOKASIDE_STUB_H

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "chain.h"
#include "strategy.h"

struct stub_state {
    void *newest;
    size_t held;
    uint64_t pops, pushes;
};
LA_STATE_FITS(struct stub_state);

static struct {
    int init_error, set_depth_error;
    bool unsupported;
    unsigned nr_inits, nr_finis, nr_ticks;
} stub;

static int stub_init(struct lookaside *list)
{
    (void)list;
    stub.nr_inits++;
    return stub.init_error;
}

static void stub_fini(struct lookaside *list)
{
    (void)list;
    stub.nr_finis++;
}

static void *stub_pop(struct lookaside *list)
{
    struct stub_state *state = la_state(list);
    void *entry = state->newest;

    if (entry) {
        state->newest = la_chain_next(entry);
        state->held--;
        state->pops++;
    }
    return entry;
}

static bool stub_push(struct lookaside *list, void *entry)
{
    struct stub_state *state = la_state(list);

    if (state->held >= atomic_load_explicit(&list->limit, memory_order_relaxed))
        return false;
    la_chain_set_next(entry, state->newest);
    state->newest = entry;
    state->held++;
    state->pushes++;
    return true;
}

/* Keeps the newest ones. */
static void *stub_drain(struct lookaside *list, size_t keep)
{
    struct stub_state *state = la_state(list);
    void *last = state->newest, *chain;

    if (state->held <= keep)
        return NULL;
    state->held = keep;
    if (keep == 0) {
        state->newest = NULL;
        return last;
    }
    while (--keep > 0)
        last = la_chain_next(last);
    chain = la_chain_next(last);
    la_chain_set_next(last, NULL);
    return chain;
}

static void stub_stats(struct lookaside *list, struct lookaside_strategy_stats *stats)
{
    struct stub_state *state = la_state(list);

    *stats = (struct lookaside_strategy_stats){
        .pops = state->pops, .pushes = state->pushes, .held = state->held};
}

static bool stub_supported(const char **detail)
{
    *detail = "as told";
    return !stub.unsupported;
}

static int stub_set_depth(struct lookaside *list, uint32_t limit)
{
    (void)list;
    (void)limit;
    return stub.set_depth_error;
}

static void stub_tick(struct lookaside *list)
{
    (void)list;
    stub.nr_ticks++;
}

static const struct lookaside_strategy stub_strategy = {
    .name = "stub",
    .summary = "for unit tests",
    .init = stub_init,
    .fini = stub_fini,
    .pop = stub_pop,
    .push = stub_push,
    .drain = stub_drain,
    .stats = stub_stats,
    .supported = stub_supported,
    .set_depth = stub_set_depth,
    .tick = stub_tick,
};

#endif
