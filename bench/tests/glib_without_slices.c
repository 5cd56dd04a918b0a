/* SPDX-License-Identifier: MIT */
/* glib_without_slices.c: stands for a GLib from 2.76 on, where the functions of slices are there
 * but forward to malloc. */
#include <stddef.h>
#include <stdlib.h>

#define EXPORTED __attribute__((visibility("default")))

extern const unsigned glib_major_version, glib_minor_version, glib_micro_version;
void *g_slice_alloc(size_t size);
void g_slice_free1(size_t size, void *memory);

EXPORTED const unsigned glib_major_version = 2, glib_minor_version = 80, glib_micro_version = 1;

EXPORTED void *g_slice_alloc(size_t size)
{
    return malloc(size);
}

EXPORTED void g_slice_free1(size_t size, void *memory)
{
    (void)size;
    free(memory);
}
