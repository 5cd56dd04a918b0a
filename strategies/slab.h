/* SPDX-License-Identifier: MIT */
/*
 * slab.h: a stack of entries as an array with one commit word; the unit that restartable sections
 * work on (slab_section.h) and that a CPU or a thread has loaded.
 *
 *     word = operations popped so far (48 bits) : depth (16 bits)
 *
 * One store of the word moves the depth and counts the pop, so that nobody sees one without the
 * other and statistics cost no store of their own: pushes = pops + depth - what came in other ways.
 * Entries are never read or written; links are in slots.
 *
 * Invariants, for whoever has the slab alone: depth <= capacity <= number of slots;
 * slots[0 .. depth-1] are entries, newest last. Each unit of capacity is a credit of the list's
 * limit (credits.h).
 *
 * la_slab_away stands in for a slab that somebody has taken: it is empty and full at the same time,
 * so a section that finds it takes nothing, keeps nothing and commits nothing.
 */
#ifndef LOOKASIDE_SLAB_H
#define LOOKASIDE_SLAB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a pop adds to the word: depth - 1, pops + 1. A push adds 1. */
#define LA_SLAB_POP UINT64_C(0xFFFF)
#define LA_SLAB_PUSH UINT64_C(1)
#define LA_SLAB_DEPTH_MASK UINT64_C(0xFFFF)
#define LA_SLAB_POPS_SHIFT 16

struct la_slab {
    _Atomic uint64_t word;     /* sections, and the owner with exclusive access */
    _Atomic uint32_t capacity; /* credits; the owner with exclusive access */
    uint32_t unused;
    void *slots[];
};

extern const struct la_slab la_slab_away;

static inline uint32_t la_slab_depth_of(uint64_t word)
{
    return (uint32_t)(word & LA_SLAB_DEPTH_MASK);
}

/* Relaxed: with exclusive access nobody else writes; without it, a hint. */
static inline uint64_t la_slab_word(const struct la_slab *slab)
{
    return atomic_load_explicit(&slab->word, memory_order_relaxed);
}

static inline uint32_t la_slab_depth(const struct la_slab *slab)
{
    return la_slab_depth_of(la_slab_word(slab));
}

static inline uint32_t la_slab_capacity(const struct la_slab *slab)
{
    return atomic_load_explicit(&slab->capacity, memory_order_relaxed);
}

/* Relaxed, as the release store that puts the slab back comes later. */
static inline void la_slab_set_capacity(struct la_slab *slab, uint32_t capacity)
{
    atomic_store_explicit(&slab->capacity, capacity, memory_order_relaxed);
}

static inline void la_slab_add_word(struct la_slab *slab, uint64_t change)
{
    atomic_store_explicit(&slab->word, la_slab_word(slab) + change, memory_order_relaxed);
}

/* The sections' work for one who has the slab alone: the newest entry, or NULL. */
static inline void *la_slab_pop(struct la_slab *slab)
{
    uint32_t depth = la_slab_depth(slab);

    if (depth == 0)
        return NULL;
    la_slab_add_word(slab, LA_SLAB_POP);
    return slab->slots[depth - 1];
}

/* Whether the entry cannot be one that somebody frees: misaligned, or the newest already. */
static inline bool la_slab_refuses(const struct la_slab *slab, const void *entry)
{
    uint32_t depth = la_slab_depth(slab);

    return (uintptr_t)entry % sizeof(void *) != 0 || (depth > 0 && slab->slots[depth - 1] == entry);
}

/* False if the slab is full. */
static inline bool la_slab_push(struct la_slab *slab, void *entry)
{
    uint32_t depth = la_slab_depth(slab);

    if (depth >= la_slab_capacity(slab))
        return false;
    slab->slots[depth] = entry;
    la_slab_add_word(slab, LA_SLAB_PUSH);
    return true;
}

#endif
