/* SPDX-License-Identifier: MIT */
/*
 * bind/percpu.h: the fast path of percpu for callers that bind to it (LOOKASIDE_BIND in
 * lookaside.h): one restartable section in the caller's own code, and no call.
 *
 * The section is the library's own (slab_section.h). What it does not serve, an empty or a full
 * slab, goes to the list's operation, which tries again and then does the rest. So does every
 * operation on a list that is not what this header was made for: another strategy, a process
 * without restartable sequences, or a library with another layout. Init writes the layout into
 * list->bound; the comparison below takes the place of a test that the library spares itself.
 *
 * Code in a plugin that is unloaded must not contain sections: the kernel may still look at the
 * descriptor of the last one that a thread ran. Link such a plugin with -z nodelete.
 */
#ifndef LOOKASIDE_BIND_PERCPU_H
#define LOOKASIDE_BIND_PERCPU_H

#include "annotate.h"
#include "lookaside.h"
#include "slab_section.h"

/* Changes with anything that the functions below rely on: their fields in struct lookaside and in
 * the state, the record of a CPU, the slab. */
#define LA_LAYOUT_PERCPU UINT32_C(0x50430001)

/* How the state of percpu begins. */
struct la_percpu_view {
    void *homes; /* records of the CPUs; each begins with the pointer to its slab */
    ptrdiff_t area;
};

static inline void *la_bound_take_percpu(struct lookaside *list)
{
#ifdef LA_HAS_RSEQ
    const struct la_percpu_view *view = (const void *)list->state;
    const struct la_slab *seen;
    void *entry;

    if (LA_LIKELY(list->bound == LA_LAYOUT_PERCPU) &&
        LA_LIKELY(la_slab_pop_on_cpu(view->area, view->homes, &entry, &seen))) {
        la_handed_over(entry);
        return entry;
    }
#endif
    return list->take(list);
}

static inline void la_bound_give_percpu(struct lookaside *list, void *entry)
{
#ifdef LA_HAS_RSEQ
    const struct la_percpu_view *view = (const void *)list->state;
    const struct la_slab *seen;

    la_hand_over(entry);
    if (LA_LIKELY(list->bound == LA_LAYOUT_PERCPU) &&
        LA_LIKELY(la_slab_push_on_cpu(view->area, view->homes, entry, &seen)))
        return;
#endif
    list->give(list, entry);
}

#endif
