/* SPDX-License-Identifier: MIT */
/*
 * ck_stack.c: the peer of slist from Concurrency Kit: its stack for many producers and many
 * consumers, which pops by a double-word compare-and-swap with a generation and pushes by a
 * single-word one. Its header is all of it; built where that is installed.
 *
 * The library takes all entries out by an exchange that leaves the generation alone, so a pop in
 * the middle could mistake an entry that comes back for the one that it saw: entries are taken out
 * when no thread is in a call (peer.h), or nothing.
 */
#include "peer.h"

#include "platform.h"

#if LA_HAVE_CK
#include <ck_stack.h>

#include "annotate.h"
#include "peer_link.h"
#endif

#if LA_HAVE_CK && defined(CK_F_STACK_POP_MPMC)

struct kit_state {
    _Alignas(16) ck_stack_t stack; /* the double word */
};
LA_STATE_FITS(struct kit_state);

static bool kit_supported(const char **detail)
{
    *detail = "ck_stack_push_mpmc, ck_stack_pop_mpmc";
    return true;
}

LA_HOT static LA_INLINE void *kit_pop(struct lookaside *list)
{
    struct kit_state *state = la_state(list);
    void *entry = ck_stack_pop_mpmc(&state->stack);

    la_handed_over(entry);
    return entry;
}

LA_HOT static LA_INLINE bool kit_push(struct lookaside *list, void *entry)
{
    struct kit_state *state = la_state(list);

    la_hand_over(entry);
    ck_stack_push_mpmc(&state->stack, entry);
    return true;
}

LA_COMPLETE(kit)

static void *kit_drain(struct lookaside *list, size_t keep)
{
    struct kit_state *state = la_state(list);

    return keep == 0 ? la_peer_chain(ck_stack_batch_pop_mpmc(&state->stack)) : NULL;
}

#define KIT_OPERATIONS                                                            \
    .init = la_peer_init, .fini = la_peer_fini, .pop = kit_pop, .push = kit_push, \
    .take = kit_take, .give = kit_give, .drain = kit_drain, .stats = la_peer_stats

#else

static bool kit_supported(const char **detail)
{
    *detail = LA_HAVE_CK ? "Concurrency Kit has no double-word compare-and-swap for this CPU"
                         : "built without Concurrency Kit, whose ck_stack.h is in libck-dev";
    return false;
}

#define KIT_OPERATIONS .init = NULL

#endif

const struct la_peer la_peer_ck_stack = {
    .strategy = {.name = "ck_stack",
                 .summary = "peer of slist: Concurrency Kit's stack",
                 .supported = kit_supported,
                 KIT_OPERATIONS},
    .lacks = "a limit, statistics, reclamation while threads run",
};
