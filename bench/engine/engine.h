/* SPDX-License-Identifier: MIT */
/*
 * engine.h: one contender, one workload, once: the measurement of a cell in a block.
 *
 * Threads of our own, bound and verified, fill, warm up (again while steady.h finds a trend, four
 * times at most) and are measured without being replaced in between, unless that is the workload,
 * for a fixed time: they start at a gate, do batches of operations, look at the clock after each,
 * and stop within a batch of the window's end. Counts and times are each thread's own until the
 * window is over. The leading thread sleeps through the window but for looks at how many entries
 * the list holds, every 5 ms and at least three, the same for contenders without a list.
 *
 * A workload may replace its threads: the successor is bound to the same CPU, goes on where its
 * predecessor was, and its figures are added to the ones before. It may move them to other CPUs:
 * then each is looked for where it went last. And it may have the CPUs that are left disturb it.
 *
 * Every run has a fresh list, which is flushed and ended after it. The allocators keep what they
 * cached in earlier runs: each run's warm-up makes them used to the new one.
 */
#ifndef LA_ENGINE_H
#define LA_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "arithmetic.h"
#include "contender.h"
#include "histogram.h"
#include "interference.h"
#include "placement.h"
#include "steady.h"
#include "workload.h"

/* What the cells of a group have in common. */
struct la_setting {
    const struct la_workload *workload;
    struct la_workload_params params;
    size_t size;
    uint32_t depth;                        /* entries; not looked at if adaptive */
    const struct lookaside_policy *policy; /* that adapts the depth; NULL: it is fixed */
    const struct la_placement *placement;
    const struct la_placement *places; /* where threads that move go; NULL: among placement's */
    const struct la_placement *others; /* the CPUs that are left to disturb from; NULL: none */
    uint64_t warmup_ns, window_ns;
    uint64_t seed; /* of the random decisions, the same for all contenders of a block */
};

struct la_measurement {
    struct la_window_figures window;
    double cpu_ns;          /* of all threads, in the window */
    uint64_t nr_successors; /* threads that took the place of another one */
    double paused_ns;       /* of all threads: taken off the window, for what is not measured */
    double looked_ns;       /* of all threads: taken off as well, for what the gap rule asked */
    double lost_ns;         /* of all threads: see gaps.h */
    double thread_ns;       /* the window x threads; where these share CPUs, x CPUs */
    double lost_worst;      /* the share of its time that the CPU lost that lost most of it */
    bool run_delay_known;
    struct la_interference interference; /* of the machine, with the placement's CPUs */
    struct la_course course;             /* of throughput, hits and depth over the window */
    unsigned warmups;                    /* one, and more as long as it was not steady */

    bool has_list; /* and no peer; from here to entry_bytes only then */
    bool hits_known;
    bool miscounted; /* the list counted other operations than the driver: no hits then */
    double alloc_hit, free_hit;
    uint32_t depth;
    uint64_t held_max;
    uint64_t held; /* at the end of the window */
    size_t entry_bytes;

    bool rss_known;
    int64_t rss_bytes;
};

/* What a warm-up of this contender lasts: longer than the setting's where a depth has to settle. */
uint64_t la_engine_warmup_ns(const struct la_contender *contender,
                             const struct la_setting *setting);

/*
 * Measures. Samples are added to *latency in ticks for LA_SAMPLE_OPERATIONS, the clock's floor
 * taken off. False with *why set to one line if it could not be done. la_clock_init() comes first.
 */
bool la_engine_measure(const struct la_contender *contender, const struct la_setting *setting,
                       struct la_histogram *latency, struct la_measurement *measurement,
                       const char **why);

#endif
