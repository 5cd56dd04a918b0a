/* SPDX-License-Identifier: MIT */
/* list.h: what the balancer and the WDM face need of the list beyond its public calls. */
#ifndef LOOKASIDE_LIST_H
#define LOOKASIDE_LIST_H

#include "lookaside.h"

/* Whose list it is, if not the native interface's. */
struct la_list_owner {
    void (*refreshed)(struct lookaside *list); /* see struct lookaside */
    const void *storage;                       /* what the program knows as the list */
    size_t storage_bytes;
};

/* lookaside_init() with the owner in place before anyone else can see the list; its hook is called
 * once before this returns. NULL: the native interface. */
int la_list_init(struct lookaside *list, const struct lookaside_config *config,
                 const struct la_list_owner *owner);

/* Frees many, the first of them first, without a look at what they are. */
void la_list_keep(struct lookaside *list, void *const *entries, size_t nr);

/* One tick of one list: policy and strategy's tick. Any thread, several at once. Gives the surplus,
 * which la_list_release() must get; then la_list_refresh(). */
__attribute__((warn_unused_result)) void *la_list_tick(struct lookaside *list, uint64_t now_ns);

/* Gives drained entries to the free routine: no lock may be held. How many they were. */
size_t la_list_release(struct lookaside *list, void *surplus);

/* Calls the list's refreshed hook, if it has one. */
void la_list_refresh(struct lookaside *list);

#endif
