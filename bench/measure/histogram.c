/* SPDX-License-Identifier: MIT */
/* histogram.c: the parts of the histogram that run when nobody measures; see histogram.h. */
#include "histogram.h"

#include <math.h>
#include <string.h>

uint64_t la_histogram_upper(size_t bucket)
{
    size_t row = bucket >> LA_HISTOGRAM_SUB_BITS;
    uint64_t column = bucket & (LA_HISTOGRAM_SUB - 1);

    if (row < 2)
        return bucket;
    return ((LA_HISTOGRAM_SUB + column + 1) << (row - 1)) - 1;
}

void la_histogram_reset(struct la_histogram *histogram)
{
    memset(histogram, 0, sizeof *histogram);
}

void la_histogram_merge(struct la_histogram *into, const struct la_histogram *from)
{
    for (size_t i = 0; i < LA_HISTOGRAM_BUCKETS; i++)
        into->count[i] += from->count[i];
    into->total += from->total;
}

uint64_t la_histogram_percentile(const struct la_histogram *histogram, double percent)
{
    /* Less a hair: 99.9 % of 10000 shall be the 9990th, whichever way the product is rounded. */
    double wanted = ceil(percent / 100 * (double)histogram->total * (1 - 1e-12));
    uint64_t rank = wanted < 1 ? 1 : (uint64_t)wanted;
    uint64_t seen = 0;

    for (size_t i = 0; i < LA_HISTOGRAM_BUCKETS; i++) {
        seen += histogram->count[i];
        if (seen >= rank)
            return la_histogram_upper(i);
    }
    return 0;
}
