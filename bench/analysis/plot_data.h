/* SPDX-License-Identifier: MIT */
/*
 * plot_data.h: the small files that plots are drawn from. What each holds stands at the top of the
 * script that reads it, plots/<script>.gp.
 */
#ifndef LOOKASIDE_ANALYSIS_PLOT_DATA_H
#define LOOKASIDE_ANALYSIS_PLOT_DATA_H

#include "choice.h"
#include "run.h"

enum { LA_MAX_PLOTS = 16 };

struct la_plot {
    char name[LA_NAME_SIZE];     /* of the data file and the pictures */
    char script[LA_NAME_SIZE];   /* plots/<script>.gp */
    char argument[LA_NAME_SIZE]; /* to the script, or empty */
    char caption[160];
    char absent[160]; /* why it is not drawn, or empty */
};

struct la_plots {
    struct la_plot plots[LA_MAX_PLOTS];
    size_t nr_plots;
};

/* What the data is made from: a run, the choice in each of its groups, and the files beside it. */
struct la_plot_input {
    const struct la_run *run;
    const char *dir;
    const struct la_choice *by_group; /* one per group, in the run's order */
    const struct la_resampling *resampling;
};

/* Writes the data files into to. 0, or -1 with *why. */
int la_plot_data_write(const struct la_plot_input *input, const char *to, struct la_plots *plots,
                       struct la_why *why);

/* A group's title within this run: its workload, and the settings in which its groups differ. */
const char *la_group_title(const struct la_run *run, size_t group, bool with_threads, char *text,
                           size_t size);

#endif
