/* SPDX-License-Identifier: MIT */
/*
 * verdict.h: when a difference may be claimed. The rules stand here alone, as a pure function of
 * an interval, so that every table, plot and file of one run says the same.
 */
#ifndef LOOKASIDE_ANALYSIS_VERDICT_H
#define LOOKASIDE_ANALYSIS_VERDICT_H

#include "bootstrap.h"

enum la_verdict { LA_UNDECIDED, LA_BETTER, LA_WORSE, LA_SAME };

/* Why no difference was claimed. */
enum la_reason {
    LA_REASON_NONE,
    LA_REASON_NOT_MEASURED, /* no block holds both */
    LA_REASON_FEW_BLOCKS,   /* fewer than LA_MIN_BLOCKS */
    LA_REASON_NO_TWIN,      /* no A/A pair: the run does not know its own noise */
    LA_REASON_NOISE,        /* the interval overlaps what the A/A pair shows */
    LA_REASON_MANY,         /* would pass alone, not among so many comparisons */
};

enum { LA_MIN_BLOCKS = LA_MIN_VALUES };

/* Equivalence: the interval lies within the larger of this and the A/A half-width; no margin above
 * the second is called the same, however noisy the run. */
#define LA_MARGIN_RATIO 1.03
#define LA_MARGIN_RATIO_MAX 1.10

/* The false-discovery rate that a set of comparisons is held to. */
#define LA_FALSE_DISCOVERY_RATE 0.05

struct la_judgement {
    enum la_verdict verdict;
    enum la_reason reason;
};

/*
 * Judges an estimated log ratio (above 0 = better). half_width is the A/A pair's (in log, NaN =
 * none); p_adjusted the p-value after the correction for many comparisons.
 *   better, worse: the whole interval lies beyond the A/A half-width, and p_adjusted holds;
 *   same: the whole interval lies within the margin of equivalence;
 *   undecided: everything else, and everything below LA_MIN_BLOCKS blocks.
 */
struct la_judgement la_judge(const struct la_estimate *log_ratio, double half_width,
                             double p_adjusted);

/* The margin of equivalence that belongs to a half-width, in log. */
double la_equivalence_margin(double half_width);

/* How far the A/A interval reaches from "no difference", in log. */
double la_half_width(const struct la_estimate *twin);

const char *la_verdict_name(enum la_verdict verdict);
const char *la_reason_text(enum la_reason reason); /* "" for none */

#endif
