/* SPDX-License-Identifier: MIT */
/*
 * goals.h: the table of goals: what the strategies are meant to reach, each goal as a number that
 * one run gives, with the interval of that number and what follows from it.
 *
 * A goal is met when the whole interval lies within its bound, not met when the whole interval lies
 * beyond, and undecided otherwise. Within a block a ratio is taken between contenders that ran next
 * to each other; net ones are ratios of what is left of both after that block's floor, and so hold
 * the floor's uncertainty. Between groups (numbers of threads) the n-th accepted block of one is
 * taken with the n-th of the other.
 */
#ifndef LOOKASIDE_ANALYSIS_GOALS_H
#define LOOKASIDE_ANALYSIS_GOALS_H

#include "bootstrap.h"
#include "run.h"

enum { LA_GOAL_TEXT = 128, LA_GOAL_LINES_MAX = 48 };

enum la_goal_verdict {
    LA_GOAL_MET,
    LA_GOAL_NOT_MET,
    LA_GOAL_UNDECIDED,
    LA_GOAL_NOT_MEASURED,
    LA_NR_GOAL_VERDICTS,
    LA_GOAL_COMPARISON = LA_NR_GOAL_VERDICTS, /* no goal: stands beside one, counted nowhere */
};
const char *la_goal_verdict_name(enum la_goal_verdict verdict);

enum la_goal_side { LA_GOAL_AT_MOST, LA_GOAL_AT_LEAST, LA_GOAL_BELOW };
const char *la_goal_side_text(enum la_goal_side side); /* "at most" */

struct la_goal_bound {
    enum la_goal_side side;
    double value;
};

/* A row of the table. */
struct la_goal {
    const char *name;    /* "pair-net" */
    const char *title;   /* "pair, 1 thread, net of the floor" */
    const char *unit;    /* of its values: "x" for ratios, "points", "entries" */
    const char *command; /* measures what it takes, and prints it */
};

/* One comparison; a row has one for each strategy that it names, and for each bound. */
struct la_goal_line {
    const struct la_goal *goal;
    char what[LA_GOAL_TEXT]; /* "percpu against malloc+tcmalloc, the best of 6" */
    struct la_goal_bound bound;
    struct la_estimate value;
    enum la_goal_verdict verdict;
    char note[LA_GOAL_TEXT]; /* why there is no verdict, or what the value is of; may be empty */
};

struct la_goals {
    struct la_goal_line lines[LA_GOAL_LINES_MAX]; /* in the table's order */
    size_t nr_lines;
};

/* The rows, by index; NULL past the last. */
const struct la_goal *la_goal_at(size_t index);

/* Judges a run by all goals. */
void la_goals_judge(const struct la_run *run, const struct la_resampling *resampling,
                    struct la_goals *goals);

/* The verdict on an estimate that has as many values as intervals take, at least. */
enum la_goal_verdict la_goal_decide(const struct la_goal_bound *bound,
                                    const struct la_estimate *value);

size_t la_goals_count(const struct la_goals *goals, enum la_goal_verdict verdict);

#endif
