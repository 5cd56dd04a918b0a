/* SPDX-License-Identifier: MIT */
/*
 * live.h: the process-wide set of live lists, for ticks and for who wants to see them all.
 *
 * A walker pins the list it stands on, with no lock held while it works there, so that routines
 * called by a tick may make and end other lists. la_live_remove() waits until nobody stands on the
 * list: after it no background thread touches the storage.
 */
#ifndef LOOKASIDE_LIVE_H
#define LOOKASIDE_LIVE_H

#include "finding.h"

void la_live_add(struct lookaside *list);
void la_live_remove(struct lookaside *list);

/* Whether this very storage holds a live list. */
bool la_live_contains(const struct lookaside *list);

/* What a report says of a list; good also when the list has ended. */
struct la_list_name {
    const void *storage; /* of a list with Windows names, what the program knows as the list */
    size_t size;
    uint32_t tag;
    bool windows, checked;
    struct la_stack begun; /* where a checked one was initialised */
};

/* A live list with bytes of its storage in the range; NULL if there is none. Its name is copied,
 * since it may end at once. */
struct lookaside *la_live_within(const void *start, size_t bytes, struct la_list_name *name);

/* The same for any place, with whatever locks held: also false if that cannot be told soon. */
bool la_live_seen_within(const void *start, size_t bytes, struct la_list_name *name);

/* The nth live list's name; false past the last. Nothing is held between two calls, so that hooks
 * may end lists. */
bool la_live_nth(size_t nth, struct la_list_name *name);

/* From here on the list's storage is another's: no range has bytes of it. */
void la_live_disown(struct lookaside *list);

struct la_list_name la_list_name(const struct lookaside *list);

#endif
