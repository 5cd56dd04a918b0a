/* SPDX-License-Identifier: MIT */
/* latency_tsv.h: latency.tsv, the sampled times per operation of every cell; the format is in
 * bench/README.md. */
#ifndef LOOKASIDE_LATENCY_TSV_H
#define LOOKASIDE_LATENCY_TSV_H

#include <stdio.h>

#include "histogram.h"

/* How samples were taken: what a histogram's values mean. */
struct la_latency_scale {
    double ns_per_tick;
    unsigned operations; /* in a sample */
    double timer_floor_ns;
};

void la_latency_tsv_begin(FILE *stream, const struct la_latency_scale *scale);

/* The lines of one cell; none if it has no sample. */
void la_latency_tsv_cell(FILE *stream, const struct la_latency_scale *scale, const char *cell,
                         const struct la_histogram *latency);

#endif
