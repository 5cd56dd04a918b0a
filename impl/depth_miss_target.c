/* SPDX-License-Identifier: MIT */
/* depth_miss_target.c: the policy `miss-target`; see depth.h. */
#include "depth.h"

const struct la_miss_target_parameters la_miss_target_defaults = {
    .target = 0.01,
    .increase = 16,
    .decrease = 1.0 / 32,
    .idle_decrease = 1.0 / 8,
};

/* By one at least, or a small depth would never fall. */
static uint32_t fall(const struct lookaside_tick *tick, double share)
{
    uint32_t step = (uint32_t)(share * tick->depth);

    if (step == 0)
        step = 1;
    return tick->depth > tick->min_depth + step ? tick->depth - step : tick->min_depth;
}

uint32_t la_miss_target_next_depth(const void *parameters, const struct lookaside_tick *tick)
{
    const struct la_miss_target_parameters *p = parameters;

    if (tick->allocates == 0)
        return fall(tick, p->idle_decrease);
    if ((double)tick->misses <= p->target * (double)tick->allocates)
        return fall(tick, p->decrease);
    if (tick->depth >= tick->max_depth || p->increase >= tick->max_depth - tick->depth)
        return tick->max_depth;
    return tick->depth + p->increase;
}

const struct lookaside_policy la_policy_miss_target = {
    .name = "miss-target",
    .summary = "grows by 16 while more than 1 % misses, else falls by a thirty-second",
    .parameters = &la_miss_target_defaults,
    .next_depth = la_miss_target_next_depth,
};
