/* SPDX-License-Identifier: MIT */
/* depth_working_set.c: the policy `working-set`; see depth.h. */
#include "depth.h"

enum { INTERVAL_TICKS = 5 };

const struct la_working_set_parameters la_working_set_defaults = {
    .interval_ticks = INTERVAL_TICKS,
    .busy_divisor = 4,
};

uint32_t la_working_set_keep(const void *parameters, const struct lookaside_tick *tick)
{
    const struct la_working_set_parameters *p = parameters;

    /* With nothing to give back, frees that come between the tick's look and its trim stay. */
    if (tick->interval_ticks < p->interval_ticks || tick->least_held == 0)
        return tick->depth;
    if (tick->interval_idle)
        return tick->held - tick->least_held;
    /* Rounded up, or the last entries of a surplus would stay for good. */
    return tick->held - (tick->least_held + p->busy_divisor - 1) / p->busy_divisor;
}

const struct lookaside_policy la_policy_working_set = {
    .name = "working-set",
    .summary = "the depth stays; what nobody needed for 5 ticks is given back",
    .parameters = &la_working_set_defaults,
    .next_depth = la_fixed_next_depth,
    .keep = la_working_set_keep,
    .interval_ticks = INTERVAL_TICKS,
};
