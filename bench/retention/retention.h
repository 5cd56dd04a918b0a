/* SPDX-License-Identifier: MIT */
/*
 * retention.h: a run of trials: contenders at every depth of a sweep, in blocks, in random order,
 * each trial in a process of its own.
 */
#ifndef LA_RETENTION_H
#define LA_RETENTION_H

#include "frontier.h"
#include "trial.h"

enum { LA_RETENTION_BLOCKS_MAX = 200, LA_RETENTION_NAME_BYTES = 192 };

struct la_retention_plan {
    const struct la_contender *contenders; /* without the floor; malloc+glibc and its twin first */
    size_t nr_contenders;
    const uint32_t *depths; /* of the lists; rising */
    size_t nr_depths;
    struct la_trial_setting setting; /* depth and seed are set for each trial */
    unsigned blocks;
    uint64_t seed;
};

/* What one trial comes to, and what is estimated over the blocks. All bytes are resident growth
 * unless they say cached. */
enum la_retention_figure {
    LA_FIGURE_OPS_PER_S,
    LA_FIGURE_ALLOC_HIT,
    LA_FIGURE_CACHED_BUSY,   /* in the list, at the end of busy */
    LA_FIGURE_RETAINED_BUSY, /* at the end of busy, when nothing is live */
    LA_FIGURE_PEAK,          /* the most at any glance */
    LA_FIGURE_RETAINED_PEAK, /* after the peak, when nothing is live */
    LA_FIGURE_RETAINED_IDLE,
    LA_FIGURE_RETAINED_TRIM,
    LA_FIGURE_RETAINED_PURGE, /* NAN: the allocator cannot be asked */
    LA_FIGURE_LIVE_BYTE_S,
    LA_FIGURE_CACHED_BYTE_S,
    LA_FIGURE_RESIDENT_BYTE_S,
    LA_NR_FIGURES
};

const char *la_retention_figure_name(enum la_retention_figure figure);

struct la_retention_cell {
    char name[LA_RETENTION_NAME_BYTES];
    const struct la_contender *contender;
    uint32_t depth;                      /* 0: no list */
    double metadata_bytes[LA_NR_STAGES]; /* of the list, after each; NAN: none, or not known */
    unsigned nr_blocks;                  /* complete ones, rejected or not */
    bool rejected[LA_RETENTION_BLOCKS_MAX];
    bool all_count; /* no block was accepted: better doubtful figures than none */
    double figures[LA_NR_FIGURES][LA_RETENTION_BLOCKS_MAX];
    struct la_trial shown; /* one of them, over time: of the first block that counts */
    bool optimal;          /* on the frontier of ops_per_s against retained_busy, by medians */
};

struct la_retention_outcome {
    struct la_retention_cell *cells; /* mallocs first, then each list at every depth */
    size_t nr_cells;
    unsigned nr_blocks, nr_rejected; /* accepted ones, others */
    bool interrupted;
};

struct la_retention_hooks {
    void (*progress)(double done_s, const char *cell); /* of la_retention_estimate_s() */
    bool (*interrupted)(void);
};

double la_retention_estimate_s(const struct la_retention_plan *plan);

/* 0; or -1 with *why set to one line and nothing in *outcome. The caller has one thread. */
int la_retention_run(const struct la_retention_plan *plan, const struct la_retention_hooks *hooks,
                     struct la_retention_outcome *outcome, const char **why);
void la_retention_outcome_fini(struct la_retention_outcome *outcome);

/* The median over a cell's accepted blocks (if none is, over all) and its interval (order.h), NAN
 * what is not known; with base, of the ratios to it block by block. */
struct la_retention_estimate {
    double median, low, high;
};
struct la_retention_estimate la_retention_estimate(const struct la_retention_cell *cell,
                                                   const struct la_retention_cell *base,
                                                   enum la_retention_figure figure);

/* The cells as points of the frontier: retained_busy and ops_per_s. */
void la_retention_points(const struct la_retention_outcome *outcome,
                         struct la_frontier_point *points);

#endif
