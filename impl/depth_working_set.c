/* SPDX-License-Identifier: MIT */
/* depth_working_set.c: the policy `working-set`; see depth.h. */
#include "depth.h"

enum { INTERVAL_TICKS = 15 };

const struct la_working_set_parameters la_working_set_defaults = {.interval_ticks = INTERVAL_TICKS};

uint32_t la_working_set_keep(const void *parameters, const struct lookaside_tick *tick)
{
    const struct la_working_set_parameters *p = parameters;

    /* With nothing to give back, frees that come between the tick's look and its trim stay. */
    if (tick->interval_ticks < p->interval_ticks || tick->least_held == 0)
        return tick->depth;
    return tick->held - tick->least_held;
}

const struct lookaside_policy la_policy_working_set = {
    .name = "working-set",
    .summary = "the depth stays; what nobody needed for 15 ticks is given back",
    .parameters = &la_working_set_defaults,
    .next_depth = la_fixed_next_depth,
    .keep = la_working_set_keep,
    .interval_ticks = INTERVAL_TICKS,
};
