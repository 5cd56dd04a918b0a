/* SPDX-License-Identifier: MIT */
/* failing_allocator.c: see failing_allocator.h. The names are the linker's. */
#include "failing_allocator.h"

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void *__real_malloc(size_t size);
void *__real_calloc(size_t nr, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t nr, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);

void *__wrap_malloc(size_t size)
{
    return allocation_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t nr, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(nr, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
    return allocation_fails() ? NULL : __real_aligned_alloc(align, size);
}

void *allocate_surely(size_t size)
{
    return __real_malloc(size);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
