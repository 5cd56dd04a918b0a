/* SPDX-License-Identifier: MIT */
/*
 * bind_caller.h: two callers that are bound to one strategy. `same` was compiled with the header of
 * this library, `other` with one of another layout, as after an update of the library alone.
 */
#ifndef LOOKASIDE_BIND_CALLER_H
#define LOOKASIDE_BIND_CALLER_H

#include "lookaside.h"

struct bind_caller {
    void *(*alloc)(struct lookaside *list);
    void (*free)(struct lookaside *list, void *entry);
};

extern const struct bind_caller bind_caller_same, bind_caller_other;

#endif
