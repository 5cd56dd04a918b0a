/* SPDX-License-Identifier: MIT */
/*
 * summary.h: what a run's rows say about the policy, in a few numbers. Pure functions. Times are in
 * ticks, and a tick is a virtual second. bench/README.md has the same definitions for readers of
 * the results.
 */
#ifndef LOOKASIDE_ADAPT_SUMMARY_H
#define LOOKASIDE_ADAPT_SUMMARY_H

#include "drive.h"

enum { LA_ADAPT_REACHED_TICKS = 3 };

/* Steady: the last quarter of the time at the top, or of the run if the demand never stays. */
struct la_adapt_summary {
    bool stays;         /* there is a final depth: the demand stays, the list keeps something */
    double final_depth; /* mean while steady; NaN unless it stays */
    double overshoot;   /* largest depth from the change on, less the final one; NaN as well */
    double steady_hit;  /* allocate hit ratio while steady; NaN: no demand */
    double to_95;       /* ticks from the top of the demand to the first of three in a row that
                           have 95 % of the steady hit ratio; NaN: never, or it never stays */
    double allocates;   /* of the whole run, as all below */
    double misses;
    double hits_lost;     /* misses less those of the oracle (la_demand_unavoidable_misses) */
    double kept_byte_s;   /* byte-seconds: bytes kept at the end of each tick, times its second */
    double wanted_byte_s; /* the same, if each tick kept what its largest burst needs */
    double end_bytes;     /* kept in the last tick */
};

struct la_adapt_summary la_adapt_summarise(const struct la_adapt_case *what,
                                           const struct la_demand *demand,
                                           const struct la_adapt_row *rows);

/* Hits per allocation over rows [from, to); NaN without allocations. */
double la_adapt_hit(const struct la_adapt_row *rows, uint32_t from, uint32_t to);

#endif
