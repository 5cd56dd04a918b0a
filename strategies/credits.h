/* SPDX-License-Identifier: MIT */
/*
 * credits.h: the one limit of a sharded list, handed out in batches.
 *
 * A shard may hold as many entries as it owns credits. Credits in shards and behind entries in the
 * depot are `claimed`; the sum never exceeds the limit, except for a while after the limit fell,
 * until the surplus is drained. Entries that move between shard and depot take their credits with
 * them, so the steady state does not come here.
 *
 * Invariant: sum over shards of room + entries in the depot = claimed <= limit.
 */
#ifndef LOOKASIDE_CREDITS_H
#define LOOKASIDE_CREDITS_H

#include <stdatomic.h>
#include <stdint.h>

struct la_credits {
    _Atomic uint32_t claimed;
};

/* Takes up to want credits; the return value says how many there were. Any thread, lock-free.
 * The number guards a bound, not data: entries are ordered by their shard or depot. Acquire pairs
 * with la_credits_settled(): a claim that comes after it sees the limit that was set before it. */
static inline uint32_t la_credits_claim(struct la_credits *credits, uint32_t limit, uint32_t want)
{
    uint32_t claimed = atomic_load_explicit(&credits->claimed, memory_order_relaxed);
    uint32_t got;

    do {
        if (claimed >= limit)
            return 0;
        got = limit - claimed < want ? limit - claimed : want;
    } while (!atomic_compare_exchange_weak_explicit(&credits->claimed, &claimed, claimed + got,
                                                    memory_order_acquire, memory_order_relaxed));
    return got;
}

/* How many are claimed; stale at once. */
static inline uint32_t la_credits_claimed(const struct la_credits *credits)
{
    return atomic_load_explicit(&credits->claimed, memory_order_relaxed);
}

/* How many are claimed beyond limit. */
static inline uint32_t la_credits_excess(const struct la_credits *credits, uint32_t limit)
{
    uint32_t claimed = la_credits_claimed(credits);

    return claimed > limit ? claimed - limit : 0;
}

/* How many are claimed, for one who has just lowered the limit: every claim is either in the
 * number, or is made after this and acquires the new limit. Release: pairs with the claim. */
static inline uint32_t la_credits_settled(struct la_credits *credits)
{
    return atomic_fetch_add_explicit(&credits->claimed, 0, memory_order_acq_rel);
}

/* Gives nr credits back. Any thread, wait-free. */
static inline void la_credits_return(struct la_credits *credits, uint32_t nr)
{
    atomic_fetch_sub_explicit(&credits->claimed, nr, memory_order_relaxed);
}

#endif
