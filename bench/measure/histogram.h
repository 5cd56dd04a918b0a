/* SPDX-License-Identifier: MIT */
/*
 * histogram.h: counts of durations over many orders of magnitude in fixed memory.
 *
 * Log-linear: values below 64 have a bucket each; above, every power of two is cut into 32 equal
 * buckets, so a bucket is never wider than 1/32 of the values in it and a percentile is never
 * more than that too high (and never too low). One thread writes one histogram; they are merged
 * when nobody measures.
 */
#ifndef LA_MEASURE_HISTOGRAM_H
#define LA_MEASURE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum {
    LA_HISTOGRAM_SUB_BITS = 5,
    LA_HISTOGRAM_SUB = 1 << LA_HISTOGRAM_SUB_BITS,
    LA_HISTOGRAM_BUCKETS = (64 - LA_HISTOGRAM_SUB_BITS + 1) * LA_HISTOGRAM_SUB,
};

struct la_histogram {
    uint64_t total;
    uint64_t count[LA_HISTOGRAM_BUCKETS];
};

/*
 * With e the exponent of value (value in [2^e, 2^(e+1))) and e > SUB_BITS, the bucket is row
 * e - SUB_BITS + 1, column the SUB_BITS bits after the leading one. Smaller values are their own
 * bucket, which the same numbering gives.
 */
static inline size_t la_histogram_bucket(uint64_t value)
{
    unsigned exponent, shift;

    if (value < 2 * LA_HISTOGRAM_SUB)
        return (size_t)value;
    exponent = 63u - (unsigned)__builtin_clzll(value);
    shift = exponent - LA_HISTOGRAM_SUB_BITS;
    return ((size_t)shift << LA_HISTOGRAM_SUB_BITS) + (size_t)(value >> shift);
}

static inline void la_histogram_add(struct la_histogram *histogram, uint64_t value)
{
    histogram->count[la_histogram_bucket(value)]++;
    histogram->total++;
}

/* The largest value that falls into the bucket. */
uint64_t la_histogram_upper(size_t bucket);

void la_histogram_reset(struct la_histogram *histogram);
void la_histogram_merge(struct la_histogram *into, const struct la_histogram *from);

/* The upper bound of the bucket that holds the value of rank ceil(percent / 100 x total);
 * 0 if nothing was counted. percent in (0, 100]. */
uint64_t la_histogram_percentile(const struct la_histogram *histogram, double percent);

#endif
