/* SPDX-License-Identifier: MIT */
/* bench_json.c: see bench_json.h. */
#include "bench_json.h"

static const char *const names[LA_BENCH_NR_COUNTERS] = {
    [LA_BENCH_BLOCK] = "block",
    [LA_BENCH_PROCESS] = "process",
    [LA_BENCH_STAGE] = "stage",
    [LA_BENCH_REJECTED] = "rejected",
    [LA_BENCH_LOST_FRACTION] = "lost_fraction",
    [LA_BENCH_LOST_WORST_CPU] = "lost_worst_cpu",
    [LA_BENCH_STEAL_FRACTION] = "steal_fraction",
    [LA_BENCH_THROTTLED] = "throttled",
    [LA_BENCH_STEADY] = "steady",
    [LA_BENCH_OPS_PER_S] = "ops_per_s",
    [LA_BENCH_NS_PER_OP] = "ns_per_op",
    [LA_BENCH_NS_PER_OP_NET] = "ns_per_op_net",
    [LA_BENCH_ALLOC_HIT] = "alloc_hit",
    [LA_BENCH_FREE_HIT] = "free_hit",
    [LA_BENCH_DEPTH] = "depth",
    [LA_BENCH_HELD_MAX] = "held_max",
    [LA_BENCH_CACHED_BYTES] = "cached_bytes",
    [LA_BENCH_RSS_BYTES] = "rss_bytes",
    [LA_BENCH_FULL_CONCURRENCY] = "full_concurrency",
    [LA_BENCH_SHARE_MIN] = "share_min",
    [LA_BENCH_SHARE_MAX] = "share_max",
    [LA_BENCH_P50_NS] = "p50_ns",
    [LA_BENCH_P99_NS] = "p99_ns",
    [LA_BENCH_P999_NS] = "p999_ns",
    [LA_BENCH_LATENCY_SAMPLES] = "latency_samples",
};

struct la_bench_row la_bench_row_empty(void)
{
    struct la_bench_row row = {0};

    for (size_t i = 0; i < LA_BENCH_NR_COUNTERS; i++)
        row.counters[i] = NAN;
    return row;
}

const char *la_bench_counter_name(enum la_bench_counter counter)
{
    return names[counter];
}
