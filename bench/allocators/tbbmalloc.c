/* SPDX-License-Identifier: MIT */
/* tbbmalloc.c: the scalable allocator of oneTBB, when installed. */
#include <stdlib.h>
#include <string.h>

#include "allocator.h"

static void *handle;

static bool tbbmalloc_load(struct la_allocator_calls *calls, const char **why)
{
    return la_allocator_open("libtbbmalloc.so.2", "scalable_malloc", "scalable_free", &handle,
                             calls, why);
}

/* The library does not say at run time; its file's name does. */
static const char *tbbmalloc_version(void)
{
    static char path[4096];
    const char *object = la_object_of(la_allocator_symbol(handle, "scalable_malloc")), *version;

    if (!object || !realpath(object, path))
        return "unknown";
    version = strstr(path, ".so.");
    return version ? version + strlen(".so.") : "unknown";
}

const struct la_allocator la_allocator_tbbmalloc = {
    .name = "tbbmalloc",
    .summary = "the scalable allocator of oneTBB: blocks of one size per thread",
    .load = tbbmalloc_load,
    .version = tbbmalloc_version,
};
