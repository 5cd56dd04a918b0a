/* SPDX-License-Identifier: MIT */
/*
 * drive.h: puts a profile's demand on a real list, tick by tick, and notes what the list did.
 *
 * Time is virtual: a tick is one second of the background balancer, made by hand, and what is
 * noted are counts. So a run takes milliseconds, and the same run gives the same rows, on any
 * machine and under any load. One thread; the caller binds it.
 */
#ifndef LOOKASIDE_ADAPT_DRIVE_H
#define LOOKASIDE_ADAPT_DRIVE_H

#include "lookaside.h"
#include "profile.h"

enum {
    LA_ADAPT_SIZE_BYTES = 256, /* per entry */
    LA_ADAPT_BURSTS = 8,       /* per tick: as often the demand is allocated, then freed */
};

struct la_adapt_case {
    const struct lookaside_strategy *strategy;
    const struct lookaside_policy *policy;
    const struct la_profile *profile;
    uint32_t nr_ticks;
};

/* One tick: what was asked of the list, and its state then, before the policy answered. */
struct la_adapt_row {
    uint32_t demand; /* entries at once */
    uint32_t depth;  /* the limit while the demand ran */
    uint64_t held;   /* entries kept when it had run */
    uint64_t allocates;
    uint64_t misses;
};

/* Fills rows[0 .. nr_ticks-1]; 0, or lookaside_init()'s error, or -ENOMEM. */
int la_adapt_drive(const struct la_adapt_case *what, struct la_adapt_row *rows);

#endif
