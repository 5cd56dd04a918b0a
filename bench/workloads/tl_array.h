/* SPDX-License-Identifier: MIT */
/*
 * tl_array.h: the least that a cache of free objects can cost: an inlined stack of pointers per
 * thread, with no limit, no statistics, nothing that another thread could reach, and no end. A
 * reference for the bound builds, no contender: it only fits where every object goes back on the
 * thread that took it.
 *
 * la_tl_array_called() is the same array behind one indirect call an operation, as lists have it:
 * what is left for a strategy to lose once nothing is inlined.
 */
#ifndef LA_TL_ARRAY_H
#define LA_TL_ARRAY_H

#include <stddef.h>
#include <stdint.h>

#include "allocator.h"
#include "platform.h"

/* The most objects that a thread may ever hold at once: nothing checks it. */
enum { LA_TL_ARRAY_SLOTS = 1024 };

struct la_tl_array {
    uint32_t nr;
    void *slots[LA_TL_ARRAY_SLOTS];
};

extern _Thread_local struct la_tl_array la_tl_array;

static inline void *la_tl_array_alloc(const struct la_allocator_calls *calls, size_t size)
{
    if (LA_UNLIKELY(la_tl_array.nr == 0))
        return calls->allocate(size);
    return la_tl_array.slots[--la_tl_array.nr];
}

static inline void la_tl_array_free(void *object)
{
    la_tl_array.slots[la_tl_array.nr++] = object;
}

/* The array's operations as functions that cannot be inlined. What the calling thread's array does
 * not have it takes from calls; so every thread asks for its own. */
struct la_allocator_calls la_tl_array_called(const struct la_allocator_calls *calls);

/* Gives the calling thread's objects back to the allocator. */
void la_tl_array_drain(const struct la_allocator_calls *calls, size_t size);

#endif
