/* SPDX-License-Identifier: MIT */
/*
 * frees.c: free(), realloc() and munmap() for programs that are searched for mistakes: they ask
 * lookaside_may_free() or lookaside_may_release() and go on to the functions that they stand
 * before. An archive and a shared object of their own, which no program has unless it asks for
 * them.
 *
 * The functions behind are those of whatever allocator comes next, found by dlsym(). It may free
 * something itself, and the dynamic linker frees before any constructor has run.
 */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lookaside.h"

/* Preloaded, this is in processes without the library as well. */
#pragma weak lookaside_may_free
#pragma weak lookaside_may_release

#define INTERPOSES __attribute__((visibility("default")))

typedef void any_fn(void);
typedef void free_fn(void *memory);
typedef void *realloc_fn(void *memory, size_t size);
typedef int munmap_fn(void *start, size_t bytes);

enum { FREE, REALLOC, MUNMAP, NR };

static const char *const names[NR] = {[FREE] = "free", [REALLOC] = "realloc", [MUNMAP] = "munmap"};
static _Atomic(any_fn *) found[NR];

/* In the static part of the thread's storage: no first use that allocates. */
static _Thread_local bool searches __attribute__((tls_model("initial-exec")));

/* NULL inside a search of this thread's. */
static any_fn *search(int function)
{
    int error = errno;
    any_fn *next;
    void *address;

    if (searches)
        return NULL;
    searches = true;
    address = dlsym(RTLD_NEXT, names[function]);
    searches = false;
    errno = error;
    memcpy(&next, &address, sizeof next);
    /* Relaxed: the address of code orders nothing, and all find the same. */
    atomic_store_explicit(&found[function], next, memory_order_relaxed);
    return next;
}

static any_fn *next_of(int function)
{
    any_fn *next = atomic_load_explicit(&found[function], memory_order_relaxed);

    return next ? next : search(function);
}

/* Not in a signal handler's munmap(). */
__attribute__((constructor)) static void search_all(void)
{
    for (int function = 0; function < NR; function++)
        (void)next_of(function);
}

static inline __attribute__((always_inline)) bool may_free(void *memory)
{
    return !lookaside_may_free || lookaside_may_free(memory);
}

INTERPOSES void free(void *ptr)
{
    free_fn *next;

    if (!may_free(ptr))
        return;
    next = (free_fn *)next_of(FREE);
    /* The few bytes that a search would free are lost. */
    if (next)
        next(ptr);
}

/* The hook let it pass: the list lives on where it is. */
static void *copy(const void *memory, size_t old_size, size_t size)
{
    void *copied = size > 0 ? malloc(size) : NULL;

    if (copied)
        memcpy(copied, memory, size < old_size ? size : old_size);
    return copied;
}

INTERPOSES void *realloc(void *ptr, size_t size)
{
    realloc_fn *next;

    if (!may_free(ptr))
        return copy(ptr, malloc_usable_size(ptr), size);
    next = (realloc_fn *)next_of(REALLOC);
    return next ? next(ptr, size) : NULL;
}

INTERPOSES int munmap(void *addr, size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    munmap_fn *next;

    if (lookaside_may_release && !lookaside_may_release(addr, (len + page - 1) & ~(page - 1)))
        return 0;
    next = (munmap_fn *)next_of(MUNMAP);
    return next ? next(addr, len) : -1;
}
