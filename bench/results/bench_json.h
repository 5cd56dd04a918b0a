/* SPDX-License-Identifier: MIT */
/*
 * bench_json.h: a row of bench.json: one cell in one block. The names and the meaning of the
 * counters are those of bench/README.md; what is not known is not written.
 */
#ifndef LOOKASIDE_BENCH_JSON_H
#define LOOKASIDE_BENCH_JSON_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum la_bench_counter {
    LA_BENCH_BLOCK,
    LA_BENCH_PROCESS,
    LA_BENCH_STAGE,
    LA_BENCH_REJECTED,
    LA_BENCH_LOST_FRACTION,
    LA_BENCH_LOST_WORST_CPU,
    LA_BENCH_STEAL_FRACTION,
    LA_BENCH_THROTTLED,
    LA_BENCH_STEADY,
    LA_BENCH_OPS_PER_S,
    LA_BENCH_NS_PER_OP,
    LA_BENCH_NS_PER_OP_NET,
    LA_BENCH_ALLOC_HIT,
    LA_BENCH_FREE_HIT,
    LA_BENCH_DEPTH,
    LA_BENCH_HELD_MAX,
    LA_BENCH_CACHED_BYTES,
    LA_BENCH_RSS_BYTES,
    LA_BENCH_FULL_CONCURRENCY,
    LA_BENCH_SHARE_MIN,
    LA_BENCH_SHARE_MAX,
    LA_BENCH_P50_NS,
    LA_BENCH_P99_NS,
    LA_BENCH_P999_NS,
    LA_BENCH_LATENCY_SAMPLES,
    LA_BENCH_NR_COUNTERS,
};

struct la_bench_row {
    const char *name;  /* the cell's */
    const char *label; /* "list", "malloc", "malloc-aa", "floor" */
    int64_t block, blocks;
    int64_t threads;
    int64_t operations;
    double cpu_ns_per_op;
    double counters[LA_BENCH_NR_COUNTERS]; /* NAN: not known */
};

/* A row of which nothing is known. */
struct la_bench_row la_bench_row_empty(void);

/* The counter's name in the file. */
const char *la_bench_counter_name(enum la_bench_counter counter);

static inline bool la_bench_counter_known(const struct la_bench_row *row,
                                          enum la_bench_counter counter)
{
    return !isnan(row->counters[counter]);
}

#ifdef __cplusplus
}
#endif

#endif
