/* SPDX-License-Identifier: MIT */
/*
 * run_compare.h: one run against another: what of each cell got better or worse, and what cannot be
 * told.
 *
 * The two runs have nothing in common, so nothing is paired across them; each side is resampled by
 * itself, its processes and then their blocks. What made a whole run slow is taken out another way:
 * times are compared as ratios to plain malloc of the same block, which neither run changed.
 *
 * The highest rate that keeps a target has no blocks: each run has a rate that keeps it and one
 * that misses it, each proven by windows of its own, and the change lies between their ratios.
 */
#ifndef LOOKASIDE_ANALYSIS_RUN_COMPARE_H
#define LOOKASIDE_ANALYSIS_RUN_COMPARE_H

#include <jansson.h>

#include "agreement.h"
#include "bootstrap.h"
#include "run.h"
#include "verdict.h"

enum la_side { LA_BASE, LA_NEW, LA_NR_RUN_SIDES };

/* What of a cell is compared. */
struct la_measure {
    enum la_counter counter;
    bool more_is_better;
    enum {
        LA_MEASURE_TIME,  /* depends on the machine's speed: ratio to plain malloc of the block */
        LA_MEASURE_COUNT, /* entries or bytes held, from 0: ratio, one entry added to both */
        LA_MEASURE_BYTES, /* ratio, positive values only */
        LA_MEASURE_SHARE, /* of operations, 0 to 1: difference */
        LA_MEASURE_RATE, /* between the highest that keeps a target and the lowest that misses it */
    } kind;
    double scale;     /* to the unit below */
    const char *unit; /* "Mops/s", "ns", "points" */
};
enum { LA_NR_MEASURES = 27 };
extern const struct la_measure la_measures[LA_NR_MEASURES];

/* How a line's values were made comparable. */
enum la_basis {
    LA_BASIS_MALLOC,   /* ratios to plain malloc of the same block */
    LA_BASIS_ABSOLUTE, /* as they are */
};

struct la_run_line {
    const struct la_measure *measure;
    size_t group[LA_NR_RUN_SIDES], contender[LA_NR_RUN_SIDES];
    enum la_basis basis;
    double median[LA_NR_RUN_SIDES]; /* in the measure's unit, as measured */
    struct la_estimate change;      /* log ratio, or difference: above 0 = NEW is better */
    struct la_estimate twin;        /* the same of what did not change; no estimate for counts */
    double bound; /* what a claim must exceed: the margin, A/A, what a malloc moved; the largest */
    double p, p_adjusted;
    struct la_judgement judgement;
};

/* A cell that one run has and the other lacks. */
struct la_lone_cell {
    enum la_side side;
    size_t group, contender;
};

struct la_run_compare_settings {
    double margin;        /* as a share: 0.03 */
    bool absolute;        /* do not divide by plain malloc */
    bool across_machines; /* times as ratios to plain malloc only, no resident bytes */
    struct la_resampling resampling;
};

struct la_run_compare {
    const struct la_run *runs[LA_NR_RUN_SIDES];
    const struct la_run_compare_settings *settings;
    struct la_run_line *lines; /* worse first, then undecided, same, better; worst first in each */
    size_t nr_lines;
    size_t nr_verdicts[4]; /* by enum la_verdict */
    size_t nr_cells;       /* in both runs, controls left out */
    struct la_lone_cell *lone;
    size_t nr_lone;
    size_t nr_half;        /* values of a cell in both that only one of the runs has */
    size_t nr_no_ratio;    /* times without plain malloc, across machines; bytes not above 0 */
    size_t nr_bounded;     /* times that are lower bounds in both runs */
    size_t nr_one_process; /* lines of which one side is of one process */
    /* Plain malloc against itself, absolute: the least and the largest ratio of NEW to BASE over
     * groups, NaN across machines. The same for the floor. */
    double drift_low, drift_high, floor_low, floor_high;
    double detectable; /* of throughput, the median over cells; log */
};

/* Log ratio of the highest rate of NEW's sample to that of BASE's: low and high are from where to
 * where it must lie, infinite where a run has one end only. False if it cannot be told at all. */
bool la_rate_change(const struct la_sample *const *sides, struct la_estimate *change);

/* Two-sided p-value for "both runs keep the target as often": Fisher's exact test of the windows at
 * the rate that one run keeps and those at the lower rate that the other misses. 1 where the rates
 * may be the same, or the windows are not known. */
double la_rate_p(const struct la_sample *const *sides);

/* How far plain malloc's rate may have moved; where that has no bound, as far as it must have. */
double la_rate_noise(const struct la_sample *const *sides);

/* Raises the lines' bounds to what the mallocs of the group, which neither run changed, show. */
void la_run_compare_bound_by_mallocs(struct la_run_compare *result);

/* Compares. -1 with *why if the runs have no cell in common. */
int la_run_compare(const struct la_run *base, const struct la_run *now,
                   const struct la_run_compare_settings *settings, struct la_run_compare *result,
                   struct la_why *why);
void la_run_compare_fini(struct la_run_compare *result);

struct la_run_compare_files {
    const char *dirs[LA_NR_RUN_SIDES];
    const json_t *manifests[LA_NR_RUN_SIDES];
    const char *machines;                 /* what tells them apart, or "" */
    const struct la_agreement *agreement; /* of their choices; NULL: one has none */
};

/* Tables for people; all: every line, not only the verdicts and the first undecided ones. */
void la_run_compare_text(const struct la_run_compare *result,
                         const struct la_run_compare_files *files, bool all, FILE *stream);
void la_run_compare_json(const struct la_run_compare *result,
                         const struct la_run_compare_files *files, FILE *stream);

/* What a reader should know before believing it, one a line, each after prefix. */
void la_run_compare_notes(const struct la_run_compare *result,
                          const struct la_run_compare_files *files, const char *prefix,
                          FILE *stream);

/* "pair/percpu+glibc 256 B depth 256 compact 2 threads". Returns text. */
const char *la_run_cell_text(const struct la_run *run, size_t group, size_t contender, char *text,
                             size_t size);

#endif
