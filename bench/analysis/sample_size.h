/* SPDX-License-Identifier: MIT */
/*
 * sample_size.h: what a run could have seen, and how much more measuring would decide what it left
 * open.
 *
 * More blocks in the same processes lessen the part of the standard error that arises within them;
 * more processes lessen all of it. The forecast takes medians to stay where they are and errors to
 * shrink by the square root of their number, and asks for a verdict with four chances in five
 * (LA_POWER): it is a plan, no promise.
 */
#ifndef LOOKASIDE_ANALYSIS_SAMPLE_SIZE_H
#define LOOKASIDE_ANALYSIS_SAMPLE_SIZE_H

#include "choice.h"

#define LA_POWER 0.8

/* A plan never asks for more than so many times what there is. */
enum { LA_MORE_MAX = 64 };

/* What would decide a comparison: times as many blocks in the same processes, or times as many
 * processes of as many blocks. 1: decided; INFINITY: not within LA_MORE_MAX times. */
struct la_need {
    double blocks, processes;
};

/*
 * log_ratio: what is open; twin: the A/A pair of the same blocks; p_needed: the p-value that the
 * correction for many comparisons asks of it, LA_FALSE_DISCOVERY_RATE if there is none. The bounds
 * are those of la_judge(): half_width away from 1, or the margin of equivalence. Pure.
 */
struct la_need la_sample_size(const struct la_estimate *log_ratio, const struct la_estimate *twin,
                              double p_needed);

/* The smallest difference (log) that these blocks find with LA_POWER; NaN where nothing is known.
 */
double la_detectable(const struct la_estimate *log_ratio, const struct la_estimate *twin);

/* The same for the contender in the middle of those compared with plain malloc. */
double la_choice_detectable(const struct la_choice *choice);

/* The smallest margin (log) for which the two are proven equivalent: they are no more than so much
 * apart. NaN without an interval. */
double la_apart_at_most(const struct la_estimate *log_ratio);

/* Seconds that one block of a group takes, warm-ups included; NaN if the file does not say. */
double la_block_s(const struct la_run *run, size_t group);

/* A comparison that is open, and the groups that more blocks would have to go to. */
struct la_open {
    const struct la_scope *scope;
    struct la_need need;
};

/* What further measuring would bring. */
struct la_effort {
    size_t nr_open;
    size_t nr_decided;     /* of these, within the limit */
    double seconds;        /* for those; NaN = the file does not say how long blocks take */
    double seconds_all;    /* for all that can be decided at all */
    size_t nr_near;        /* too near a bound: not within LA_MORE_MAX times what there is */
    size_t more_blocks;    /* in the group that gets most, for those decided */
    size_t more_processes; /* the same in processes; 0: the run had one */
};

/* The plan that decides most within limit_s: the cheapest comparisons first; a block decides all
 * that is open in its group. */
void la_effort_plan(const struct la_open *open, size_t nr_open, double limit_s,
                    struct la_effort *effort);

/* The open comparisons of one choice, against plain malloc or against the first place: as many at
 * most as it has standings. Their number. */
size_t la_effort_open(const struct la_choice *choice, bool to_leader, struct la_open *open);

/* What is open in choices: against plain malloc, and against the first place. Either may be NULL.
 */
void la_effort_of_choices(const struct la_choice *choices, size_t nr_choices, double limit_s,
                          struct la_effort *to_malloc, struct la_effort *to_leader);

enum { LA_EFFORT_SIZE = 256 };

/* "12 more minutes (9 more blocks a group) would decide 9 of 11 open ...". Returns text; "" if
 * nothing is open. */
const char *la_effort_text(const struct la_effort *effort, const char *what, char *text,
                           size_t size);

/* What the two sentences of a run are asked about, in seconds. */
#define LA_EFFORT_LIMIT_S 3600.0

#endif
