/* SPDX-License-Identifier: MIT */
/*
 * contender.h: what is compared: a strategy in front of an allocator, an allocator called
 * directly, the same allocator once more under another name (the A/A twin), a strategy compiled
 * into the loop, a peer of a strategy (peer.h) in its place, or one of the two references: the
 * floor, and an array per thread, inlined or called.
 */
#ifndef LA_CONTENDER_H
#define LA_CONTENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "allocator.h"
#include "lookaside.h"
#include "workload.h"

enum { LA_CONTENDER_NAME_BYTES = 64 };

enum la_contender_role {
    LA_ROLE_LIST,
    LA_ROLE_BOUND, /* a list that the loop is bound to: its fast path inlined */
    LA_ROLE_MALLOC,
    LA_ROLE_TWIN,
    LA_ROLE_ARRAY,        /* the inlined array of tl_array.h */
    LA_ROLE_CALLED_ARRAY, /* the same array, called */
    LA_ROLE_FLOOR,
    LA_ROLE_PEER,
};

struct la_contender {
    char name[LA_CONTENDER_NAME_BYTES]; /* "spinlock+glibc", "malloc+glibc", "floor" */
    enum la_contender_role role;
    const struct lookaside_strategy *strategy; /* of a list or peer */
    const struct la_allocator *allocator;      /* NULL for the floor */
    struct la_allocator_calls calls;           /* the floor's depend on the workload */
};

/* "list", "bound", "malloc", "malloc-aa", "tl-array", "tl-array-called", "floor" or "peer": the
 * label of its rows. */
const char *la_contender_label(const struct la_contender *contender);

/* Whether it is one of the two arrays, which take no more than LA_TL_ARRAY_SLOTS objects. */
bool la_contender_is_array(const struct la_contender *contender);

/* Whether it runs behind a struct lookaside: lists, dispatched or bound, and peers. */
bool la_contender_has_list(const struct la_contender *contender);

/* Which of the stamped loops runs it. */
enum la_kind la_contender_loop(const struct la_contender *contender);

struct la_contender la_contender_floor(void);

/* False with *why set if the allocator cannot be loaded, or if there is nothing to bind to here.
 * strategy is needed for lists and peers only. */
bool la_contender_make(struct la_contender *contender, enum la_contender_role role,
                       const struct lookaside_strategy *strategy,
                       const struct la_allocator *allocator, const char **why);

/* A list whose misses go to an allocator. */
struct la_contender_list {
    struct lookaside list;
    struct la_allocator_calls calls;
};

/* What a contender's list is made of; the routines reach the calls through la_contender_list. */
struct lookaside_config la_contender_list_config(const struct la_contender *contender, size_t size,
                                                 uint32_t depth,
                                                 const struct lookaside_policy *policy);

/* Makes the list of a contender that has one: fixed at depth (policy NULL), or from 4 to 256 under
 * the policy. 0 or -errno. lookaside_fini() ends it. */
int la_contender_list_init(struct la_contender_list *made, const struct la_contender *contender,
                           size_t size, uint32_t depth, const struct lookaside_policy *policy);

#endif
