/* SPDX-License-Identifier: MIT */
/*
 * demand.h: what a run asks of a list, worked out before it: every burst of every tick. So every
 * policy and every strategy gets the same, and so does the oracle that they are judged against.
 */
#ifndef LOOKASIDE_ADAPT_DEMAND_H
#define LOOKASIDE_ADAPT_DEMAND_H

#include <stdbool.h>

#include "envelope.h"
#include "profile.h"

enum {
    LA_ADAPT_BURSTS = 8, /* per tick: as often the demand is allocated, then freed */
    LA_ADAPT_MAX_BURST = 2 * LA_ENVELOPE_MAX_DEMAND,
};

struct la_demand {
    uint32_t nr_ticks;
    uint32_t *bursts; /* [nr_ticks * LA_ADAPT_BURSTS]: entries wanted at once */
    uint32_t
        *out; /* [nr_ticks]: entries of the next burst that are out already at the tick's end */
};

/*
 * Makes the demand of a profile over nr_ticks. With seed 0 all bursts of a tick are as large as the
 * profile says, and ticks end between bursts. With another one the size of each is drawn from the
 * Poisson distribution with that mean, as of independent customers, and a tick ends anywhere in the
 * next burst. False without memory.
 */
bool la_demand_init(struct la_demand *demand, const struct la_profile *profile, uint32_t nr_ticks,
                    uint64_t seed);
void la_demand_fini(struct la_demand *demand);

/* The largest burst of a tick; of the whole run. */
uint32_t la_demand_largest(const struct la_demand *demand, uint32_t tick);
uint32_t la_demand_peak(const struct la_demand *demand);

/*
 * The oracle: it knows the whole demand, and keeps as many entries as the largest burst needs, or
 * as the ceiling allows, from the beginning to the end. No depth within the ceiling misses less:
 * its misses are unavoidable.
 */
uint64_t la_demand_unavoidable_misses(const struct la_demand *demand, uint32_t ceiling);

/* What must be kept so that a list that knew the next tick would miss in no second burst: the sum
 * over all ticks of their largest bursts within the ceiling. Entries times ticks. */
uint64_t la_demand_wanted(const struct la_demand *demand, uint32_t ceiling);

#endif
