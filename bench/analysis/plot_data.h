/* SPDX-License-Identifier: MIT */
/*
 * plot_data.h: the small files that plots are drawn from. What each holds stands at the top of the
 * script that reads it, plots/<script>.gp. A plot is one file, plot_<name>.c, and one line in
 * plots.def.
 */
#ifndef LOOKASIDE_ANALYSIS_PLOT_DATA_H
#define LOOKASIDE_ANALYSIS_PLOT_DATA_H

#include <stdio.h>

#include "choice.h"
#include "run.h"

enum { LA_MAX_PLOTS = 64 };

struct la_plot {
    char name[LA_NAME_SIZE];     /* of the data file and the pictures */
    char script[LA_NAME_SIZE];   /* plots/<script>.gp */
    char argument[LA_NAME_SIZE]; /* to the script, or empty */
    char caption[160];
    char absent[160]; /* why it is not drawn, or empty */
    bool elsewhere;   /* a section of the report shows it, so the section Plots does not */
    /* The table beside it: "column=heading|column=heading" of the data file; NULL: all of it. */
    const char *table;
    /* How the page draws it from its data, see bench/README.md; NULL: the picture only. */
    const char *view;
};

struct la_plots {
    struct la_plot plots[LA_MAX_PLOTS];
    size_t nr_plots;
};

struct la_plot_layout;

/* What the data is made from: a run, the choice in each of its groups, and the files beside it. */
struct la_plot_input {
    const struct la_run *run;
    const char *dir;                  /* of the results */
    const struct la_choice *by_group; /* one per group, in the run's order */
    const struct la_choice *choices;  /* one per workload; over all of them at the end */
    size_t nr_choices;
    const struct la_resampling *resampling;
    const char *to;                      /* where data files go */
    const struct la_plot_layout *layout; /* plot_layout.h; set by la_plot_data_write() */
};

/* Adds a plot and writes <to>/<name>.tsv, or adds one that says why it is absent. 0, or -1 with
 * *why. */
typedef int la_plot_write_fn(const struct la_plot_input *input, struct la_plots *plots,
                             struct la_why *why);

#define LA_PLOT(name) la_plot_write_fn la_##name;
#include "plots.def"
#undef LA_PLOT

/* Calls the writers of plots.def. 0, or -1 with *why. */
int la_plot_data_write(struct la_plot_input *input, struct la_plots *plots, struct la_why *why);

/* Adds a plot whose script has the same name; at most LA_MAX_PLOTS. */
struct la_plot *la_plot_add(struct la_plots *plots, const char *name, const char *caption);

/* <to>/<plot->name>.tsv with its line of column names, tab-separated; NULL with *why. */
FILE *la_plot_create(const struct la_plot_input *input, const struct la_plot *plot,
                     const char *columns, struct la_why *why);

/* Closes it. 0, or -1 with *why: a full disk shows here. */
int la_plot_finish(FILE *stream, const struct la_plot *plot, struct la_why *why);

/* The names in a plot, numbered from 1 as they come: the series of a script. */
enum { LA_MAX_SERIES = 64 };
struct la_plot_names {
    char name[LA_MAX_SERIES][LA_NAME_SIZE];
    size_t nr;
};

/* The name's number; 0: there are too many, or it is no word. */
size_t la_plot_number_of(struct la_plot_names *names, const char *name);

/* A number as gnuplot reads it, NaN included. Returns text. */
const char *la_plot_figure(double value, char *text, size_t size);

#endif
