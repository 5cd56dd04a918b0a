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

#include "lookaside.h"

void la_live_add(struct lookaside *list);
void la_live_remove(struct lookaside *list);

/* Whether this very storage holds a live list. */
bool la_live_contains(const struct lookaside *list);

#endif
