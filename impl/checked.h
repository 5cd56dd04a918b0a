/* SPDX-License-Identifier: MIT */
/*
 * checked.h: watched lists: those that check what their callers do (lookaside.h says what for), and
 * all lists under valgrind's memcheck.
 *
 * A watched list has other operations in its pointers, set once at init, and is bound for nobody:
 * an ordinary list pays nothing. The operations give the strategy a record in place of each entry
 * (checked_entries.h) and go on to the strategy's own pop and push; the list's routines are wrapped
 * likewise, so that whatever leaves by whichever way is looked at once more.
 */
#ifndef LOOKASIDE_CHECKED_H
#define LOOKASIDE_CHECKED_H

#include "checked_entries.h"

/* Whether all lists of this process are to be checked, by its environment. */
bool la_checks_all(void);

/* Makes a list that is all set up watched, if the flags or the process ask for that; 0 or
 * -ENOMEM. The list is not in use yet. */
int la_watch_open(struct lookaside *list, uint32_t flags);

/* Whether the list is checked, rather than only watched for memcheck. */
bool la_watch_checks(const struct lookaside *list);

/* Where a checked list was initialised; NULL: it is not checked. */
const struct la_stack *la_watch_begun(const struct lookaside *list);

/* A finding about a list as a whole, told from here. */
void la_tell_of_list(enum lookaside_finding_kind kind, const char *what,
                     const struct la_list_name *name);

/* Memory with a live list in it is freed: the finding, told from the frame that returns to from. */
void la_tell_of_freed(const void *memory, const struct la_list_name *name, const void *from);

/* From here on checked lists left at exit are findings; those with Windows names if windows, asked
 * then, says so. NULL: as before. */
typedef bool la_asks_fn(void);
void la_look_at_exit(la_asks_fn *windows);

/* The list has ended. */
void la_watch_close(struct lookaside *list);

/* Before a list is made at list, with these flags: a live one there is found, and abandoned. */
void la_watch_evict(struct lookaside *list, uint32_t flags);

/* Before a list ends: false if there is none. */
bool la_watch_may_end(struct lookaside *list);

/* For the bulk calls on watched lists: records that were taken become entries; entries go into the
 * list. */
void la_watch_taken(struct lookaside *list, void **records, size_t nr);
void la_watch_free_bulk(struct lookaside *list, void *const *entries, size_t nr);

#endif
