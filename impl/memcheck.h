/* SPDX-License-Identifier: MIT */
/*
 * memcheck.h: what valgrind's memcheck is told of a list's entries: the list is a pool, an entry
 * that the program has is a block of it, and one that the list holds is a freed block. So a use
 * after free is reported with the stacks that allocated and freed the entry in the list.
 *
 * Requests are made only by lists that found memcheck at init (checked.h): they are a few
 * instructions that do nothing elsewhere, but not none. Without the header at build time nothing
 * is compiled in.
 */
#ifndef LOOKASIDE_MEMCHECK_H
#define LOOKASIDE_MEMCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#define LA_HAS_MEMCHECK 1
#endif
#endif

#ifdef LA_HAS_MEMCHECK
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <valgrind/memcheck.h>
#pragma GCC diagnostic pop

/* Memcheck, not just any of valgrind's tools: only it answers this. */
static inline bool la_memcheck_runs(void)
{
    static char byte;

    return VALGRIND_MAKE_MEM_DEFINED(&byte, 1) != 0;
}

static inline void la_memcheck_open(const void *pool)
{
    VALGRIND_CREATE_MEMPOOL(pool, 0, 0);
}

/* Every block must have left. */
static inline void la_memcheck_close(const void *pool)
{
    VALGRIND_DESTROY_MEMPOOL(pool);
}

/* The entry is a block from here on, its contents undefined. */
static inline void la_memcheck_taken(const void *pool, void *entry, size_t size)
{
    VALGRIND_MEMPOOL_ALLOC(pool, entry, size);
}

/* Freed: not to be touched. Of no block, that is an error which memcheck reports. */
static inline void la_memcheck_given(const void *pool, void *entry)
{
    VALGRIND_MEMPOOL_FREE(pool, entry);
}

/* The library, or a routine of the list's, may read and write it. */
static inline void la_memcheck_open_up(void *entry, size_t size)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(entry, size);
}

static inline void la_memcheck_forbid(void *entry, size_t size)
{
    (void)VALGRIND_MAKE_MEM_NOACCESS(entry, size);
}

/* What is known of the bytes, to be put back; NULL if some may not be touched, or without memory.
 */
static inline void *la_memcheck_bits(void *entry, size_t size)
{
    void *bits = malloc(size);

    if (bits && VALGRIND_GET_VBITS(entry, bits, size) == 1)
        return bits;
    free(bits);
    return NULL;
}

static inline void la_memcheck_put_bits(void *entry, size_t size, void *bits)
{
    if (bits)
        (void)VALGRIND_SET_VBITS(entry, bits, size);
    free(bits);
}

#else

static inline bool la_memcheck_runs(void)
{
    return false;
}

#define la_memcheck_open(pool) ((void)(pool))
#define la_memcheck_close(pool) ((void)(pool))
#define la_memcheck_taken(pool, entry, size) ((void)(pool))
#define la_memcheck_given(pool, entry) ((void)(pool))
#define la_memcheck_open_up(entry, size) ((void)(entry))
#define la_memcheck_forbid(entry, size) ((void)(entry))
#define la_memcheck_bits(entry, size) NULL
#define la_memcheck_put_bits(entry, size, bits) ((void)(bits))

#endif

#endif
