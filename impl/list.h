/* SPDX-License-Identifier: MIT */
/* list.h: what the balancer and the WDM face need of the list beyond its public calls. */
#ifndef LOOKASIDE_LIST_H
#define LOOKASIDE_LIST_H

#include "lookaside.h"

/* One tick of one list: policy, strategy's tick, trim, refresh. Any thread, several at once. */
void la_list_tick(struct lookaside *list, uint64_t now_ns);

/* Calls the list's refreshed hook, if it has one. */
void la_list_refresh(struct lookaside *list);

#endif
