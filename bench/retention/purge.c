/* SPDX-License-Identifier: MIT */
/*
 * purge.c: see purge.h. The functions are found in the objects that are loaded already; jemalloc's
 * own object exports no other names than those of its calls.
 */
#include "purge.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stddef.h>
#include <string.h>

enum { TBBMALLOC_CLEAN_ALL_BUFFERS = 0 };

static void purge_tcmalloc(void (*function)(void))
{
    function();
}

static void purge_mimalloc(void (*function)(void))
{
    ((void (*)(bool force))function)(true);
}

static void purge_tbbmalloc(void (*function)(void))
{
    ((int (*)(int command, void *parameter))function)(TBBMALLOC_CLEAN_ALL_BUFFERS, NULL);
}

static const struct {
    const char *allocator, *function;
    void (*call)(void (*function)(void));
} purges[] = {
    {"tcmalloc", "MallocExtension_ReleaseFreeMemory", purge_tcmalloc},
    {"mimalloc", "mi_collect", purge_mimalloc},
    {"tbbmalloc", "scalable_allocation_command", purge_tbbmalloc},
};

bool la_purge(const struct la_allocator *allocator)
{
    const char *object = la_allocator_object(allocator);
    void (*function)(void);
    void *handle;

    if (strcmp(allocator->name, "glibc") == 0) {
        malloc_trim(0);
        return true;
    }
    handle = object ? dlopen(object, RTLD_NOW | RTLD_NOLOAD) : NULL;
    for (size_t i = 0; handle && i < sizeof purges / sizeof *purges; i++) {
        if (strcmp(purges[i].allocator, allocator->name) != 0)
            continue;
        function = la_allocator_symbol(handle, purges[i].function);
        if (function)
            purges[i].call(function);
        return function != NULL;
    }
    return false;
}
