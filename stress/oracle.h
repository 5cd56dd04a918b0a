/* SPDX-License-Identifier: MIT */
/*
 * oracle.h: knows who owns every block, and notices when a list forgets.
 *
 * Blocks come from one arena, and their owners are written down in a table beside it, so that a
 * block may be unmapped while its record stays. Every way of a block is reported here: from the
 * arena (obtain), to a caller (taken), back to the list (giving), to the arena (release). A block
 * that takes a way it cannot take was handed out twice, freed twice, or is not the list's at all;
 * a block that is nowhere at the end was lost.
 *
 *      outside --obtain--> fresh --taken--> owned <--pass--> owned
 *         ^                                  |  ^
 *         +----release---- held <--giving----+  |
 *                           +-------taken-------+
 *
 * A caller's blocks carry a stamp in their first and last words: nobody else may write there.
 *
 * Thread-safety: all but new, free and the census by any thread. The records are relaxed atomics
 * on purpose: the oracle must not order what the list fails to order, so that the thread sanitizer
 * sees two owners' stamps as ordered only if the list ordered them.
 */
#ifndef LOOKASIDE_ORACLE_H
#define LOOKASIDE_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oracle;

/* nr_blocks blocks of bytes each (a multiple of 16). With unmap, a block is mapped when it is
 * obtained and inaccessible from its release on. NULL without memory. */
struct oracle *oracle_new(size_t nr_blocks, size_t bytes, bool unmap);
void oracle_free(struct oracle *oracle);

/* For the allocate routine: a block, or NULL if all are out. */
void *oracle_obtain(struct oracle *oracle);
/* For the free routine. */
void oracle_release(struct oracle *oracle, void *entry);

/* For callers, numbered from 0: after an allocation; before a free; from one to another. */
void oracle_taken(struct oracle *oracle, void *entry, unsigned owner);
void oracle_giving(struct oracle *oracle, void *entry, unsigned owner);
void oracle_pass(struct oracle *oracle, void *entry, unsigned from, unsigned to);

/* Records a failure that the caller found. */
void oracle_fault(struct oracle *oracle, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

uint64_t oracle_nr_faults(const struct oracle *oracle);
const char *oracle_first_fault(const struct oracle *oracle); /* "" if there was none */

/* Where the blocks are; exact when nobody is inside a call. */
struct oracle_census {
    uint64_t outside, fresh, held, owned;
    uint64_t obtained, released; /* ever */
};
struct oracle_census oracle_count(struct oracle *oracle);

#endif
