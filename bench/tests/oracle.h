/* SPDX-License-Identifier: MIT */
/*
 * oracle.h: an allocator, and a strategy in front of it, that know where every object is: out with
 * whom, held by a list, or gone. An object that is handed out twice, freed twice, or freed when it
 * was never handed out, is a fault.
 */
#ifndef LA_TEST_ORACLE_H
#define LA_TEST_ORACLE_H

#include <stddef.h>
#include <stdint.h>

#include "strategy.h"

struct oracle {
    uint64_t allocated, released; /* by the allocator */
    uint64_t out, back;           /* handed to a thread, by allocator or strategy; come back */
    uint64_t remote;              /* come back from another thread than they went to */
    uint64_t most;                /* out at once */
    uint64_t faults;
};

void oracle_reset(void);
struct oracle oracle_now(void);

/* Who the calling thread is; a thread that takes another's place is that one. */
void oracle_i_am(unsigned thread);

void *oracle_allocate(size_t size);
void oracle_release(void *object);

/* Behind lists: an entry is out once it reaches the caller. */
void *oracle_miss(struct lookaside *list, size_t size);
void oracle_free(struct lookaside *list, void *entry);

extern const struct lookaside_strategy oracle_strategy;

#endif
