/* SPDX-License-Identifier: MIT */
/*
 * percpu_depot.h: where CPUs that share a last-level cache exchange entries: one array of pointers
 * under a lock. Batches are copied in and out at its top, so that the lines that travel between
 * CPUs are the same few, and nothing is ever allocated to give entries away.
 *
 * Each entry is backed by a credit of the list's limit, which moves with it. The array has room for
 * any limit the list has had; pages that were never reached cost no memory.
 *
 * Invariant, under the lock: entries <= room; slots[0 .. entries-1] are entries, newest last.
 */
#ifndef LOOKASIDE_PERCPU_DEPOT_H
#define LOOKASIDE_PERCPU_DEPOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "inject.h"
#include "spinlock.h"

struct percpu_depot {
    struct la_spinlock lock;
    _Atomic uint32_t entries; /* written under the lock; read without it as a hint */
    uint32_t room;            /* under the lock, as the rest */
    void **slots;
    uint64_t waits; /* how often it was taken */
};

static inline void percpu_depot_lock(struct percpu_depot *depot)
{
    la_slow_note(LA_SLOW_DEPOT);
    if (la_spin_lock(&depot->lock))
        depot->waits++;
}

/* How many entries there are; stale at once without the lock. */
static inline uint32_t percpu_depot_entries(const struct percpu_depot *depot)
{
    return atomic_load_explicit(&depot->entries, memory_order_relaxed);
}

/* Takes the newest entries, at most most; to[] gets them newest last. Returns their number. */
static inline uint32_t percpu_depot_take(struct percpu_depot *depot, void **to, uint32_t most)
{
    uint32_t entries, nr;

    percpu_depot_lock(depot);
    entries = percpu_depot_entries(depot);
    nr = entries < most ? entries : most;
    memcpy(to, depot->slots + entries - nr, nr * sizeof *to);
    LA_INJECT(511);
    atomic_store_explicit(&depot->entries, entries - nr, memory_order_relaxed);
    la_spin_unlock(&depot->lock);
    return nr;
}

/* Gives the first of nr entries, newest last, as far as there is room. Returns their number. */
static inline uint32_t percpu_depot_give(struct percpu_depot *depot, void *const *from, uint32_t nr)
{
    uint32_t entries;

    percpu_depot_lock(depot);
    entries = percpu_depot_entries(depot);
    nr = depot->room - entries < nr ? depot->room - entries : nr;
    memcpy(depot->slots + entries, from, nr * sizeof *from);
    LA_INJECT(512);
    atomic_store_explicit(&depot->entries, entries + nr, memory_order_relaxed);
    la_spin_unlock(&depot->lock);
    return nr;
}

#endif
