/* SPDX-License-Identifier: MIT */
/*
 * kinds.h: the kinds of contender that the workloads' loops are stamped for, one line each, and how
 * each allocates and frees. The strategies that callers can bind to come from the build
 * (bound_kinds.h: LA_EACH_BOUND).
 */
#ifndef LA_WORKLOAD_KINDS_H
#define LA_WORKLOAD_KINDS_H

#include "allocator.h"
#include "bound_kinds.h"
#include "lookaside.h"
#include "tl_array.h"

/* MAKE(argument, suffix of the stamped functions, suffix of the enumerator)
 *   list    a list, through its operations
 *   direct  an allocator
 *   sized   an allocator whose release wants the size
 *   array   the inlined array of tl_array.h
 *   ...     a list that the loop is bound to */
#define LA_EACH_KIND(MAKE, argument) \
    MAKE(argument, list, LIST)       \
    MAKE(argument, direct, DIRECT)   \
    MAKE(argument, sized, SIZED)     \
    MAKE(argument, array, ARRAY)     \
    LA_EACH_BOUND(MAKE, argument)

#define LA_KIND_ENUMERATOR(unused, suffix, NAME) LA_KIND_##NAME,
enum la_kind { LA_EACH_KIND(LA_KIND_ENUMERATOR, ) LA_NR_KINDS };

/* The kind of loop that is bound to a strategy; LA_NR_KINDS if none is. */
enum la_kind la_kind_bound_to(const char *strategy);

/* How a thread reaches the contender; a loop keeps a copy in registers. */
struct la_port {
    struct lookaside *list;          /* of a list */
    struct la_allocator_calls calls; /* of an allocator */
    size_t size;                     /* bytes to ask an allocator for */
};

static LA_INLINE void *la_allocate(const struct la_port *port, enum la_kind kind)
{
    switch (kind) {
    case LA_KIND_LIST:
        return lookaside_alloc(port->list);
    case LA_KIND_ARRAY:
        return la_tl_array_alloc(&port->calls, port->size);
#define LA_BOUND_CASE(unused, name, NAME) \
    case LA_KIND_##NAME:                  \
        return lookaside_taken(port->list, la_bound_take_##name(port->list));
        LA_EACH_BOUND(LA_BOUND_CASE, )
#undef LA_BOUND_CASE
    default:
        return port->calls.allocate(port->size);
    }
}

static LA_INLINE void la_release(const struct la_port *port, void *object, enum la_kind kind)
{
    switch (kind) {
    case LA_KIND_LIST:
        lookaside_free(port->list, object);
        return;
    case LA_KIND_SIZED:
        port->calls.release_sized(port->size, object);
        return;
    case LA_KIND_ARRAY:
        la_tl_array_free(object);
        return;
#define LA_BOUND_CASE(unused, name, NAME)           \
    case LA_KIND_##NAME:                            \
        LOOKASIDE_POISON(object, port->list->size); \
        la_bound_give_##name(port->list, object);   \
        return;
        LA_EACH_BOUND(LA_BOUND_CASE, )
#undef LA_BOUND_CASE
    default:
        port->calls.release(object);
    }
}

#endif
