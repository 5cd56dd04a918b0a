/* SPDX-License-Identifier: MIT */
/*
 * depot.h: what the shards of one list exchange: magazines, arrays of entries that change hands by
 * pointer (Bonwick and Adams, 2001, "Magazines and Vmem").
 *
 * Two stacks under one lock: filled magazines, newest on top, and empty ones kept for reuse. A
 * filled magazine owns one credit per round, so handing it over moves credits with the entries.
 * Empty magazines own none. Magazines are made by la_magazine_new() outside the lock and freed
 * only when the list ends, so a late reader of a magazine's header reads memory that is there.
 *
 * Invariants, under the lock: entries = sum of rounds over the filled stack; 1 <= rounds <=
 * capacity there; rounds = 0 on the empty stack.
 */
#ifndef LOOKASIDE_DEPOT_H
#define LOOKASIDE_DEPOT_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "spinlock.h"

struct la_magazine {
    struct la_magazine *next; /* in a stack; the owner's own use elsewhere */
    uint32_t rounds;          /* entries in slots[0 .. rounds-1], newest last */
    uint32_t room;            /* credits owned, rounds <= room <= capacity; the owner's */
    void *slots[];
};

struct la_depot {
    struct la_spinlock lock;
    _Atomic uint32_t entries; /* written under the lock; read without it as a hint */
    struct la_magazine *filled;
    struct la_magazine *empty;
};

/* An empty magazine for capacity entries, or NULL. */
static inline struct la_magazine *la_magazine_new(uint32_t capacity)
{
    struct la_magazine *magazine = aligned_alloc(
        LA_CACHE_LINE, (sizeof *magazine + capacity * sizeof(void *) + LA_CACHE_LINE - 1) /
                           LA_CACHE_LINE * LA_CACHE_LINE);

    if (magazine) {
        magazine->next = NULL;
        magazine->rounds = 0;
        magazine->room = 0;
    }
    return magazine;
}

/* Whether a take may succeed; stale at once. Saves the lock on misses. */
static inline bool la_depot_has_entries(const struct la_depot *depot)
{
    return atomic_load_explicit(&depot->entries, memory_order_relaxed) > 0;
}

static inline void la_depot_add_locked(struct la_depot *depot, struct la_magazine *magazine)
{
    uint32_t entries = atomic_load_explicit(&depot->entries, memory_order_relaxed);

    magazine->next = magazine->rounds > 0 ? depot->filled : depot->empty;
    if (magazine->rounds > 0)
        depot->filled = magazine;
    else
        depot->empty = magazine;
    atomic_store_explicit(&depot->entries, entries + magazine->rounds, memory_order_relaxed);
}

/* The newest filled magazine, or NULL. */
static inline struct la_magazine *la_depot_take_filled_locked(struct la_depot *depot)
{
    struct la_magazine *magazine = depot->filled;
    uint32_t entries = atomic_load_explicit(&depot->entries, memory_order_relaxed);

    if (!magazine)
        return NULL;
    depot->filled = magazine->next;
    atomic_store_explicit(&depot->entries, entries - magazine->rounds, memory_order_relaxed);
    return magazine;
}

static inline struct la_magazine *la_depot_take_empty_locked(struct la_depot *depot)
{
    struct la_magazine *magazine = depot->empty;

    if (magazine)
        depot->empty = magazine->next;
    return magazine;
}

/* Gives a magazine, filled or empty; the depot owns it from here on. */
static inline void la_depot_put(struct la_depot *depot, struct la_magazine *magazine)
{
    la_spin_lock(&depot->lock);
    la_depot_add_locked(depot, magazine);
    la_spin_unlock(&depot->lock);
}

/* Takes the newest filled magazine and leaves an empty one (or NULL) in one step; NULL with
 * nothing changed if there is none. */
static inline struct la_magazine *la_depot_exchange_for_filled(struct la_depot *depot,
                                                               struct la_magazine *empty)
{
    struct la_magazine *filled;

    la_spin_lock(&depot->lock);
    filled = la_depot_take_filled_locked(depot);
    if (filled && empty)
        la_depot_add_locked(depot, empty);
    la_spin_unlock(&depot->lock);
    return filled;
}

/* Gives a filled magazine and takes an empty one in one step; NULL if there is none. */
static inline struct la_magazine *la_depot_exchange_for_empty(struct la_depot *depot,
                                                              struct la_magazine *filled)
{
    struct la_magazine *empty;

    la_spin_lock(&depot->lock);
    empty = la_depot_take_empty_locked(depot);
    la_depot_add_locked(depot, filled);
    la_spin_unlock(&depot->lock);
    return empty;
}

/* An empty magazine: a kept one or a new one; NULL without memory. */
static inline struct la_magazine *la_depot_get_empty(struct la_depot *depot, uint32_t capacity)
{
    struct la_magazine *magazine;

    la_spin_lock(&depot->lock);
    magazine = la_depot_take_empty_locked(depot);
    la_spin_unlock(&depot->lock);
    return magazine ? magazine : la_magazine_new(capacity);
}

/* Detaches every filled magazine in one step; linked by next, newest first. */
static inline struct la_magazine *la_depot_detach_all(struct la_depot *depot)
{
    struct la_magazine *chain;

    la_spin_lock(&depot->lock);
    chain = depot->filled;
    depot->filled = NULL;
    atomic_store_explicit(&depot->entries, 0, memory_order_relaxed);
    la_spin_unlock(&depot->lock);
    return chain;
}

/* Frees the magazines themselves; the list is drained and alone. */
static inline void la_depot_free_empties(struct la_depot *depot)
{
    struct la_magazine *magazine;

    while ((magazine = la_depot_take_empty_locked(depot)))
        free(magazine);
}

#endif
