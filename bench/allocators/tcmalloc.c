/* SPDX-License-Identifier: MIT */
/* tcmalloc.c: the tcmalloc of gperftools, when installed. */
#include <stdio.h>

#include "allocator.h"

static void *handle;

static bool tcmalloc_load(struct la_allocator_calls *calls, const char **why)
{
    return la_allocator_open("libtcmalloc_minimal.so.4", "tc_malloc", "tc_free", &handle, calls,
                             why);
}

static const char *tcmalloc_version(void)
{
    const char *(*version)(int *, int *, const char **) =
        (const char *(*)(int *, int *, const char **))la_allocator_symbol(handle, "tc_version");

    return version ? version(NULL, NULL, NULL) : "unknown";
}

const struct la_allocator la_allocator_tcmalloc = {
    .name = "tcmalloc",
    .summary = "tcmalloc_minimal of gperftools: a cache per thread",
    .load = tcmalloc_load,
    .version = tcmalloc_version,
};
