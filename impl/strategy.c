/* SPDX-License-Identifier: MIT */
/* strategy.c: checks that a strategy is complete before a list trusts it. */
#include "strategy.h"

const char *la_strategy_missing(const struct lookaside_strategy *strategy)
{
    const struct {
        bool present;
        const char *name;
    } required[] = {
        {strategy->name != NULL, "name"},   {strategy->summary != NULL, "summary"},
        {strategy->init != NULL, "init"},   {strategy->fini != NULL, "fini"},
        {strategy->pop != NULL, "pop"},     {strategy->push != NULL, "push"},
        {strategy->drain != NULL, "drain"}, {strategy->stats != NULL, "stats"},
    };

    for (size_t i = 0; i < sizeof required / sizeof *required; i++) {
        if (!required[i].present)
            return required[i].name;
    }
    return NULL;
}
