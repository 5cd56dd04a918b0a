/* SPDX-License-Identifier: MIT */
/*
 * plot_layout.h: where each group is drawn, and in which order contenders stand. A panel is a group
 * without its number of threads.
 */
#ifndef LOOKASIDE_ANALYSIS_PLOT_LAYOUT_H
#define LOOKASIDE_ANALYSIS_PLOT_LAYOUT_H

#include "plot_data.h"

struct la_plot_layout {
    const struct la_plot_input *input;
    size_t *panel; /* of each group, from 1; 0 = it has no accepted block */
    size_t nr_panels;
    size_t *place; /* of each contender, from 1; 0 = not drawn */
    uint32_t *threads;
    size_t nr_threads;
    bool mapped; /* points of a grid are too many for panels: plot_regime.c draws them */
};

/* Why a plot came out empty. */
const char *la_plot_empty(const struct la_plot_layout *layout);

void la_plot_layout_init(struct la_plot_layout *layout, const struct la_plot_input *input);
void la_plot_layout_fini(struct la_plot_layout *layout);

/* A group's title within this run: its workload, and the settings in which its groups differ. */
const char *la_group_title(const struct la_run *run, size_t group, char *text, size_t size);

/* The group's number of threads among those of the run, from 1. */
size_t la_plot_thread_place(const struct la_plot_layout *layout, size_t group);

/* Whether no group of its panel has more threads, or fewer. Latency and memory are shown under most
 * load, cost under both. */
bool la_plot_has_most_threads(const struct la_plot_layout *layout, size_t group);
bool la_plot_has_fewest_threads(const struct la_plot_layout *layout, size_t group);

/* The contender's standing in the group; NULL if it was not measured there. */
const struct la_standing *la_plot_standing(const struct la_plot_layout *layout, size_t group,
                                           size_t contender);

/* A plot that has the same columns for every drawn contender of every group. */
typedef void la_plot_row_fn(const struct la_plot_layout *layout, size_t group,
                            const struct la_standing *standing, FILE *stream);

/* Writes the plot's data file: row() for each, in the order of drawing. The plot is absent if no
 * row came of it. 0, or -1 with *why. */
int la_plot_write_rows(const struct la_plot_input *input, struct la_plot *plot, const char *columns,
                       la_plot_row_fn *row, struct la_why *why);

/* The first columns of a row: panel, its title, contender's number, its name. */
void la_plot_row_start(const struct la_plot_layout *layout, size_t group, size_t contender,
                       FILE *stream);

/* "\tpoint\tlow\thigh", times scale; without an interval all are the point. */
void la_plot_row_estimate(const struct la_estimate *estimate, double scale, FILE *stream);

/* Operations per second of all threads. */
void la_plot_throughput_of(const struct la_plot_layout *layout, size_t group, size_t contender,
                           struct la_estimate *estimate);

#endif
