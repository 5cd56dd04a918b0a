/* SPDX-License-Identifier: MIT */
/*
 * magazine_hardened.c: push of hardened lists (LOOKASIDE_HARDENED), and what becomes of an entry
 * that a guarded section did not keep. Whether it is none, or the magazine was full, is looked at
 * again with the cache alone.
 */
#include "finding.h"
#include "magazine.h"
#include "slab_section.h"

static LA_COLD bool refuses(struct lookaside *list, void *entry)
{
    struct magazine_state *state = magazine_state(list);
    struct magazine_cache *cache = la_slot_cell(state->slot)->value;
    bool refused = (uintptr_t)entry % sizeof(void *) != 0, without_lock;
    const struct la_slab *loaded;

    if (!refused && cache) {
        without_lock = magazine_own(state, cache);
        loaded = magazine_loaded(cache);
        refused = loaded && la_slab_refuses(loaded, entry);
        magazine_disown(state, cache, without_lock);
    }
    if (refused)
        la_finding_refused(list, entry);
    return refused;
}

bool magazine_push_hardened(struct lookaside *list, void *entry)
{
#ifdef LA_HAS_RSEQ
    const struct magazine_state *state = magazine_state(list);
    const struct la_slab *seen;

    la_hand_over(entry);
    if (state->area &&
        LA_LIKELY(la_slab_push_guarded_at(state->area, la_slot_cell(state->slot), entry, &seen)))
        return true;
#endif
    return refuses(list, entry) || magazine_push_rest(list, entry);
}

LA_COLD void magazine_give_hardened_slow(struct lookaside *list, void *entry)
{
    if (!refuses(list, entry) && !magazine_push_rest(list, entry))
        lookaside_free_miss(list, entry);
}
