/* SPDX-License-Identifier: MIT */
/*
 * slots.h: one pointer per thread and list, found in a few instructions.
 *
 * Like pthread keys, with three differences: as many as there are lists, a look-up that inlines to
 * a comparison and two loads, and a free that clears the slot in every thread, so that its number
 * can be used again at once while threads that knew the old list live on.
 *
 * Each thread has a table indexed by slot, on the heap, so that others may clear entries of it
 * under the registry's lock; the thread alone reads it without. A slot that one thread reads is not
 * cleared at the same time, because ending a list needs the list to itself.
 */
#ifndef LOOKASIDE_SLOTS_H
#define LOOKASIDE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "platform.h"

struct la_slots {
    void **values; /* values[0 .. nr-1] */
    uint32_t nr;
};

extern _Thread_local struct la_slots la_slots_own __attribute__((tls_model("initial-exec")));

/* A slot that is NULL in every thread; 0 or -ENOMEM. When a thread exits whose value is not NULL,
 * exits(value) runs on it, under the registry's lock: la_slot_free() waits for it. Any thread. */
int la_slot_new(uint32_t *slot, void (*exits)(void *value));

/* Clears the slot in every thread. Nobody uses it any more. Any thread. */
void la_slot_free(uint32_t slot);

/* Sets the calling thread's value; false without memory. Not from exits(). */
bool la_slot_set(uint32_t slot, void *value);

/* The calling thread's value, or NULL. */
static inline void *la_slot_get(uint32_t slot)
{
    return LA_LIKELY(slot < la_slots_own.nr) ? la_slots_own.values[slot] : NULL;
}

#endif
