/* SPDX-License-Identifier: MIT */
/* tl_array.c: see tl_array.h. */
#include "tl_array.h"

_Thread_local struct la_tl_array la_tl_array;

static _Thread_local struct la_allocator_calls behind;

LA_HOT static void *called_alloc(size_t size)
{
    return la_tl_array_alloc(&behind, size);
}

LA_HOT static void called_free(void *object)
{
    la_tl_array_free(object);
}

struct la_allocator_calls la_tl_array_called(const struct la_allocator_calls *calls)
{
    behind = *calls;
    return (struct la_allocator_calls){.allocate = called_alloc, .release = called_free};
}

void la_tl_array_drain(const struct la_allocator_calls *calls, size_t size)
{
    while (la_tl_array.nr > 0) {
        void *object = la_tl_array.slots[--la_tl_array.nr];

        if (calls->release_sized)
            calls->release_sized(size, object);
        else
            calls->release(object);
    }
}
