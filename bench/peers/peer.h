/* SPDX-License-Identifier: MIT */
/*
 * peer.h: peers of strategies: what others build for the same place, or a strategy stripped of what
 * a list promises. They run as lists do, through the same call of the same loop, and so say what
 * the promises of their sibling cost. They are references and no products: outside the benchmark
 * nobody finds them, conformance would refuse them, and choose leaves them out.
 *
 * A peer has no limit: it keeps every entry that it is given, so what it holds is bounded by what a
 * workload holds at once. That also keeps its stale reads of links harmless: entries go to a free
 * routine at the end only, when no thread is in a call. It counts nothing, so its hits, depth and
 * bytes are not known.
 */
#ifndef LA_PEER_H
#define LA_PEER_H

#include <stddef.h>

#include "strategy.h"

struct la_peer {
    /* Its operations; where it cannot be built, only name, summary and supported. drain takes out
     * all or nothing, and all only when asked to keep nothing; stats says 0. */
    struct lookaside_strategy strategy;
    const char *lacks; /* of what a list promises, one line */
};

/* By index, NULL past the last; by name, NULL if unknown. */
const struct la_peer *la_peer_at(size_t index);
const struct la_peer *la_peer_find(const char *name);

/* For a peer's file: the operations that have nothing to do. */
int la_peer_init(struct lookaside *list);
void la_peer_fini(struct lookaside *list);
void la_peer_stats(struct lookaside *list, struct lookaside_strategy_stats *stats);

#endif
