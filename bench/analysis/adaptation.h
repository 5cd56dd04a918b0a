/* SPDX-License-Identifier: MIT */
/*
 * adaptation.h: adaptation.tsv in memory: for each strategy, profile and policy the medians of its
 * runs, with intervals, and as a table.
 */
#ifndef LOOKASIDE_ANALYSIS_ADAPTATION_H
#define LOOKASIDE_ANALYSIS_ADAPTATION_H

#include <stdio.h>

#include "run.h"

enum la_adaptation_figure {
    LA_ADAPTATION_TO_95,     /* ticks; infinite: never */
    LA_ADAPTATION_OVERSHOOT, /* entries */
    LA_ADAPTATION_HIT,       /* of the steady time, 0 to 1 */
    LA_ADAPTATION_LOST,      /* hits lost, for each 1000 allocations */
    LA_ADAPTATION_KEPT,      /* bytes kept, mean over the run */
    LA_ADAPTATION_EXCESS,    /* bytes kept over bytes wanted, both times seconds */
    LA_ADAPTATION_END,       /* bytes kept in the last tick */
    LA_ADAPTATION_NR_FIGURES
};

struct la_adaptation_value {
    double median, low,
        high; /* low and high: NaN with fewer than 6 runs; median: if there is none */
};

/* Stands for the policy of a strategy that keeps nothing, whatever the policy. */
#define LA_ADAPTATION_NO_POLICY "-"

struct la_adaptation_line {
    char strategy[LA_NAME_SIZE], profile[LA_NAME_SIZE], policy[LA_NAME_SIZE];
    size_t nr_runs;
    struct la_adaptation_value figures[LA_ADAPTATION_NR_FIGURES];
};

struct la_adaptation {
    /* By profile, strategy, policy, as they come in the file; a strategy that keeps nothing has
     * one line for each profile. */
    struct la_adaptation_line *lines;
    size_t nr_lines;
};

/* Reads <dir>/adaptation.tsv. The repetition without chance counts only where there is no other. 1;
 * 0 if there is no such file; -1 with *why. Unload after 1 only. */
int la_adaptation_load(struct la_adaptation *adaptation, const char *dir, struct la_why *why);
void la_adaptation_unload(struct la_adaptation *adaptation);

/* "3.1 [2.9, 3.4]" or "3.1", or what stands for no value. Returns text. */
const char *la_adaptation_text(const struct la_adaptation_line *line,
                               enum la_adaptation_figure figure, bool with_interval, char *text,
                               size_t size);

/* The figure's name with its unit. */
const char *la_adaptation_head(enum la_adaptation_figure figure, char *text, size_t size);

/* As a table of plain text with a legend. */
void la_adaptation_print(const struct la_adaptation *adaptation, FILE *stream);

#endif
