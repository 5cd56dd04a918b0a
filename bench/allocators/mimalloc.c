/* SPDX-License-Identifier: MIT */
/* mimalloc.c: mimalloc 2, when installed. */
#include <stdio.h>

#include "allocator.h"

static void *handle;

static bool mimalloc_load(struct la_allocator_calls *calls, const char **why)
{
    const char *ignored;

    return la_allocator_open("libmimalloc.so.2", "mi_malloc", "mi_free", &handle, calls,
                             &ignored) ||
           la_allocator_open("libmimalloc.so.2.0", "mi_malloc", "mi_free", &handle, calls, why);
}

static const char *mimalloc_version(void)
{
    static char text[32];
    int (*version)(void) = (int (*)(void))la_allocator_symbol(handle, "mi_version");
    int number = version ? version() : 0;

    if (number == 0)
        return "unknown";
    snprintf(text, sizeof text, "%d.%d.%d", number / 100, number / 10 % 10, number % 10);
    return text;
}

const struct la_allocator la_allocator_mimalloc = {
    .name = "mimalloc",
    .summary = "mimalloc 2: a heap per thread, free lists per page",
    .load = mimalloc_load,
    .version = mimalloc_version,
};
