/* SPDX-License-Identifier: MIT */
/*
 * malloc.c: keeps nothing. Every allocation is a miss and every free goes to the free routine: the
 * baseline that every other strategy has to beat, behind the same interface.
 */
#include "strategy.h"

static int malloc_init(struct lookaside *list)
{
    (void)list;
    return 0;
}

static void malloc_fini(struct lookaside *list)
{
    (void)list;
}

static void *malloc_pop(struct lookaside *list)
{
    (void)list;
    return NULL;
}

static bool malloc_push(struct lookaside *list, void *entry)
{
    (void)list;
    (void)entry;
    return false;
}

static void *malloc_drain(struct lookaside *list, size_t keep)
{
    (void)list;
    (void)keep;
    return NULL;
}

static void malloc_stats(struct lookaside *list, struct lookaside_strategy_stats *stats)
{
    (void)list;
    *stats = (struct lookaside_strategy_stats){0};
}

const struct lookaside_strategy la_strategy_malloc = {
    .name = "malloc",
    .summary = "keeps nothing: every call goes to the allocator",
    .init = malloc_init,
    .fini = malloc_fini,
    .pop = malloc_pop,
    .push = malloc_push,
    .take = lookaside_alloc_miss,
    .give = lookaside_free_miss,
    .drain = malloc_drain,
    .stats = malloc_stats,
};
