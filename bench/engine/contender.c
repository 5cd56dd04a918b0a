/* SPDX-License-Identifier: MIT */
/* contender.c: see contender.h. */
#include "contender.h"

#include <stdio.h>

#include "strategy.h"

const char *la_contender_label(const struct la_contender *contender)
{
    static const char *const labels[] = {
        [LA_ROLE_LIST] = "list",   [LA_ROLE_MALLOC] = "malloc", [LA_ROLE_TWIN] = "malloc-aa",
        [LA_ROLE_FLOOR] = "floor", [LA_ROLE_PEER] = "peer",
    };

    return labels[contender->role];
}

bool la_contender_has_list(const struct la_contender *contender)
{
    return contender->role == LA_ROLE_LIST || contender->role == LA_ROLE_PEER;
}

enum la_kind la_contender_loop(const struct la_contender *contender)
{
    if (la_contender_has_list(contender))
        return LA_KIND_LIST;
    return contender->calls.release_sized ? LA_KIND_SIZED : LA_KIND_DIRECT;
}

struct la_contender la_contender_floor(void)
{
    return (struct la_contender){.name = "floor", .role = LA_ROLE_FLOOR};
}

bool la_contender_make(struct la_contender *contender, enum la_contender_role role,
                       const struct lookaside_strategy *strategy,
                       const struct la_allocator *allocator, const char **why)
{
    *contender = (struct la_contender){.role = role, .strategy = strategy, .allocator = allocator};
    snprintf(contender->name, sizeof contender->name, "%s+%s",
             la_contender_has_list(contender) ? strategy->name : la_contender_label(contender),
             allocator->name);
    return allocator->load(&contender->calls, why);
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

int la_contender_list_init(struct la_contender_list *made, const struct la_contender *contender,
                           size_t size, uint32_t depth, bool adaptive)
{
    struct lookaside_config config = {
        .size = size,
        .tag = LOOKASIDE_TAG('b', 'n', 'c', 'h'),
        .strategy = contender->strategy,
        .allocate = list_allocate,
        .free = contender->calls.release_sized ? list_free_sized : list_free,
    };

    made->calls = contender->calls;
    if (adaptive)
        config.depth.policy = lookaside_policy_find("balance");
    else
        config.depth.initial = depth;
    return lookaside_init(&made->list, &config);
}
