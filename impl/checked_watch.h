/* SPDX-License-Identifier: MIT */
/* checked_watch.h: what the two files of watched lists share: checked.c what is done to entries,
 * checked_lists.c what is done to lists. */
#ifndef LOOKASIDE_CHECKED_WATCH_H
#define LOOKASIDE_CHECKED_WATCH_H

#include "checked.h"
#include "checked_entries.h"

/* Never changes while the list lives. */
struct la_watch {
    struct la_list_name name;
    size_t storage_bytes; /* of the list when it began */
    char freed_name[64];  /* what memcheck calls held entries */
    lookaside_allocate_fn *allocate;
    lookaside_free_fn *free;
    size_t room;  /* bytes of canary behind entries that allocate gave */
    size_t saved; /* bytes of a held entry that are overwritten */
    bool checks, adopts;
    bool memcheck; /* with or without checks */
};

/* The operations of watched lists. */
void *la_watched_take(struct lookaside *list);
void la_watched_give(struct lookaside *list, void *entry);

/* In place of the list's routines: they handle records. */
void *la_watched_allocate(struct lookaside *list, size_t size);
void la_watched_free(struct lookaside *list, void *kept);

/* A list that is checked begins, and ends: from here to there its storage may not be freed. */
void la_places_add(const struct la_watch *watch);
void la_places_remove(const struct la_watch *watch);

/* Once, before the first of them: where a sanitizer frees, it asks lookaside_may_free(). */
void la_frees_hook(void);

#endif
