/* SPDX-License-Identifier: MIT */
/* registry.c: the table of allocators, and what their files share; see allocator.h. */
#include "allocator.h"

#include <dlfcn.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

#define LOOKASIDE_ALLOCATOR(name) extern const struct la_allocator la_allocator_##name;
#include "allocators.def"
#undef LOOKASIDE_ALLOCATOR

static const struct la_allocator *const allocators[] = {
#define LOOKASIDE_ALLOCATOR(name) &la_allocator_##name,
#include "allocators.def"
#undef LOOKASIDE_ALLOCATOR
};

const struct la_allocator *la_allocator_at(size_t index)
{
    return index < sizeof allocators / sizeof *allocators ? allocators[index] : NULL;
}

const struct la_allocator *la_allocator_find(const char *name)
{
    const struct la_allocator *allocator;

    for (size_t i = 0; (allocator = la_allocator_at(i)); i++) {
        if (strcmp(allocator->name, name) == 0)
            return allocator;
    }
    return NULL;
}

const char *la_object_of(void (*function)(void))
{
    void *address;
    Dl_info info;

    /* A function's address as a data pointer: what dladdr takes, in the system's own terms. */
    memcpy(&address, &function, sizeof address);
    return dladdr(address, &info) ? info.dli_fname : NULL;
}

const char *la_allocator_object(const struct la_allocator *allocator)
{
    struct la_allocator_calls calls;
    const char *why;

    return allocator->load(&calls, &why) ? la_object_of((void (*)(void))calls.allocate) : NULL;
}

void (*la_allocator_symbol(void *handle, const char *name))(void)
{
    void *address = dlsym(handle, name);
    void (*function)(void) = NULL;

    memcpy(&function, &address, sizeof function);
    return function;
}

/* What a library allocates when it starts is its own and lasts: no leak of ours. */
static void *open_object(const char *file)
{
    void *handle;

#if defined(__SANITIZE_ADDRESS__)
    __lsan_disable();
#endif
    handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
#if defined(__SANITIZE_ADDRESS__)
    __lsan_enable();
#endif
    return handle;
}

/* The object, opened once, and its function to allocate. */
static bool open_allocate(const char *file, const char *allocate, void **handle,
                          struct la_allocator_calls *calls, const char **why)
{
    *calls = (struct la_allocator_calls){0};
    if (!*handle)
        *handle = open_object(file);
    if (*handle)
        calls->allocate = (void *(*)(size_t))la_allocator_symbol(*handle, allocate);
    else
        *why = dlerror();
    return *handle != NULL;
}

static bool complete(const struct la_allocator_calls *calls, const char **why)
{
    if (calls->allocate && (calls->release || calls->release_sized))
        return true;
    *why = "the library lacks the expected functions";
    return false;
}

bool la_allocator_open(const char *file, const char *allocate, const char *release, void **handle,
                       struct la_allocator_calls *calls, const char **why)
{
    if (!open_allocate(file, allocate, handle, calls, why))
        return false;
    calls->release = (void (*)(void *))la_allocator_symbol(*handle, release);
    return complete(calls, why);
}

bool la_allocator_open_sized(const char *file, const char *allocate, const char *release,
                             void **handle, struct la_allocator_calls *calls, const char **why)
{
    if (!open_allocate(file, allocate, handle, calls, why))
        return false;
    calls->release_sized = (void (*)(size_t, void *))la_allocator_symbol(*handle, release);
    return complete(calls, why);
}
