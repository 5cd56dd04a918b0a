/* SPDX-License-Identifier: MIT */
/* contender.c: see contender.h. */
#include "contender.h"

#include <stdio.h>

#include "strategy.h"

const char *la_contender_label(const struct la_contender *contender)
{
    static const char *const labels[] = {
        [LA_ROLE_LIST] = "list",      [LA_ROLE_BOUND] = "bound",
        [LA_ROLE_MALLOC] = "malloc",  [LA_ROLE_TWIN] = "malloc-aa",
        [LA_ROLE_ARRAY] = "tl-array", [LA_ROLE_CALLED_ARRAY] = "tl-array-called",
        [LA_ROLE_FLOOR] = "floor",    [LA_ROLE_PEER] = "peer",
    };

    return labels[contender->role];
}

bool la_contender_is_array(const struct la_contender *contender)
{
    return contender->role == LA_ROLE_ARRAY || contender->role == LA_ROLE_CALLED_ARRAY;
}

bool la_contender_has_list(const struct la_contender *contender)
{
    return contender->role == LA_ROLE_LIST || contender->role == LA_ROLE_BOUND ||
           contender->role == LA_ROLE_PEER;
}

enum la_kind la_contender_loop(const struct la_contender *contender)
{
    switch (contender->role) {
    case LA_ROLE_LIST:
    case LA_ROLE_PEER:
        return LA_KIND_LIST;
    case LA_ROLE_BOUND:
        return la_kind_bound_to(contender->strategy->name);
    case LA_ROLE_ARRAY:
        return LA_KIND_ARRAY;
    case LA_ROLE_CALLED_ARRAY:
        return LA_KIND_DIRECT;
    default:
        return contender->calls.release_sized ? LA_KIND_SIZED : LA_KIND_DIRECT;
    }
}

struct la_contender la_contender_floor(void)
{
    return (struct la_contender){.name = "floor", .role = LA_ROLE_FLOOR};
}

static void name_contender(struct la_contender *contender)
{
    const char *first = la_contender_has_list(contender) ? contender->strategy->name
                                                         : la_contender_label(contender);

    snprintf(contender->name, sizeof contender->name, "%s%s+%s", first,
             contender->role == LA_ROLE_BOUND ? "-bound" : "", contender->allocator->name);
}

/* A bound loop on a list that was not bound would measure calls under another name. */
static bool binds_here(const struct lookaside_strategy *strategy, const char **why)
{
    static struct lookaside list;
    bool bound;

    *why = "the strategy has no fast path to bind to";
    if (la_kind_bound_to(strategy->name) == LA_NR_KINDS)
        return false;
    if (lookaside_init(&list, &(struct lookaside_config){.size = 64, .strategy = strategy}))
        return false;
    bound = list.bound != 0;
    lookaside_fini(&list);
    *why = "its variant in this process has no fast path to bind to";
    return bound;
}

bool la_contender_make(struct la_contender *contender, enum la_contender_role role,
                       const struct lookaside_strategy *strategy,
                       const struct la_allocator *allocator, const char **why)
{
    *contender = (struct la_contender){.role = role, .strategy = strategy, .allocator = allocator};
    name_contender(contender);
    return (role != LA_ROLE_BOUND || binds_here(strategy, why)) &&
           allocator->load(&contender->calls, why);
}

static void *list_allocate(struct lookaside *list, size_t size)
{
    return LA_CONTAINER_OF(list, struct la_contender_list, list)->calls.allocate(size);
}

static void list_free(struct lookaside *list, void *entry)
{
    LA_CONTAINER_OF(list, struct la_contender_list, list)->calls.release(entry);
}

/* The list's size is the one that it asked for. */
static void list_free_sized(struct lookaside *list, void *entry)
{
    LA_CONTAINER_OF(list, struct la_contender_list, list)->calls.release_sized(list->size, entry);
}

struct lookaside_config la_contender_list_config(const struct la_contender *contender, size_t size,
                                                 uint32_t depth,
                                                 const struct lookaside_policy *policy)
{
    struct lookaside_config config = {
        .size = size,
        .tag = LOOKASIDE_TAG('b', 'n', 'c', 'h'),
        .strategy = contender->strategy,
        .allocate = list_allocate,
        .free = contender->calls.release_sized ? list_free_sized : list_free,
    };

    config.depth.policy = policy;
    if (!policy)
        config.depth.initial = depth;
    return config;
}

int la_contender_list_init(struct la_contender_list *made, const struct la_contender *contender,
                           size_t size, uint32_t depth, const struct lookaside_policy *policy)
{
    const struct lookaside_config config = la_contender_list_config(contender, size, depth, policy);

    made->calls = contender->calls;
    return lookaside_init(&made->list, &config);
}
