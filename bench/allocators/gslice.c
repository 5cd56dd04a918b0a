/* SPDX-License-Identifier: MIT */
/*
 * gslice.c: GLib's slices, when installed: magazines per thread over a depot (after Bonwick and
 * Adams) up to about 1000 bytes; larger sizes go to the C library's malloc. From version 2.76 on
 * the same functions forward everything to malloc: then there is nothing to measure.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "allocator.h"

enum { LAST_MINOR_WITH_SLICES = 74 }; /* even numbers are releases */

static void *handle;

static unsigned number_of(const char *name)
{
    const unsigned *number = dlsym(handle, name);

    return number ? *number : 0;
}

/* G_SLICE turns slices off, or has every call checked. */
static bool slices_are_real(const char **why)
{
    static char text[64];
    const unsigned major = number_of("glib_major_version"), minor = number_of("glib_minor_version");

    if (major != 2 || minor > LAST_MINOR_WITH_SLICES) {
        snprintf(text, sizeof text, "GLib %u.%u has no slices any more", major, minor);
        *why = text;
        return false;
    }
    if (getenv("G_SLICE")) {
        *why = "the environment's G_SLICE changes what slices do; unset it";
        return false;
    }
    return true;
}

static bool gslice_load(struct la_allocator_calls *calls, const char **why)
{
    return la_allocator_open_sized("libglib-2.0.so.0", "g_slice_alloc", "g_slice_free1", &handle,
                                   calls, why) &&
           slices_are_real(why);
}

static const char *gslice_version(void)
{
    static char text[32];

    snprintf(text, sizeof text, "%u.%u.%u", number_of("glib_major_version"),
             number_of("glib_minor_version"), number_of("glib_micro_version"));
    return text;
}

const struct la_allocator la_allocator_gslice = {
    .name = "gslice",
    .summary = "GLib's slices: magazines per thread, up to about 1000 bytes",
    .load = gslice_load,
    .version = gslice_version,
};
