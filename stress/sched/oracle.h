/* SPDX-License-Identifier: MIT */
/*
 * oracle.h: what must hold of entries, the limit and the statistics in every interleaving. It
 * knows of each entry who has it: the routine's caller, a thread, the list, or the free routine,
 * which has its memory for good: nobody may look at it again.
 */
#ifndef LOOKASIDE_SCHED_ORACLE_H
#define LOOKASIDE_SCHED_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lookaside.h"

enum { ORACLE_ENTRIES = 96, ORACLE_BYTES = 64 };

/* The list's routines. */
void *oracle_allocate(struct lookaside *list, size_t bytes);
void oracle_release(struct lookaside *list, void *memory);

/* Around calls: an entry that a thread got, gives, and gave; how many it asks for. */
void oracle_alloc_begins(unsigned nr);
void oracle_alloc_ends(unsigned nr, void *const *entries, unsigned got);
void oracle_free_begins(unsigned nr, void *const *entries);
void oracle_free_ends(unsigned nr, void *const *entries);
void oracle_removal_begins(void); /* flush, trim, set-depth, ticks, the end */
void oracle_removal_ends(void);
unsigned oracle_flush_begins(void);     /* the same for a flush; its number */
void oracle_flush_ends(unsigned flush); /* also: it brought all that was there */
void oracle_tick_begins(void); /* of a list with a fixed depth: removes nothing by itself */
void oracle_stats_begin(void); /* one at a time */
void oracle_stats_end(const struct lookaside_stats *stats); /* they show nothing twice */
void oracle_limit(uint32_t limit);                          /* that set-depth has set */

/* The code under test reads or writes the link of an entry. */
void oracle_link_read(const void *memory);
void oracle_link_write(const void *memory);

/* Nobody else is in a call: statistics are exact, nothing is lost, the whole limit is there. */
void oracle_check_quiet(struct lookaside *list);
/* The same after the list has ended. */
void oracle_check_end(void);

/* Entries by name, all else as numbers. One of a few buffers. */
const char *oracle_describe(uint64_t value);

void oracle_keep(void);
void oracle_put_back(void);
/* A new list: no entries yet, and this limit. */
void oracle_begin(uint32_t limit);

#endif
