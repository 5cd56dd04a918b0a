/* SPDX-License-Identifier: MIT */
/* bind_caller.c: compiled with LOOKASIDE_BIND, once for each caller; CALLER names which. */
#include "bind_caller.h"

static void *caller_alloc(struct lookaside *list)
{
    return lookaside_alloc(list);
}

static void caller_free(struct lookaside *list, void *entry)
{
    lookaside_free(list, entry);
}

const struct bind_caller CALLER = {.alloc = caller_alloc, .free = caller_free};
