/* SPDX-License-Identifier: MIT */
/* gaps.c: see gaps.h. */
#include "gaps.h"

#include <inttypes.h>
#include <stdio.h>

void la_gaps_reset(struct la_gaps *gaps, uint64_t candidate_ticks)
{
    gaps->candidate_ticks = candidate_ticks;
    gaps->nr_kept = 0;
    la_histogram_reset(&gaps->batches);
}

uint64_t la_gaps_lost(const struct la_gaps *gaps)
{
    uint64_t median = la_histogram_percentile(&gaps->batches, 50);
    uint64_t lost = 0;

    for (size_t i = 0; i < gaps->nr_kept; i++) {
        if (gaps->kept[i] / LA_GAP_TIMES_MEDIAN >= median)
            lost += gaps->kept[i] - median;
    }
    return lost;
}

bool la_run_delay_ns(uint64_t *ns)
{
    FILE *file = fopen("/proc/thread-self/schedstat", "re");
    bool known;

    if (!file)
        return false;
    known = fscanf(file, "%*u %" SCNu64, ns) == 1;
    fclose(file);
    return known;
}

double la_lost_ns(double gap_ns, double run_delay_ns, double window_ns)
{
    double lost = gap_ns > run_delay_ns ? gap_ns : run_delay_ns;

    return lost < window_ns ? lost : window_ns;
}

bool la_block_rejected(double lost_ns, double thread_ns)
{
    return lost_ns > LA_LOST_LIMIT * thread_ns;
}
