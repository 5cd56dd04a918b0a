/* SPDX-License-Identifier: MIT */
/*
 * checked_entries.h: the records of watched lists' entries, found by address.
 *
 * A watched list (checked.h) gives its strategy the record in place of the entry. So the link that
 * a strategy keeps in an entry lies in the record, no byte of a held entry is the strategy's, and
 * a program that writes there, or frees an entry twice, cannot harm the list that is to tell it.
 *
 *   OUT   the program has it                 HELD   the list has it
 *   GONE  it left through the free routine; the record stays for a while, so that a second free is
 *         known as one
 *
 * Locks are held for a few steps only: with signals blocked, so that a handler may use lists, and
 * over fork(), so that the child may.
 */
#ifndef LOOKASIDE_CHECKED_ENTRIES_H
#define LOOKASIDE_CHECKED_ENTRIES_H

#include <signal.h>

#include "finding.h"
#include "live.h"

enum la_entry_state { LA_ENTRY_OUT, LA_ENTRY_HELD, LA_ENTRY_GONE };

struct la_entry {
    void *link; /* the strategy's */
    /* The entry's address, hidden from leak checkers: who loses an entry is to be told so. In plain
     * while the list holds it, else NULL. */
    uintptr_t hidden;
    unsigned char *held;
    const struct la_watch *watch; /* lives as long as its records are in the table */
    size_t size;                  /* of the entry */
    enum la_entry_state state;
    size_t room;                    /* bytes of canary behind the entry */
    struct la_entry *next;          /* in its chain */
    struct la_entry *newer, *older; /* GONE: in the order of leaving */
    struct la_stack allocated, freed;
    unsigned memcheck_block;
    unsigned char *saved; /* what the entry held when it was freed; behind the record */
};

static inline unsigned char *la_entry_address(const struct la_entry *record)
{
    return (unsigned char *)~record->hidden; // NOLINT(performance-no-int-to-ptr)
}

/* A part of the table, locked. */
struct la_entries {
    struct la_entries_part *part;
    sigset_t before;
};

/* Locks the part that knows the address; to be unlocked on the same thread. */
struct la_entries la_entries_lock(const void *entry);
void la_entries_unlock(struct la_entries *entries);

/* Under the lock: the record, or NULL. */
struct la_entry *la_entries_find(const struct la_entries *entries, const void *entry);

/* Under the lock: adds one; takes one out, in whatever state. */
void la_entries_add(struct la_entries *entries, struct la_entry *record);
void la_entries_remove(struct la_entries *entries, struct la_entry *record);

/* Under the lock: it is GONE from here on. Another one, gone the longest, is freed for it once
 * there are many. */
void la_entries_bury(struct la_entries *entries, struct la_entry *record);

/* Without a lock: whether the address lies in a known entry, and a copy of its record. */
bool la_entries_around(const void *address, struct la_entry *copy);

/* Without a lock: takes out and frees all records of the watch. */
void la_entries_forget(const struct la_watch *watch);

#endif
