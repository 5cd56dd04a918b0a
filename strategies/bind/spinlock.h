/* SPDX-License-Identifier: MIT */
/*
 * bind/spinlock.h: the fast path of spinlock for callers that bind to it (LOOKASIDE_BIND in
 * lookaside.h): the exchange that takes the word out, one slot, the store that puts it back.
 *
 * spinlock.c explains the word. What is not served here, a lost exchange, an empty or a full list,
 * goes to the list's operation, and so does every list that this header was not made for.
 */
#ifndef LOOKASIDE_BIND_SPINLOCK_H
#define LOOKASIDE_BIND_SPINLOCK_H

#include <stdatomic.h>

#include "lookaside.h"
#include "platform.h"

/* Changes with anything that the functions below rely on: their fields in struct lookaside and in
 * the state, the word. */
#define LA_LAYOUT_SPINLOCK UINT32_C(0x534C0001)

enum { LA_SPINLOCK_DEPTH_BITS = 21, LA_SPINLOCK_NEAR = 6 };
#define LA_SPINLOCK_POP (UINT64_C(1) << LA_SPINLOCK_DEPTH_BITS)
#define LA_SPINLOCK_DEPTH_MASK (LA_SPINLOCK_POP - 1)
#define LA_SPINLOCK_TAKEN UINT64_MAX

/* How the state of spinlock begins. */
struct la_spinlock_view {
    _Atomic uint64_t word;
    void **rest; /* slots LA_SPINLOCK_NEAR and on */
    void *near[LA_SPINLOCK_NEAR];
};

static inline void **la_spinlock_slot(struct la_spinlock_view *view, uint32_t nr)
{
    return nr < LA_SPINLOCK_NEAR ? &view->near[nr] : &view->rest[nr - LA_SPINLOCK_NEAR];
}

static inline void *la_bound_take_spinlock(struct lookaside *list)
{
    struct la_spinlock_view *view = (void *)list->state;
    void *entry = NULL;
    uint64_t word;

    if (LA_UNLIKELY(list->bound != LA_LAYOUT_SPINLOCK))
        return list->take(list);
    /* Acquire: pairs with the release below and in the library. */
    word = atomic_exchange_explicit(&view->word, LA_SPINLOCK_TAKEN, memory_order_acquire);
    if (LA_UNLIKELY(word == LA_SPINLOCK_TAKEN))
        return list->take(list);
    if (LA_LIKELY((word & LA_SPINLOCK_DEPTH_MASK) > 0)) {
        entry = *la_spinlock_slot(view, (uint32_t)(word & LA_SPINLOCK_DEPTH_MASK) - 1);
        word += LA_SPINLOCK_POP - 1;
    }
    atomic_store_explicit(&view->word, word, memory_order_release);
    return LA_LIKELY(entry != NULL) ? entry : lookaside_alloc_miss(list);
}

static inline void la_bound_give_spinlock(struct lookaside *list, void *entry)
{
    struct la_spinlock_view *view = (void *)list->state;
    uint32_t depth;
    uint64_t word;
    bool kept;

    if (LA_UNLIKELY(list->bound != LA_LAYOUT_SPINLOCK) ||
        LA_UNLIKELY((uintptr_t)entry % sizeof(void *) != 0)) {
        list->give(list, entry);
        return;
    }
    word = atomic_exchange_explicit(&view->word, LA_SPINLOCK_TAKEN, memory_order_acquire);
    if (LA_UNLIKELY(word == LA_SPINLOCK_TAKEN)) {
        list->give(list, entry);
        return;
    }
    depth = (uint32_t)(word & LA_SPINLOCK_DEPTH_MASK);
    if (LA_UNLIKELY(depth > 0 && *la_spinlock_slot(view, depth - 1) == entry)) {
        /* The newest already: the list's operation refuses it. */
        atomic_store_explicit(&view->word, word, memory_order_release);
        list->give(list, entry);
        return;
    }
    kept = depth < atomic_load_explicit(&list->limit, memory_order_relaxed);
    if (LA_LIKELY(kept)) {
        *la_spinlock_slot(view, depth) = entry;
        word++;
    }
    atomic_store_explicit(&view->word, word, memory_order_release);
    if (LA_UNLIKELY(!kept))
        lookaside_free_miss(list, entry);
}

#endif
