/* SPDX-License-Identifier: MIT */
/* summary.c: see summary.h. */
#include "summary.h"

#include <math.h>

static const double reached_share = 0.95;

double la_adapt_hit(const struct la_adapt_row *rows, uint32_t from, uint32_t to)
{
    uint64_t allocates = 0, misses = 0;

    for (uint32_t i = from; i < to; i++) {
        allocates += rows[i].allocates;
        misses += rows[i].misses;
    }
    return allocates > 0 ? (double)(allocates - misses) / (double)allocates : NAN;
}

static double mean_depth(const struct la_adapt_row *rows, uint32_t from, uint32_t to)
{
    double sum = 0;

    for (uint32_t i = from; i < to; i++)
        sum += rows[i].depth;
    return sum / (to - from);
}

static double overshoot(const struct la_adapt_row *rows, uint32_t from, uint32_t to,
                        double final_depth)
{
    double largest = final_depth;

    for (uint32_t i = from; i < to; i++)
        largest = fmax(largest, rows[i].depth);
    return largest - final_depth;
}

static double ticks_to(const struct la_adapt_row *rows, uint32_t from, uint32_t to, double hit)
{
    uint32_t nr = 0;

    for (uint32_t i = from; i < to; i++) {
        nr = la_adapt_hit(rows, i, i + 1) >= hit ? nr + 1 : 0;
        if (nr == LA_ADAPT_REACHED_TICKS)
            return i + 1 - LA_ADAPT_REACHED_TICKS - from;
    }
    return NAN;
}

static double held_sum(const struct la_adapt_row *rows, uint32_t nr)
{
    double sum = 0;

    for (uint32_t i = 0; i < nr; i++)
        sum += (double)rows[i].held;
    return sum;
}

static void count(const struct la_adapt_case *what, const struct la_adapt_row *rows,
                  struct la_adapt_summary *summary)
{
    for (uint32_t i = 0; i < what->nr_ticks; i++) {
        summary->allocates += (double)rows[i].allocates;
        summary->misses += (double)rows[i].misses;
    }
}

struct la_adapt_summary la_adapt_summarise(const struct la_adapt_case *what,
                                           const struct la_demand *demand,
                                           const struct la_adapt_row *rows)
{
    const struct la_profile_stretch at = la_profile_stretch_of(what->profile, what->nr_ticks);
    const uint32_t start = at.top < at.end ? at.top : 0;
    const uint32_t steady = at.end - (at.end - start) / 4;
    const double kept = held_sum(rows, what->nr_ticks);
    struct la_adapt_summary summary = {
        /* The limit of a list that keeps nothing means nothing. */
        .stays = at.top < at.end && kept > 0,
        .final_depth = NAN,
        .overshoot = NAN,
        .to_95 = NAN,
        .steady_hit = la_adapt_hit(rows, steady, at.end),
        .kept_byte_s = kept * LA_ADAPT_SIZE_BYTES,
        .wanted_byte_s = (double)la_demand_wanted(demand, LA_ADAPT_CEILING) * LA_ADAPT_SIZE_BYTES,
        .end_bytes = (double)rows[what->nr_ticks - 1].held * LA_ADAPT_SIZE_BYTES,
    };

    count(what, rows, &summary);
    summary.hits_lost =
        summary.misses - (double)la_demand_unavoidable_misses(demand, LA_ADAPT_CEILING);
    if (summary.stays) {
        summary.final_depth = mean_depth(rows, steady, at.end);
        summary.overshoot = overshoot(rows, at.change, at.end, summary.final_depth);
        summary.to_95 = ticks_to(rows, start, at.end, reached_share * summary.steady_hit);
    }
    return summary;
}
