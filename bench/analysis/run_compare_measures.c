/* SPDX-License-Identifier: MIT */
/* run_compare_measures.c: what is compared, of all files. */
#include "run_compare.h"

const struct la_measure la_measures[LA_NR_MEASURES] = {
    {LA_OPS_PER_S, true, LA_MEASURE_TIME, 1e-6, "Mops/s"},
    {LA_P50_NS, false, LA_MEASURE_TIME, 1, "ns"},
    {LA_P99_NS, false, LA_MEASURE_TIME, 1, "ns"},
    {LA_P999_NS, false, LA_MEASURE_TIME, 1, "ns"},
    {LA_ALLOC_HIT, true, LA_MEASURE_SHARE, 100, "%"},
    {LA_FREE_HIT, true, LA_MEASURE_SHARE, 100, "%"},
    {LA_HELD_MAX, false, LA_MEASURE_COUNT, 1, "entries"},
    {LA_CACHED_BYTES, false, LA_MEASURE_COUNT, 1, "B"},
    {LA_RSS_BYTES, false, LA_MEASURE_BYTES, 1, "B"},
    {LA_RESPONSE_P50_NS, false, LA_MEASURE_TIME, 1, "ns"},
    {LA_RESPONSE_P99_NS, false, LA_MEASURE_TIME, 1, "ns"},
    {LA_RESPONSE_P999_NS, false, LA_MEASURE_TIME, 1, "ns"},
    {LA_OWN_P99_NS, false, LA_MEASURE_TIME, 1, "ns"},
    {LA_OWN_P999_NS, false, LA_MEASURE_TIME, 1, "ns"},
    {LA_SERVICE_P50_NS, false, LA_MEASURE_TIME, 1, "ns"},
    {LA_SERVICE_P99_NS, false, LA_MEASURE_TIME, 1, "ns"},
    {LA_SERVICE_P999_NS, false, LA_MEASURE_TIME, 1, "ns"},
    {LA_KEPT_RATE, true, LA_MEASURE_RATE, 1e-6, "Mops/s"},
    {LA_CACHED_BUSY_BYTES, false, LA_MEASURE_COUNT, 1, "B"},
    {LA_RETAINED_BUSY_BYTES, false, LA_MEASURE_BYTES, 1, "B"},
    {LA_PEAK_BYTES, false, LA_MEASURE_BYTES, 1, "B"},
    {LA_RETAINED_PEAK_BYTES, false, LA_MEASURE_BYTES, 1, "B"},
    {LA_RETAINED_IDLE_BYTES, false, LA_MEASURE_BYTES, 1, "B"},
    {LA_RETAINED_TRIM_BYTES, false, LA_MEASURE_BYTES, 1, "B"},
    {LA_RETAINED_PURGE_BYTES, false, LA_MEASURE_BYTES, 1, "B"},
    {LA_CACHED_BYTE_S, false, LA_MEASURE_BYTES, 1, "B s"},
    {LA_RESIDENT_BYTE_S, false, LA_MEASURE_BYTES, 1, "B s"},
};
