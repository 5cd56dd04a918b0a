/* SPDX-License-Identifier: MIT */
/*
 * goal_line.h: how a line of the table of goals is made: finding the cells that it is about, the
 * values that they give block by block, and the verdict. Internal to goals.c, which knows the
 * goals.
 */
#ifndef LOOKASIDE_ANALYSIS_GOAL_LINE_H
#define LOOKASIDE_ANALYSIS_GOAL_LINE_H

#include "goals.h"

struct judge {
    const struct la_run *run;
    const struct la_resampling *resampling;
    struct la_goals *goals;
    double *values;      /* room for those of all blocks */
    uint32_t *processes; /* who measured each */
    uint32_t last_process;
};

/* Puts a value behind so many; returns how many there are then. */
size_t goal_value_add(const struct judge *judge, size_t nr, double value,
                      const struct la_sample *from);

/* A line of which nothing is known yet. */
struct la_goal_line *goal_line_add(struct judge *judge, const struct la_goal *goal,
                                   struct la_goal_bound bound, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void goal_line_note(struct la_goal_line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Estimates from the first so many of judge->values, by processes where there are several, and
 * decides. */
void goal_line_decide(const struct judge *judge, size_t nr_values, struct la_goal_line *line);

/* The group of a workload at 256 bytes and, but for burst-cold, depth 256; nr_threads 0: the one
 * with most threads, more than one. -1: none. */
int goal_group(const struct la_run *run, const char *workload, unsigned nr_threads);

/* The group of a workload in which threads share CPUs, at 256 bytes and depth 256, or -1. */
int goal_group_shared(const struct la_run *run, const char *workload);

/* The contender of that name, or the strategy of that name in front of glibc; -1: none. */
int goal_contender(const struct la_run *run, const char *name);

/* Whether the group has accepted blocks of the contender. */
bool goal_measured(const struct la_run *run, int group, int contender);

/* The same, and notes what is missing. */
bool goal_line_has(const struct la_run *run, int group, int contender, const char *name,
                   struct la_goal_line *line);

/* The malloc with the smallest median net cost, or -1; *nr: how many there are. */
int goal_best_malloc(const struct judge *judge, size_t group, size_t *nr);

/* Values: the first's ns per operation over the second's, net or gross; then decides. */
void goal_line_net(const struct judge *judge, int group, int first, int second,
                   struct la_goal_line *line);
void goal_line_gross(const struct judge *judge, int group, int first, int second,
                     struct la_goal_line *line);

/* Values: operations per second of the contender in the second group over those in the first, of
 * one process each, times a factor. Their number. */
size_t goal_speeds(const struct judge *judge, size_t first, size_t second, size_t contender,
                   double factor);

/* Values: how many points the first one's hits lie behind the second's, of allocations or of frees,
 * whichever is farther. Their number. */
size_t goal_hits(const struct judge *judge, size_t group, size_t first, size_t second);

#endif
