/* SPDX-License-Identifier: MIT */
/* phase.h: how many misses the workload phase has, by arithmetic; see phase.c. */
#ifndef LA_WORKLOAD_PHASE_H
#define LA_WORKLOAD_PHASE_H

enum {
    LA_PHASE_STEPS = 1024, /* operations of a phase */
    LA_PHASE_MANY = 870,   /* of them, of the kind that prevails: 85 % */
    LA_PHASE_FEW = LA_PHASE_STEPS - LA_PHASE_MANY,
};

/*
 * Misses / allocations, and as much of frees, of one thread on a list that holds up to depth
 * entries.
 *
 * With p and q the shares of the prevailing kind and of the other, the number of held entries is a
 * walk between 0 and depth. A phase of allocations has n (p - q) more of them than frees and finds
 * a list that is full but for a few entries; what the list cannot give misses. At either end the
 * walk stays within a geometric distribution of ratio q / p, with the mean q / (p - q).
 */
static inline double la_phase_miss_ratio(double depth)
{
    const double net = LA_PHASE_MANY - LA_PHASE_FEW;
    const double from_end = LA_PHASE_FEW / net;
    const double misses = net - depth + 2 * from_end;

    return misses > 0 ? misses / LA_PHASE_STEPS : 0;
}

#endif
