/* SPDX-License-Identifier: MIT */
/*
 * oracle.h: knows who owns every block, and notices when a list forgets.
 *
 * Blocks of all lists of a run come from one arena, and what is known of each is written down in
 * a table beside it, so that a block may be unmapped while its record stays: where it is, of which
 * list it is, who owns it, and a serial number that goes up with every allocation. Every way of a
 * block is reported here: from the arena (obtain), to a caller (taken), back to the list (giving),
 * to the arena (release). A block that takes a way it cannot take was handed out twice, freed
 * twice, or is another list's; a block that is nowhere at the end was lost.
 *
 *      outside --obtain--> fresh --taken--> owned <--pass--> owned
 *         ^                                  |  ^
 *         +----release---- held <--giving----+  |
 *                           +-------taken-------+
 *
 * The record also stands in the block, in its first two words and its last: nobody but the caller
 * may write there. While a list holds the block it may write to the first 8 bytes alone, so the
 * other two words are looked at again when the block leaves.
 *
 * Thread-safety: all but new and free by any thread and in signal handlers; the count is exact
 * when nobody is inside a call. Records are read and written by relaxed atomics that are no
 * read-modify-writes: an instruction with a lock prefix would be the fence that the list forgot,
 * and the thread sanitizer is to see two owners' words as ordered only if the list ordered them.
 * Two callers who take a block at the same instant may both find it free; whoever gives it back
 * first finds the other's record.
 */
#ifndef LOOKASIDE_ORACLE_H
#define LOOKASIDE_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oracle;

enum { ORACLE_MAX_LISTS = 1 << 14, ORACLE_MAX_OWNERS = 1 << 16 };

/* nr_blocks blocks of bytes each (a multiple of 16, at least 32) for nr_lists lists. With unmap, a
 * block is mapped when it is obtained and inaccessible from its release on. NULL without memory. */
struct oracle *oracle_new(size_t nr_lists, size_t nr_blocks, size_t bytes, bool unmap);
void oracle_free(struct oracle *oracle);

/* For the allocate routine of a list, numbered from 0: a block, or NULL if all are out. */
void *oracle_obtain(struct oracle *oracle, unsigned list);
/* For its free routine. */
void oracle_release(struct oracle *oracle, unsigned list, void *entry);

/* For callers, numbered from 0: after an allocation; before a free; from one to another. */
void oracle_taken(struct oracle *oracle, unsigned list, void *entry, unsigned owner);
void oracle_giving(struct oracle *oracle, unsigned list, void *entry, unsigned owner);
void oracle_pass(struct oracle *oracle, unsigned list, void *entry, unsigned from, unsigned to);

/* Looks at a block that the caller owns, as giving does, and leaves it where it is. */
void oracle_look(struct oracle *oracle, unsigned list, const void *entry, unsigned owner);

/* Records a failure that the caller found. */
void oracle_fault(struct oracle *oracle, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

uint64_t oracle_nr_faults(const struct oracle *oracle);
const char *oracle_first_fault(const struct oracle *oracle); /* "" if there was none */

/* Where one list's blocks are. At any quiet moment obtained = released + fresh + held + owned. */
struct oracle_census {
    uint64_t fresh, held, owned;
    uint64_t obtained, released; /* ever */
    uint64_t outside;            /* in the arena, of no list */
};
struct oracle_census oracle_count(struct oracle *oracle, unsigned list);

#endif
