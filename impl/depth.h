/* SPDX-License-Identifier: MIT */
/*
 * depth.h: depth policies. A policy is a pure function: same parameters and tick, same answer.
 */
#ifndef LOOKASIDE_DEPTH_H
#define LOOKASIDE_DEPTH_H

#include "lookaside.h"

/*
 * Policy `balance`: a list that is allocated from often may keep more, an idle one less. The shape
 * follows what Microsoft documents of the balance set manager (Using Lookaside Lists); thresholds
 * are this project's. Units: counts per tick, entries, and misses per allocation.
 */
struct la_balance_parameters {
    uint32_t idle_allocates; /* fewer allocations than this in a tick: idle */
    uint32_t idle_step;      /* what an idle list's depth falls by */
    double low_miss_ratio;   /* below it the depth falls by one, to probe whether less would do */
    uint32_t growth_base;    /* what every growth adds on top of the proportional part */
};

extern const struct la_balance_parameters la_balance_defaults;

uint32_t la_fixed_next_depth(const void *parameters, const struct lookaside_tick *tick);
uint32_t la_balance_next_depth(const void *parameters, const struct lookaside_tick *tick);

extern const struct lookaside_policy la_policy_fixed;
extern const struct lookaside_policy la_policy_balance;

/* Whether a policy ever moves the depth: NULL and `fixed` do not. */
bool la_policy_adapts(const struct lookaside_policy *policy);

#endif
