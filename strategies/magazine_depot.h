/* SPDX-License-Identifier: MIT */
/*
 * magazine_depot.h: where the threads of one list exchange magazines, and how large those get
 * (Bonwick and Adams, 2001, "Magazines and Vmem").
 *
 * Two stacks under one lock: filled magazines, newest on top, and empty ones. Both own credits: a
 * filled one exactly one for each entry, an empty one whatever its last thread had in it, so that
 * a producer and a consumer hand credits round with the magazines and claim none. Who finds no
 * credits elsewhere takes those of the empties.
 *
 * Size. `full` is how many entries make a magazine full. It doubles when the lock was found taken
 * in more than MAGAZINE_CONTENDED of MAGAZINE_VISITS visits. It halves at a tick, down to where it
 * began, when the lock was never found taken since the last one while the working set took every
 * filled magazine there was: then smaller ones leave more for others and cost nobody a wait.
 *
 * Working set. The least number of magazines on a stack since the last tick is what nobody needed.
 * A tick frees as many empties. Filled ones stay: how many entries a list keeps is for its depth
 * policy to say.
 *
 * Invariants, under the lock: entries = sum of depths over the filled stack; capacity = depth >= 1
 * there; room = sum of capacities over the empty stack; depth = 0 there. A magazine in the depot
 * has counted no pops (word = depth), and its link is in the first slot above the depth.
 */
#ifndef LOOKASIDE_MAGAZINE_DEPOT_H
#define LOOKASIDE_MAGAZINE_DEPOT_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "inject.h"
#include "slab.h"
#include "spinlock.h"

enum {
    MAGAZINE_FULL = 32,     /* at the beginning: hand-over is cheap from here on */
    MAGAZINE_SLOTS = 125,   /* at most; with header and link 1 KiB */
    MAGAZINE_VISITS = 256,  /* of the depot, in which contention is counted */
    MAGAZINE_CONTENDED = 8, /* so much is borne */
};

struct magazine_depot {
    struct la_spinlock lock;
    _Atomic uint32_t entries; /* this and the next three: read without the lock as hints */
    _Atomic uint32_t room;
    _Atomic uint32_t full;
    struct la_slab *filled;
    struct la_slab *empty;
    uint32_t nr_filled, least_filled; /* now; since the last tick */
    uint32_t nr_empty, least_empty;
    uint16_t visits, contended; /* since contention was last judged */
    bool waited;                /* since the last tick */
    _Atomic uint32_t
        changes;    /* visits that may have changed something; read without it as a hint */
    uint64_t waits; /* how often the lock was found taken */
};

/* Where a magazine of this depth that is in nobody's cache keeps its link. */
static inline struct la_slab *magazine_next(const struct la_slab *magazine)
{
    return magazine->slots[la_slab_depth(magazine)];
}

static inline void magazine_set_next(struct la_slab *magazine, struct la_slab *next)
{
    magazine->slots[la_slab_depth(magazine)] = next;
}

/* An empty magazine for nr_slots entries without credits, or NULL. */
static inline struct la_slab *magazine_new(uint32_t nr_slots)
{
    size_t bytes = sizeof(struct la_slab) + (nr_slots + 1) * sizeof(void *);
    struct la_slab *magazine =
        aligned_alloc(LA_NO_SHARING, (bytes + LA_NO_SHARING - 1) / LA_NO_SHARING * LA_NO_SHARING);

    if (magazine) {
        atomic_init(&magazine->word, 0);
        atomic_init(&magazine->capacity, 0);
    }
    return magazine;
}

static inline void magazine_depot_init(struct magazine_depot *depot)
{
    atomic_init(&depot->full, MAGAZINE_FULL);
}

static inline uint32_t magazine_hint(const _Atomic uint32_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

/* Under the lock, which alone writes: a load and a store do. */
static inline void magazine_add(_Atomic uint32_t *number, uint32_t nr)
{
    atomic_store_explicit(number, magazine_hint(number) + nr, memory_order_relaxed);
}

/* Counts a visit; the magazines grow if too many had to wait. Under the lock. */
static inline void magazine_depot_note(struct magazine_depot *depot, bool waited)
{
    uint32_t full = magazine_hint(&depot->full);

    depot->contended += waited;
    depot->waited |= waited;
    if (++depot->visits < MAGAZINE_VISITS)
        return;
    if (depot->contended > MAGAZINE_CONTENDED && full < MAGAZINE_SLOTS)
        atomic_store_explicit(&depot->full, full * 2 < MAGAZINE_SLOTS ? full * 2 : MAGAZINE_SLOTS,
                              memory_order_relaxed);
    depot->visits = 0;
    depot->contended = 0;
}

static inline void magazine_depot_lock(struct magazine_depot *depot)
{
    bool waits = !la_spin_try_lock(&depot->lock);

    la_slow_note(LA_SLOW_DEPOT);
    if (LA_UNLIKELY(waits)) {
        la_spin_lock(&depot->lock);
        depot->waits++;
    }
    magazine_depot_note(depot, waits);
}

static inline void magazine_depot_unlock(struct magazine_depot *depot)
{
    magazine_add(&depot->changes, 1);
    la_spin_unlock(&depot->lock);
}

static inline void magazine_depot_add_locked(struct magazine_depot *depot, struct la_slab *magazine)
{
    uint32_t depth = la_slab_depth(magazine);
    struct la_slab **stack = depth > 0 ? &depot->filled : &depot->empty;

    magazine_set_next(magazine, *stack);
    *stack = magazine;
    if (depth > 0) {
        depot->nr_filled++;
        magazine_add(&depot->entries, depth);
    } else {
        depot->nr_empty++;
        magazine_add(&depot->room, la_slab_capacity(magazine));
    }
}

/* The newest filled magazine, or NULL. */
static inline struct la_slab *magazine_depot_take_filled_locked(struct magazine_depot *depot)
{
    struct la_slab *magazine = depot->filled;

    if (!magazine)
        return NULL;
    depot->filled = magazine_next(magazine);
    magazine_add(&depot->entries, -la_slab_depth(magazine));
    if (--depot->nr_filled < depot->least_filled)
        depot->least_filled = depot->nr_filled;
    return magazine;
}

static inline struct la_slab *magazine_depot_take_empty_locked(struct magazine_depot *depot)
{
    struct la_slab *magazine = depot->empty;

    if (!magazine)
        return NULL;
    depot->empty = magazine_next(magazine);
    magazine_add(&depot->room, -la_slab_capacity(magazine));
    if (--depot->nr_empty < depot->least_empty)
        depot->least_empty = depot->nr_empty;
    return magazine;
}

/* Gives a magazine, filled or empty; the depot owns it from here on. */
static inline void magazine_depot_put(struct magazine_depot *depot, struct la_slab *magazine)
{
    magazine_depot_lock(depot);
    magazine_depot_add_locked(depot, magazine);
    magazine_depot_unlock(depot);
}

/* Gives an empty magazine (or NULL) for the newest filled one; NULL with nothing changed if there
 * is none. */
static inline struct la_slab *magazine_depot_exchange_for_filled(struct magazine_depot *depot,
                                                                 struct la_slab *empty)
{
    struct la_slab *filled;

    magazine_depot_lock(depot);
    filled = magazine_depot_take_filled_locked(depot);
    LA_INJECT(647);
    if (filled && empty)
        magazine_depot_add_locked(depot, empty);
    magazine_depot_unlock(depot);
    return filled;
}

/* Takes empty, or one of the depot's where that is NULL, for filled (or NULL); NULL with nothing
 * changed if there is none. */
static inline struct la_slab *magazine_depot_exchange_for_empty(struct magazine_depot *depot,
                                                                struct la_slab *filled,
                                                                struct la_slab *empty)
{
    magazine_depot_lock(depot);
    if (!empty)
        empty = magazine_depot_take_empty_locked(depot);
    LA_INJECT(648);
    if (empty && filled)
        magazine_depot_add_locked(depot, filled);
    magazine_depot_unlock(depot);
    return empty;
}

/* Takes the newest entry and leaves its magazine, for a thread that has none of its own; NULL if
 * there is none. The caller owns the entry's credit. */
static inline void *magazine_depot_pop(struct magazine_depot *depot)
{
    struct la_slab *magazine;
    void *entry = NULL;

    if (magazine_hint(&depot->entries) == 0)
        return NULL;
    magazine_depot_lock(depot);
    magazine = magazine_depot_take_filled_locked(depot);
    if (magazine) {
        entry = magazine->slots[la_slab_depth(magazine) - 1];
        la_slab_add_word(magazine, -LA_SLAB_PUSH);
        la_slab_set_capacity(magazine, la_slab_depth(magazine));
        magazine_depot_add_locked(depot, magazine);
    }
    magazine_depot_unlock(depot);
    return entry;
}

/* Takes the credits of all empties; the caller owns them. */
static inline uint32_t magazine_depot_strip(struct magazine_depot *depot)
{
    uint32_t room;

    if (magazine_hint(&depot->room) == 0)
        return 0;
    magazine_depot_lock(depot);
    room = magazine_hint(&depot->room);
    for (struct la_slab *magazine = depot->empty; magazine; magazine = magazine_next(magazine))
        la_slab_set_capacity(magazine, 0);
    LA_INJECT(649);
    atomic_store_explicit(&depot->room, 0, memory_order_relaxed);
    magazine_depot_unlock(depot);
    return room;
}

/* Detaches every filled magazine in one step; linked newest first. */
static inline struct la_slab *magazine_depot_detach_filled(struct magazine_depot *depot)
{
    struct la_slab *chain;

    magazine_depot_lock(depot);
    chain = depot->filled;
    depot->filled = NULL;
    depot->nr_filled = 0;
    depot->least_filled = 0;
    LA_INJECT(650);
    atomic_store_explicit(&depot->entries, 0, memory_order_relaxed);
    magazine_depot_unlock(depot);
    return chain;
}

/* A tick: judges the interval that ends. Returns the empties that nobody needed in it, and adds
 * their credits to *credits. */
static inline struct la_slab *magazine_depot_tick(struct magazine_depot *depot, uint32_t *credits)
{
    struct la_slab *unneeded = NULL, *magazine;
    uint32_t full = magazine_hint(&depot->full);

    la_spin_lock(&depot->lock);
    if (!depot->waited && depot->least_filled == 0 && full > MAGAZINE_FULL)
        atomic_store_explicit(&depot->full, full / 2 > MAGAZINE_FULL ? full / 2 : MAGAZINE_FULL,
                              memory_order_relaxed);
    for (uint32_t nr = depot->least_empty;
         nr > 0 && (magazine = magazine_depot_take_empty_locked(depot)); nr--) {
        *credits += la_slab_capacity(magazine);
        la_slab_set_capacity(magazine, 0);
        magazine_set_next(magazine, unneeded);
        unneeded = magazine;
    }
    depot->waited = false;
    depot->least_filled = depot->nr_filled;
    depot->least_empty = depot->nr_empty;
    la_spin_unlock(&depot->lock);
    return unneeded;
}

/* Frees a chain of empties that nobody can see any more. */
static inline void magazine_free_chain(struct la_slab *magazine)
{
    while (magazine) {
        struct la_slab *next = magazine_next(magazine);

        free(magazine);
        magazine = next;
    }
}

#endif
