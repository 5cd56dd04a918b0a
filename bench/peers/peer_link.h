/* SPDX-License-Identifier: MIT */
/*
 * peer_link.h: links of the peers: the address of the next entry in the first word, and nothing
 * done to it. A list's own chains (chain.h) are mangled, which would be a cost that a bare stack
 * has not.
 */
#ifndef LOOKASIDE_BENCH_PEER_LINK_H
#define LOOKASIDE_BENCH_PEER_LINK_H

#include "chain.h"

static inline void *la_peer_next(const void *entry)
{
    return (void *)la_chain_word(entry); // NOLINT(performance-no-int-to-ptr)
}

static inline void la_peer_set_next(void *entry, const void *next)
{
    la_chain_set_word(entry, (uintptr_t)next);
}

/* What drain returns: the same entries as a chain of the list's. */
static inline void *la_peer_chain(void *first)
{
    void *entry = first;

    while (entry) {
        void *next = la_peer_next(entry);

        la_chain_set_next(entry, next);
        entry = next;
    }
    return first;
}

#endif
