/* SPDX-License-Identifier: MIT */
/*
 * usage.h: what a process has, read so that it stays level while nothing is left behind. Resident
 * memory is not what is allocated: the C library keeps the top of each thread's arena at its
 * highest level so far, a page stays as long as one block on it does, and other libraries give each
 * thread that forks something of its own. Over many runs of many threads these look like a leak
 * that gets slower. What is in use is the allocator's own account, and exact: all that lists, their
 * strategies and what tests them have allocated and not freed, to the byte. It includes what a
 * living thread has in its cache, so who reads has freed nothing himself.
 */
#ifndef LOOKASIDE_USAGE_H
#define LOOKASIDE_USAGE_H

#include <stdint.h>

struct stress_usage {
    uint64_t in_use_bytes;   /* of malloc, in the arena and mapped */
    uint64_t resident_bytes; /* of no file: what a program reads of itself as it goes on is not its
                                memory */
    uint64_t descriptors;
};

/* In a process that has one thread yet: from here on the C library has one arena, which can be
 * trimmed to what is in use, and what a thread's first fork makes is made. */
void stress_usage_begin(void);

/* Trims, then reads. With no other threads about. */
struct stress_usage stress_usage_now(void);

#endif
