/* SPDX-License-Identifier: MIT */
/* summary.c: see summary.h. */
#include "summary.h"

#include <math.h>

static const double settled_share = 0.1;

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

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

static bool settled(const struct la_adapt_row *row, double final_depth)
{
    return fabs(row->depth - final_depth) <= settled_share * final_depth;
}

/* The first tick from which on the depth stays near its final value; end if it does not. */
static uint32_t settle_tick(const struct la_adapt_row *rows, uint32_t top, uint32_t end,
                            double final_depth)
{
    uint32_t tick = end;

    while (tick > top && settled(&rows[tick - 1], final_depth))
        tick--;
    return tick;
}

static bool ever_held(const struct la_adapt_row *rows, uint32_t nr)
{
    for (uint32_t i = 0; i < nr; i++) {
        if (rows[i].held > 0)
            return true;
    }
    return false;
}

static double overshoot(const struct la_adapt_row *rows, uint32_t from, uint32_t to,
                        double final_depth)
{
    double largest = final_depth;

    for (uint32_t i = from; i < to; i++)
        largest = fmax(largest, rows[i].depth);
    return largest - final_depth;
}

static double mean_bytes(const struct la_adapt_row *rows, uint32_t nr)
{
    double sum = 0;

    for (uint32_t i = 0; i < nr; i++)
        sum += (double)rows[i].held;
    return sum * LA_ADAPT_SIZE_BYTES / nr;
}

struct la_adapt_summary la_adapt_summarise(const struct la_adapt_case *what,
                                           const struct la_adapt_row *rows)
{
    const struct la_profile_stretch at = what->profile->stretch(what->nr_ticks);
    const uint32_t start = at.top < at.end ? at.top : 0;
    const uint32_t steady = at.end - (at.end - start) / 4;
    const double final_depth = mean_depth(rows, steady, at.end);
    const uint32_t settle = settle_tick(rows, start, at.end, final_depth);
    /* The limit of a list that keeps nothing means nothing. */
    const bool stays = at.top < at.end && ever_held(rows, what->nr_ticks);

    return (struct la_adapt_summary){
        .stays = stays,
        .settles = stays && settle <= steady,
        .settle_ticks = settle - start,
        .final_depth = final_depth,
        .overshoot = overshoot(rows, at.change, at.end, final_depth),
        .transient_hit =
            la_adapt_hit(rows, at.change, least(at.change + LA_ADAPT_TRANSIENT_TICKS, at.end)),
        .steady_hit = la_adapt_hit(rows, steady, at.end),
        .end_bytes = rows[what->nr_ticks - 1].held * LA_ADAPT_SIZE_BYTES,
        .mean_bytes = mean_bytes(rows, what->nr_ticks),
    };
}
