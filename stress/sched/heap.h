/* SPDX-License-Identifier: MIT */
/*
 * heap.h: the memory of the code under test: one piece after the other, none used twice, so that
 * addresses depend on the interleaving alone, and who uses memory that was freed is found.
 */
#ifndef LOOKASIDE_SCHED_HEAP_H
#define LOOKASIDE_SCHED_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed if asked for, else filled with rubbish; NULL when all is used up. */
void *heap_alloc(size_t align, size_t bytes, bool zeroed);

/* Fails the interleaving if it is in the heap and was freed, or never allocated. */
void heap_check(const void *at, size_t bytes);

/* The distance from the heap's beginning, or -1: not in the heap. */
ptrdiff_t heap_offset(const void *at);

void heap_keep(void);
void heap_put_back(void);

#endif
