/* SPDX-License-Identifier: MIT */
/* bound_caller.c: alloc and free with the fast path of one strategy compiled in. Built once for
 * each strategy that has one, with LOOKASIDE_BIND and the caller's name, BOUND_CALLER, defined. */
#include "scenario.h"

#define QUOTED(name) QUOTED_TEXT(name)
#define QUOTED_TEXT(name) #name

static void *bound_alloc(struct lookaside *list)
{
    return lookaside_alloc(list);
}

static void bound_free(struct lookaside *list, void *entry)
{
    lookaside_free(list, entry);
}

extern const struct stress_caller BOUND_CALLER;
const struct stress_caller BOUND_CALLER = {
    .strategy = QUOTED(LOOKASIDE_BIND),
    .alloc = bound_alloc,
    .free = bound_free,
};
