/* SPDX-License-Identifier: MIT */
/* latency_tsv.c: see latency_tsv.h. */
#include "latency_tsv.h"

#include <inttypes.h>

#include "arithmetic.h"

static double to_ns(const struct la_latency_scale *scale, uint64_t ticks)
{
    return la_sample_ns(ticks, 0, scale->ns_per_tick, scale->operations);
}

void la_latency_tsv_begin(FILE *stream, const struct la_latency_scale *scale)
{
    fprintf(stream,
            "# nanoseconds per operation, each sample the mean of %u operations timed together; "
            "buckets are at most 1/%d wide and named by their upper bound\n"
            "# timer_floor_ns %.1f: the cost of reading the clock, taken off every sample\n"
            "cell\tkind\tkey\tvalue\n",
            scale->operations, LA_HISTOGRAM_SUB, scale->timer_floor_ns);
}

void la_latency_tsv_cell(FILE *stream, const struct la_latency_scale *scale, const char *cell,
                         const struct la_histogram *latency)
{
    static const double percents[] = {50, 90, 99, 99.9, 99.99};

    if (latency->total == 0)
        return;
    fprintf(stream, "%s\tsamples\tall\t%" PRIu64 "\n", cell, latency->total);
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        const uint64_t ticks = la_histogram_percentile(latency, percents[i]);

        if (ticks > 0 && la_percentile_known(latency->total, percents[i]))
            fprintf(stream, "%s\tpercentile\t%g\t%.2f\n", cell, percents[i], to_ns(scale, ticks));
    }
    for (size_t i = 0; i < LA_HISTOGRAM_BUCKETS; i++) {
        if (latency->count[i])
            fprintf(stream, "%s\thistogram\t%.3f\t%" PRIu64 "\n", cell,
                    to_ns(scale, la_histogram_upper(i)), latency->count[i]);
    }
}
