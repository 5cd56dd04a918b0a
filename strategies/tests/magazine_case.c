/* SPDX-License-Identifier: MIT */
/* magazine_case.c: see magazine_case.h. */
#include "magazine_case.h"

#include <string.h>

#include "chain.h"
#include "churn.h"
#include "sandbox.h"

struct entry entries[NR];
bool without_membarrier;

bool magazine_case(int nr_arguments, char **arguments)
{
    without_membarrier = nr_arguments > 1 && strcmp(arguments[1], "no-membarrier") == 0;
    if (!without_membarrier || forbid_membarrier())
        return true;
    print_message("skipped: no seccomp filters here\n");
    return false;
}

void push_part(void *argument)
{
    struct part *part = argument;

    for (unsigned k = part->from; k < part->from + part->nr; k++)
        part->list->push(part->list, &entries[k]);
}

size_t chain_length(void *chain)
{
    size_t nr = 0;

    for (; chain; chain = la_chain_next(chain))
        nr++;
    return nr;
}

uint64_t held(struct lookaside *list)
{
    struct lookaside_strategy_stats stats;

    MAGAZINE->stats(list, &stats);
    assert_int_equal(MAGAZINE->count(list), stats.held);
    return stats.held;
}

void fini(struct lookaside *list)
{
    MAGAZINE->drain(list, 0);
    assert_int_equal(held(list), 0);
    bare_fini(list);
}
