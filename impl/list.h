/* SPDX-License-Identifier: MIT */
/* list.h: what the balancer and the WDM face need of the list beyond its public calls. */
#ifndef LOOKASIDE_LIST_H
#define LOOKASIDE_LIST_H

#include "lookaside.h"

/* lookaside_init() with the list's refreshed hook in place before anyone else can see the list; the
 * hook is called once before this returns. */
int la_list_init(struct lookaside *list, const struct lookaside_config *config,
                 void (*refreshed)(struct lookaside *list));

/* One tick of one list: policy, strategy's tick, trim, refresh. Any thread, several at once. */
void la_list_tick(struct lookaside *list, uint64_t now_ns);

/* Calls the list's refreshed hook, if it has one. */
void la_list_refresh(struct lookaside *list);

#endif
