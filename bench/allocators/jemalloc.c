/* SPDX-License-Identifier: MIT */
/*
 * jemalloc.c: jemalloc, from the shared object beside the executable (see CMakeLists.txt), which
 * holds a whole jemalloc and exports two names of it. It is linked rather than opened at run time
 * because its thread-local state is larger than what the C library keeps in reserve for objects
 * that arrive late.
 */
#include <jemalloc/jemalloc.h>

#include "allocator.h"

/* The archive's malloc and free, under the names that the object gives them. */
void *la_jemalloc_malloc(size_t size);
void la_jemalloc_free(void *memory);

static bool jemalloc_load(struct la_allocator_calls *calls, const char **why)
{
    (void)why;
    *calls =
        (struct la_allocator_calls){.allocate = la_jemalloc_malloc, .release = la_jemalloc_free};
    return true;
}

static const char *jemalloc_version(void)
{
    return JEMALLOC_VERSION;
}

const struct la_allocator la_allocator_jemalloc = {
    .name = "jemalloc",
    .summary = "jemalloc, in an object of its own",
    .load = jemalloc_load,
    .version = jemalloc_version,
};
