/* SPDX-License-Identifier: MIT */
/*
 * bare_stack.c: the peer of slist that does only what no lock-free stack can leave out: links in
 * the entries and a head { first entry, tag } that changes by one 128-bit compare-and-swap an
 * operation (Treiber, 1986, with the tag of IBM's System/370 Principles of Operation against ABA).
 *
 * Every pop moves the tag. A pop whose head did not change between its reads and its swap therefore
 * read the link of the entry that was first all the time. The link may be read from an entry that
 * another thread has just taken; then the swap fails, and the entry is still mapped (peer.h).
 *
 * The swap only says whether it was done. One that returns what it found instead spares a failed
 * attempt the second look; it made the uncontended pair 2 % dearer and the contended one no
 * cheaper.
 */
#include <stdatomic.h>

#include "cas16.h"
#include "inject.h"
#include "peer.h"
#include "peer_link.h"
#include "platform.h"

struct snapshot {
    _Alignas(16) void *first;
    uint64_t tag;
};

struct bare_state {
    _Alignas(16) _Atomic(void *) first; /* newest entry */
    _Atomic uint64_t tag;
};
LA_STATE_FITS(struct bare_state);

/* Acquire: the link read next belongs to this entry's time on the stack. */
static inline struct snapshot look(struct bare_state *state)
{
    struct snapshot seen;

    seen.tag = atomic_load_explicit(&state->tag, memory_order_acquire);
    seen.first = atomic_load_explicit(&state->first, memory_order_acquire);
    return seen;
}

/* bare_supported() keeps lists from here that have no such swap. */
static inline bool swap(struct bare_state *state, struct snapshot expected, struct snapshot desired)
{
    return la_cas16(state, &expected, &desired);
}

static bool bare_supported(const char **detail)
{
    *detail = LA_HAS_CAS16 ? "128-bit compare-and-swap"
                           : "this build has no lock-free 16-byte compare-and-swap";
    return LA_HAS_CAS16;
}

LA_HOT static LA_INLINE void *bare_pop(struct lookaside *list)
{
    struct bare_state *state = la_state(list);
    struct snapshot seen = look(state), rest;

    while (seen.first) {
        rest = (struct snapshot){.first = la_peer_next(seen.first), .tag = seen.tag + 1};
        LA_INJECT(901);
        if (LA_LIKELY(swap(state, seen, rest)))
            break;
        seen = look(state);
    }
    return seen.first;
}

LA_HOT static LA_INLINE bool bare_push(struct lookaside *list, void *entry)
{
    struct bare_state *state = la_state(list);
    struct snapshot seen;

    do {
        seen = look(state);
        la_peer_set_next(entry, seen.first);
    } while (LA_UNLIKELY(!swap(state, seen, (struct snapshot){.first = entry, .tag = seen.tag})));
    return true;
}

LA_COMPLETE(bare)

static void *bare_drain(struct lookaside *list, size_t keep)
{
    struct bare_state *state = la_state(list);
    struct snapshot seen = look(state);

    if (keep > 0)
        return NULL;
    while (!swap(state, seen, (struct snapshot){.first = NULL, .tag = seen.tag + 1}))
        seen = look(state);
    return la_peer_chain(seen.first);
}

const struct la_peer la_peer_bare_stack = {
    .strategy =
        {
            .name = "bare_stack",
            .summary = "peer of slist: the 128-bit compare-and-swap and nothing else",
            .supported = bare_supported,
            .init = la_peer_init,
            .fini = la_peer_fini,
            .pop = bare_pop,
            .push = bare_push,
            .take = bare_take,
            .give = bare_give,
            .drain = bare_drain,
            .stats = la_peer_stats,
        },
    .lacks = "a limit, statistics, reclamation while threads run",
};
