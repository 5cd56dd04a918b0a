/* SPDX-License-Identifier: MIT */
/*
 * engine_run.h: what is known of a measurement while it goes on; between engine.c, which conducts
 * it, engine_threads.c, which the threads run, and engine_figures.c, which makes figures of what
 * they left behind.
 */
#ifndef LA_ENGINE_RUN_H
#define LA_ENGINE_RUN_H

#include <stdatomic.h>

#include "disturb.h"
#include "engine.h"
#include "floor.h"
#include "gaps.h"
#include "steady.h"
#include "team.h"

/* What a thread leaves behind; nobody else's lines. */
struct record {
    _Alignas(LA_NO_SHARING) uint64_t operations;
    uint64_t start, stop; /* ticks */
    uint64_t paused;      /* ticks in between that were not the workload's */
    uint64_t slept;       /* those of them in which the thread did not run */
    uint64_t looked;      /* ticks in between that la_gaps took to ask the kernel */
    uint64_t next_sample; /* ticks */
    uint64_t cpu_ns;
    uint64_t run_delay_ns;
    bool run_delay_known;
    bool ready; /* it has what it needs */
    bool moved; /* it was not on its CPU at the window's end */
    uint64_t nr_successors;
    struct la_floor_estate estate;         /* of a thread that ended to the one after it */
    uint64_t slice_end;                    /* of the slice that is running, ticks, without pauses */
    size_t nr_slices;                      /* that are over */
    uint64_t slice_done[LA_STEADY_SLICES]; /* operations until the end of each */
    struct la_gaps gaps;
    struct la_off_cpu off_cpu; /* at the last gap, or where the thread began */
    uint64_t slept_before;     /* the worker's own sleep by then */
    struct la_histogram latency;
    struct la_worker worker;
    uint32_t decisions[LA_DECISIONS];
};

struct run {
    const struct la_contender *contender;
    const struct la_setting *setting;
    struct la_contender_list list;
    bool has_list;
    bool counts; /* a list, and no peer: it has a depth and statistics */
    struct la_team team;
    struct la_disturbers disturbers;
    struct record *records;
    unsigned nr_threads;
    void *shared;
    uint64_t duration; /* of the step that is running, ticks */
    uint64_t sample_period;
    uint64_t slice_period;
    _Alignas(LA_NO_SHARING) _Atomic bool stop;
};

/* A list's state at the beginning, about the middle and the end of a window, and the most entries
 * that it was seen to hold. */
struct look {
    struct lookaside_stats begin, middle, end;
    uint64_t held_max;
};

/* The steps of a run, for la_team_begin(): each thread prepares itself, fills, measures one window,
 * drains and frees what it has. context is the struct run. */
void la_engine_set_up(void *context, unsigned member);
void la_engine_fill(void *context, unsigned member);
void la_engine_window(void *context, unsigned member);
void la_engine_drain(void *context, unsigned member);
void la_engine_clear_up(void *context, unsigned member);

/* The figures of the threads, their samples added to *latency; false if nothing was done or memory
 * is short. */
bool la_engine_gather_threads(struct run *run, struct la_histogram *latency,
                              struct la_measurement *to);

/* Those of the list, after those of the threads. */
void la_engine_gather_list(const struct run *run, const struct look *look,
                           struct la_measurement *to);

/* How throughput, hits and depth went over the window that is just over. */
void la_engine_gather_course(const struct run *run, const struct look *look,
                             struct la_course *course);

#endif
