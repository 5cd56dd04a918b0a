/* SPDX-License-Identifier: MIT */
/*
 * slots.h: one cell per thread and list, found in one load.
 *
 * Like pthread keys, with these differences: as many as there are lists; a look-up without a test;
 * a place for a slab's address beside the thread's value, which restartable sections read and
 * others may write (slab_section.h); and a free that clears the slot in every thread, so that its
 * number can be used again at once while threads that knew the old list live on.
 *
 *   la_cells_own --> cells of slots 0 .. 127      a thread without any: a shared table at rest
 *   (the registry) > cells of slots 128 .. 255    further chunks, made when first set
 *
 * A cell at rest has no value and shows la_slab_away. Cells never move while their thread lives,
 * and chunks are on the heap, so whoever keeps the thread from exiting may write to its cells.
 */
#ifndef LOOKASIDE_SLOTS_H
#define LOOKASIDE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "lookaside.h"
#include "platform.h"
#include "slab.h"

struct la_cell {
    _Atomic(const struct la_slab *) loaded; /* what the thread's sections work on */
    void *value;                            /* the thread's; others only clear it */
};

enum { LA_DIRECT_CELLS = 128 };

/* The calling thread's first cells. Read only: la_slot_set() returns a cell to write to. Exported
 * for code that binds to a strategy. */
extern LOOKASIDE_API _Thread_local const struct la_cell *la_cells_own
    __attribute__((tls_model("initial-exec")));

/* A slot that is at rest in every thread; 0 or -ENOMEM. When a thread exits whose value is not
 * NULL, exits(value) runs on it, under the registry's lock: la_slot_free() and fork() wait for it.
 * Any thread. */
int la_slot_new(uint32_t *slot, void (*exits)(void *value));

/* Lays the slot to rest in every thread. Nobody uses it any more. Any thread. */
void la_slot_free(uint32_t slot);

/* Sets the calling thread's value; its cell, or NULL without memory. Not from exits(). */
struct la_cell *la_slot_set(uint32_t slot, void *value);

/* The calling thread's cell of any slot; stale after la_slot_set(). */
const struct la_cell *la_slot_cell(uint32_t slot);

static inline bool la_slot_is_direct(uint32_t slot)
{
    return slot < LA_DIRECT_CELLS;
}

/* The same for direct slots. */
static inline const struct la_cell *la_slot_direct_cell(uint32_t slot)
{
    return &la_cells_own[slot];
}

#endif
