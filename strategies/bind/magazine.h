/* SPDX-License-Identifier: MIT */
/*
 * bind/magazine.h: the fast path of magazine for callers that bind to it (LOOKASIDE_BIND in
 * lookaside.h): one restartable section on the magazine that the thread has loaded.
 *
 * As in bind/percpu.h, the section is the library's own, what it does not serve goes to the list's
 * operation, and so does every list that this header was not made for; a list beyond the direct
 * cells is one of those. The warning there about plugins holds here too.
 */
#ifndef LOOKASIDE_BIND_MAGAZINE_H
#define LOOKASIDE_BIND_MAGAZINE_H

#include "annotate.h"
#include "lookaside.h"
#include "slab_section.h"
#include "slots.h"

/* Changes with anything that the functions below rely on: their fields in struct lookaside and in
 * the state, the cell, the slab. */
#define LA_LAYOUT_MAGAZINE UINT32_C(0x4D470001)

/* How the state of magazine begins. */
struct la_magazine_view {
    ptrdiff_t area;
    size_t at; /* bytes from la_cells_own to the thread's cell */
};

static inline void *la_bound_take_magazine(struct lookaside *list)
{
#ifdef LA_HAS_RSEQ
    const struct la_magazine_view *view = (const void *)list->state;
    const struct la_slab *seen;
    void *entry;

    if (LA_LIKELY(list->bound == LA_LAYOUT_MAGAZINE) &&
        LA_LIKELY(
            la_slab_pop_at(view->area, (const char *)la_cells_own + view->at, &entry, &seen))) {
        la_handed_over(entry);
        return entry;
    }
#endif
    return list->take(list);
}

static inline void la_bound_give_magazine(struct lookaside *list, void *entry)
{
#ifdef LA_HAS_RSEQ
    const struct la_magazine_view *view = (const void *)list->state;
    const struct la_slab *seen;

    la_hand_over(entry);
    if (LA_LIKELY(list->bound == LA_LAYOUT_MAGAZINE) &&
        LA_LIKELY(la_slab_push_at(view->area, (const char *)la_cells_own + view->at, entry, &seen)))
        return;
#endif
    list->give(list, entry);
}

#endif
