/* SPDX-License-Identifier: MIT */
/* depth.c: the policies `fixed` and `balance`, and the table of all; see depth.h. */
#include "depth.h"

#include <string.h>

const struct la_balance_parameters la_balance_defaults = {
    .idle_allocates = 25,
    .idle_step = 10,
    .low_miss_ratio = 0.005,
    .growth_base = 5,
};

uint32_t la_fixed_next_depth(const void *parameters, const struct lookaside_tick *tick)
{
    (void)parameters;
    return tick->depth;
}

static uint32_t fall(const struct lookaside_tick *tick, uint32_t step)
{
    return tick->depth > tick->min_depth + step ? tick->depth - step : tick->min_depth;
}

uint32_t la_balance_next_depth(const void *parameters, const struct lookaside_tick *tick)
{
    const struct la_balance_parameters *p = parameters;
    double miss_ratio, rise;

    if (tick->allocates < p->idle_allocates)
        return fall(tick, p->idle_step);
    miss_ratio = (double)tick->misses / (double)tick->allocates;
    if (miss_ratio < p->low_miss_ratio)
        return fall(tick, 1);
    if (tick->depth >= tick->max_depth)
        return tick->max_depth;
    rise = miss_ratio * (double)(tick->max_depth - tick->depth) / 2 + (double)p->growth_base;
    if (rise >= (double)(tick->max_depth - tick->depth))
        return tick->max_depth;
    return tick->depth + (uint32_t)rise;
}

const struct lookaside_policy la_policy_fixed = {
    .name = "fixed",
    .summary = "the depth stays as set",
    .next_depth = la_fixed_next_depth,
};

const struct lookaside_policy la_policy_balance = {
    .name = "balance",
    .summary = "grows with the miss ratio, falls when idle or when nothing misses",
    .parameters = &la_balance_defaults,
    .next_depth = la_balance_next_depth,
};

static const struct lookaside_policy *const policies[] = {
    &la_policy_fixed,
    &la_policy_balance,
    &la_policy_working_set,
    &la_policy_miss_target,
};

const struct lookaside_policy *lookaside_policy_at(size_t index)
{
    return index < sizeof policies / sizeof *policies ? policies[index] : NULL;
}

const struct lookaside_policy *lookaside_policy_find(const char *name)
{
    const struct lookaside_policy *policy;

    for (size_t i = 0; (policy = lookaside_policy_at(i)); i++) {
        if (strcmp(policy->name, name) == 0)
            return policy;
    }
    return NULL;
}

const struct lookaside_policy *lookaside_adaptive_policy(void)
{
    return &la_policy_working_set;
}

bool la_policy_adapts(const struct lookaside_policy *policy)
{
    return policy && policy != &la_policy_fixed;
}
