/* SPDX-License-Identifier: MIT */
/*
 * drive.h: puts a demand on a real list, tick by tick, and notes what the list did.
 *
 * Time is virtual: a tick is one second of the background balancer, made by hand, and what is
 * noted are counts. So a run takes milliseconds, and the same run gives the same rows, on any
 * machine and under any load. One thread; the caller binds it.
 */
#ifndef LOOKASIDE_ADAPT_DRIVE_H
#define LOOKASIDE_ADAPT_DRIVE_H

#include "demand.h"
#include "lookaside.h"

enum {
    LA_ADAPT_SIZE_BYTES = 256, /* per entry */
    LA_ADAPT_CEILING = 256,    /* entries: the default maximum of a list's depth */
};

struct la_adapt_case {
    const struct lookaside_strategy *strategy;
    const struct lookaside_policy *policy;
    const struct la_profile *profile;
    uint32_t nr_ticks;
    uint64_t seed; /* of the demand; 0: without chance */
};

/* One tick: what was asked of the list, and its state then, before the policy answered. */
struct la_adapt_row {
    uint32_t demand; /* entries at once, as the profile has it */
    uint32_t depth;  /* the limit while the demand ran */
    uint64_t held;   /* entries kept when it had run */
    uint64_t allocates;
    uint64_t misses;
};

/* Fills rows[0 .. nr_ticks-1]; demand is that of what->profile, ticks and seed. 0, or
 * lookaside_init()'s error, or -ENOMEM. */
int la_adapt_drive(const struct la_adapt_case *what, const struct la_demand *demand,
                   struct la_adapt_row *rows);

#endif
