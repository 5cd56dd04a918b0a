/* SPDX-License-Identifier: MIT */
/* plots.h: draws the plots of a run with gnuplot, and knows where the scripts are. */
#ifndef LOOKASIDE_ANALYSIS_PLOTS_H
#define LOOKASIDE_ANALYSIS_PLOTS_H

#include "plot_data.h"

/* The directory of the scripts: LOOKASIDE_PLOTS if set, else the source tree's. NULL with *why if
 * they are not there. */
const char *la_plots_scripts(struct la_why *why);

/* Draws one plot from <dir>/<name>.tsv to <dir>/<name>.svg and .png. 0, or -1 with *why. */
int la_plots_draw(const struct la_plot *plot, const char *scripts, const char *dir,
                  struct la_why *why);

#endif
