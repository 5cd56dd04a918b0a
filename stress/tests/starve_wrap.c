/* SPDX-License-Identifier: MIT */
/*
 * starve_wrap.c: the allocator as the linker wraps it (--wrap): it fails where starve.h says so.
 * The names are the linker's.
 */
#include <stddef.h>

#include "starve.h"

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void *__real_malloc(size_t size);
void *__real_calloc(size_t nr, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t nr, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);

void *__wrap_malloc(size_t size)
{
    return stress_starved() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t nr, size_t size)
{
    return stress_starved() ? NULL : __real_calloc(nr, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
    return stress_starved() ? NULL : __real_aligned_alloc(align, size);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
