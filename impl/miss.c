/* SPDX-License-Identifier: MIT */
/*
 * miss.c: what a list does when its strategy has no entry, or keeps none. Below the strategies, so
 * that their operations can end here by a jump: a caller of take and give has nothing to test.
 */
#include "inject.h"
#include "misses.h"
#include "platform.h"
#include "strategy.h"

void *lookaside_alloc_miss(struct lookaside *list)
{
    struct la_miss_stripe *mine = la_misses_mine(list->misses);
    void *entry;

    la_misses_add(&mine->allocate_misses, 1);
    LA_INJECT(102);
    entry = list->allocate(list, list->size);
    LA_INJECT(115);
    if (LA_UNLIKELY(!entry))
        la_misses_add(&mine->allocate_failures, 1);
    return entry;
}

void lookaside_free_miss(struct lookaside *list, void *entry)
{
    la_misses_add(&la_misses_mine(list->misses)->free_misses, 1);
    LA_INJECT(103);
    la_unpoison(list, entry);
    list->free(list, entry);
}

void *la_take_by_pop(struct lookaside *list)
{
    void *entry = list->pop(list);

    return LA_LIKELY(entry != NULL) ? entry : lookaside_alloc_miss(list);
}

void la_give_by_push(struct lookaside *list, void *entry)
{
    if (LA_UNLIKELY(!list->push(list, entry)))
        lookaside_free_miss(list, entry);
}
