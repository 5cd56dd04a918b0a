/* SPDX-License-Identifier: MIT */
/*
 * memcheck.h: what valgrind's memcheck is told of a list's entries. While the list holds one it may
 * not be touched, and a block of a name lies there that the report shows, with the stack that freed
 * the entry. (Pools of memcheck's own are of no use here: it describes an address by the block of
 * the heap that the entry lies in first, and among the pool's freed blocks by the oldest.)
 *
 * Requests are made only by lists that found memcheck at init (checked.h): they are a few
 * instructions that do nothing elsewhere, but not none. Without the header at build time nothing
 * is compiled in.
 */
#ifndef LOOKASIDE_MEMCHECK_H
#define LOOKASIDE_MEMCHECK_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#define LA_HAS_MEMCHECK 1
#endif
#endif

#ifdef LA_HAS_MEMCHECK
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <valgrind/memcheck.h>

/* Memcheck, not just any of valgrind's tools: only it answers this. */
static inline bool la_memcheck_runs(void)
{
    static char byte;

    return VALGRIND_MAKE_MEM_DEFINED(&byte, 1) != 0;
}

/* The list has the entry; the block's number is returned. */
static inline unsigned la_memcheck_given(void *entry, size_t size, const char *name)
{
    (void)VALGRIND_MAKE_MEM_NOACCESS(entry, size);
    return VALGRIND_CREATE_BLOCK(entry, size, name);
}

/* It no longer has: the library, or a routine of the list's, may do what it likes. */
static inline void la_memcheck_taken(void *entry, size_t size, unsigned block)
{
    (void)VALGRIND_DISCARD(block);
    (void)VALGRIND_MAKE_MEM_DEFINED(entry, size);
}

/* The program gets it, with nothing in it that it could rely on. */
static inline void la_memcheck_undefined(void *entry, size_t size)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(entry, size);
}

static inline void la_memcheck_open_up(void *bytes, size_t size)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(bytes, size);
}

static inline void la_memcheck_forbid(void *bytes, size_t size)
{
    (void)VALGRIND_MAKE_MEM_NOACCESS(bytes, size);
}

/* Reports a free of memory that may not be touched; false then. */
static inline bool la_memcheck_may_free(void *entry, size_t size)
{
    return VALGRIND_CHECK_MEM_IS_ADDRESSABLE(entry, size) == 0;
}
#pragma GCC diagnostic pop

#else

static inline bool la_memcheck_runs(void)
{
    return false;
}

#define la_memcheck_given(entry, size, name) ((void)(name), 0U)
#define la_memcheck_taken(entry, size, block) ((void)(block))
#define la_memcheck_undefined(entry, size) ((void)(entry))
#define la_memcheck_open_up(bytes, size) ((void)(bytes))
#define la_memcheck_forbid(bytes, size) ((void)(bytes))
#define la_memcheck_may_free(entry, size) ((void)(entry), true)

#endif

#endif
