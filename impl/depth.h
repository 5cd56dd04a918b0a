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

/*
 * Policy `working-set`: what nobody took during a whole interval is surplus, and the tick that ends
 * the interval gives it back. The depth stays, so a demand that rises is served like a fixed list
 * would serve it, from its second round on. The rule is that of the depot of magazines (Bonwick and
 * Adams, "Magazines and Vmem", USENIX 2001), applied to entries.
 *
 * The minimum is what ticks see. In an idle interval it is exact, and all of the surplus goes. Else
 * it may be higher than the true one, where entries were out and back between two ticks, so only a
 * part goes: a real surplus is gone after some intervals all the same, and one that was none costs
 * that part in misses, in the next interval, which then gives back nothing. bench/README.md has the
 * figures by which both parameters were chosen.
 */
struct la_working_set_parameters {
    uint32_t interval_ticks;
    uint32_t busy_divisor; /* of the surplus, when there were allocations: 1 / busy_divisor goes */
};

extern const struct la_working_set_parameters la_working_set_defaults;

/*
 * Policy `miss-target`: additive increase while more than a share of the allocations misses,
 * multiplicative decrease otherwise (the scheme of Chiu and Jain, "Analysis of the increase and
 * decrease algorithms for congestion avoidance", 1989, with growth on misses). From depth d a
 * steady demand for D entries is reached in (D - d) / increase ticks from below, and in
 * log(d / D) / -log(1 - decrease) from above. After that the depth stays between
 * (1 - decrease)(1 - target) D and D + 2 increase, bounds permitting (twice, because an entry that
 * may be kept now still has to miss once to be there). It never rests: only misses tell that less
 * would not do.
 */
struct la_miss_target_parameters {
    double target;        /* misses per allocation */
    uint32_t increase;    /* entries a tick */
    double decrease;      /* share of the depth a tick */
    double idle_decrease; /* the same without any allocation */
};

extern const struct la_miss_target_parameters la_miss_target_defaults;

uint32_t la_fixed_next_depth(const void *parameters, const struct lookaside_tick *tick);
uint32_t la_balance_next_depth(const void *parameters, const struct lookaside_tick *tick);
uint32_t la_working_set_keep(const void *parameters, const struct lookaside_tick *tick);
uint32_t la_miss_target_next_depth(const void *parameters, const struct lookaside_tick *tick);

extern const struct lookaside_policy la_policy_fixed;
extern const struct lookaside_policy la_policy_balance;
extern const struct lookaside_policy la_policy_working_set;
extern const struct lookaside_policy la_policy_miss_target;

/* Whether a policy ever does anything at a tick: NULL and `fixed` do not. */
bool la_policy_adapts(const struct lookaside_policy *policy);

#endif
