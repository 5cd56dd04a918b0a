/* SPDX-License-Identifier: MIT */
/* summary.h: what a run's rows say about the policy, in one line. Pure functions. */
#ifndef LOOKASIDE_ADAPT_SUMMARY_H
#define LOOKASIDE_ADAPT_SUMMARY_H

#include "drive.h"

enum { LA_ADAPT_TRANSIENT_TICKS = 8 };

/* Steady: the last quarter of the time at the top, or of the run if the demand never stays. */
struct la_adapt_summary {
    bool stays;            /* there is a final depth: the demand stays, the list keeps something */
    bool settles;          /* and from some tick on the depth is within 10 % of it */
    uint32_t settle_ticks; /* from the top of the demand to that tick */
    double final_depth;    /* mean while steady */
    double overshoot;      /* largest depth in the stretch, less the final one */
    double transient_hit;  /* allocate hit ratio, first ticks after the change; NaN: no demand */
    double steady_hit;     /* the same while steady */
    uint64_t end_bytes;    /* kept in the last tick */
    double mean_bytes;     /* kept, mean over the run */
};

struct la_adapt_summary la_adapt_summarise(const struct la_adapt_case *what,
                                           const struct la_adapt_row *rows);

/* Hits per allocation over rows [from, to); NaN without allocations. */
double la_adapt_hit(const struct la_adapt_row *rows, uint32_t from, uint32_t to);

#endif
