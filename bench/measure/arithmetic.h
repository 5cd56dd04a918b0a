/* SPDX-License-Identifier: MIT */
/*
 * arithmetic.h: from what threads counted to the numbers of a cell. Pure functions, so that every
 * definition in bench/README.md can be tested on figures worked out by hand.
 */
#ifndef LA_MEASURE_ARITHMETIC_H
#define LA_MEASURE_ARITHMETIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one thread did in the window; times on one clock, nanoseconds. */
struct la_thread_figures {
    uint64_t operations;
    double start_ns, stop_ns;
    double paused_ns; /* in between, and not to be measured */
    double looked_ns; /* in between, in which the harness looked round */
};

struct la_window_figures {
    uint64_t operations;         /* of all threads */
    double wall_ns;              /* latest stop - earliest start; if any thread paused, the mean of
                                    their own stop - start - pauses; less the mean of their looks */
    double ops_per_s;            /* operations / wall */
    double ns_per_op;            /* wall x threads / operations */
    double full_concurrency;     /* (earliest stop - latest start) / (latest stop - earliest start),
                                    at least 0 */
    double share_min, share_max; /* of the fair share, operations / threads */
};

/* A batch of steps is this many operations. */
static inline uint64_t la_operations(uint64_t iterations, uint64_t operations_per_iteration)
{
    return iterations * operations_per_iteration;
}

/* False, with nothing written, if there is no thread, no time or no operation. */
bool la_window_figures(const struct la_thread_figures *threads, size_t nr_threads,
                       struct la_window_figures *figures);

/* gross - floor; false where the floor is over 80 % of the gross figure, where the difference
 * would be noise. */
bool la_net_ns(double gross_ns, double floor_ns, double *net_ns);

/* 1 - misses / total; false if nothing was asked. */
bool la_hit_ratio(uint64_t total, uint64_t misses, double *ratio);

/* Time per operation of a sample: its ticks without the timer's floor. A sample within the floor
 * is 0: below what this clock can tell. */
double la_sample_ns(uint64_t sample_ticks, uint64_t floor_ticks, double ns_per_tick,
                    unsigned operations);

/* Whether so many samples can carry a percentile: three of them should lie beyond it, and there
 * must be 20 for any. */
bool la_percentile_known(uint64_t samples, double percent);

#endif
