/* SPDX-License-Identifier: MIT */
/* tl_array.c: see tl_array.h. */
#include "tl_array.h"

_Thread_local struct la_tl_array la_tl_array;

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
