/* SPDX-License-Identifier: MIT */
/*
 * openloop.h: an open-loop run: contenders at several rates in blocks, each block with plans of its
 * own that are the same for all contenders in it, contenders in random order; or the search for the
 * highest rate of each. Blocks go round the processes of a run, each an independent sample
 * (crew.h).
 */
#ifndef LA_OPENLOOP_H
#define LA_OPENLOOP_H

#include "crew.h"
#include "drive.h"
#include "search.h"

enum { LA_OPENLOOP_PERCENTILES = 4, LA_OPENLOOP_BLOCKS_MAX = 200, LA_OPENLOOP_NAME_BYTES = 224 };

/* Which times: all responses, or those that the machine did not cause, or services. A machine that
 * stops threads for milliseconds has a tail of its own, in which contenders cannot be told apart.
 */
enum la_openloop_view { LA_VIEW_ALL, LA_VIEW_OWN, LA_VIEW_SERVICE, LA_NR_VIEWS };

/* 50, 90, 99, 99.9 */
extern const double la_openloop_percents[LA_OPENLOOP_PERCENTILES];

struct la_openloop_plan {
    const struct la_contender *contenders; /* the floor first, then malloc+glibc and its twin */
    size_t nr_contenders;
    const double *rates; /* operations a second, of all threads; rising */
    size_t nr_rates;
    const struct la_placement *placement;
    size_t size;
    uint32_t depth;
    struct la_demand demand; /* its rate, duration and seed are set for each window */
    double remote_share;     /* of each thread's objects: freed by the next thread */
    uint64_t warmup_ns, window_ns;
    unsigned blocks, processes;
    uint64_t seed;
    double target_ns;           /* of the 99.9th percentile of responses; 0: no search */
    enum la_openloop_view view; /* of the responses that the search looks at */
};

/* One contender at one rate: the accepted blocks together, and block by block. */
struct la_openloop_cell {
    char name[LA_OPENLOOP_NAME_BYTES];
    const struct la_contender *contender;
    double rate;
    struct la_lane_result seen;
    uint64_t operations;
    unsigned nr_blocks, nr_rejected, nr_overloaded;
    /* Percentiles of accepted blocks in ns, NAN where a block had too few samples. */
    double block_ns[LA_NR_VIEWS][LA_OPENLOOP_PERCENTILES][LA_OPENLOOP_BLOCKS_MAX];
    unsigned block[LA_OPENLOOP_BLOCKS_MAX]; /* whose they are */
    unsigned process[LA_OPENLOOP_BLOCKS_MAX];
    bool late[LA_OPENLOOP_BLOCKS_MAX]; /* it was overloaded: percentiles are lower bounds */
};

struct la_openloop_outcome {
    struct la_openloop_cell *cells; /* rate by rate, contenders in the plan's order */
    size_t nr_cells;
    struct la_search *searches; /* by contender; NULL: none was asked for */
    bool interrupted;
    bool block_lost; /* a process ended too early */
};

struct la_openloop_hooks {
    void (*progress)(double done_s, const char *cell); /* of la_openloop_estimate_s() */
    bool (*interrupted)(void);
    void (*lost)(const char *line); /* a process ended too early */
    struct la_crew *crew;           /* who measures; NULL: this process */
    size_t plan;                    /* which of theirs this is */
};

/* The length of a window at a rate: the plan's, or as long as it takes to have LA_OPENLOOP_ENOUGH
 * samples for the last percentile. */
enum { LA_OPENLOOP_ENOUGH = 4000 };
uint64_t la_openloop_window_ns(const struct la_openloop_plan *plan, double rate);

/* Until so many times the estimate, further blocks make up for rejected ones. */
#define LA_OPENLOOP_MAKE_UP 1.3

/* Of the sweep, without the search. */
double la_openloop_estimate_s(const struct la_openloop_plan *plan);

/* 0; or -1 with *why set to one line and nothing in *outcome. */
int la_openloop_run(const struct la_openloop_plan *plan, const struct la_openloop_hooks *hooks,
                    struct la_openloop_outcome *outcome, const char **why);
void la_openloop_outcome_fini(struct la_openloop_outcome *outcome);

/* A percentile of responses or services in ns; NAN with too few samples. */
double la_openloop_percentile_ns(const struct la_histogram *histogram, double percent);

/* The median over a cell's blocks and its interval (order.h); NAN what is not known. With base: of
 * the ratios to it, block by block. Blocks of one of several processes are no independent values:
 * the interval then is that of the processes' medians, and there is none for fewer than six. */
struct la_openloop_estimate {
    double median, low, high;
    unsigned nr_blocks, nr_processes;
};
struct la_openloop_estimate la_openloop_estimate(const struct la_openloop_cell *cell,
                                                 const struct la_openloop_cell *base,
                                                 enum la_openloop_view view, size_t percentile);

/* The times of a view, all causes in one. */
void la_openloop_times(const struct la_lane_result *seen, enum la_openloop_view view,
                       struct la_histogram *times);

#endif
