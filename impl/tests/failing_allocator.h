/* SPDX-License-Identifier: MIT */
/*
 * failing_allocator.h: for tests, the C library's allocator as the linker wraps it
 * (--wrap=malloc,--wrap=calloc,--wrap=aligned_alloc): it fails when the test says so.
 */
#ifndef LOOKASIDE_FAILING_ALLOCATOR_H
#define LOOKASIDE_FAILING_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

/* The test's own: whether this allocation fails. Asked once for each, by the allocating thread. */
bool allocation_fails(void);

/* malloc() that is not asked about. */
void *allocate_surely(size_t size);

#endif
