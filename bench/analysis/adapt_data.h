/* SPDX-License-Identifier: MIT */
/* adapt_data.h: adapt.tsv into one data file per demand profile, for plots/adapt.gp. */
#ifndef LOOKASIDE_ANALYSIS_ADAPT_DATA_H
#define LOOKASIDE_ANALYSIS_ADAPT_DATA_H

#include "plot_data.h"

/* Adds a plot per profile, or one that says why it is absent. 0, or -1 with *why. */
int la_adapt_data_write(const char *dir, const char *to, struct la_plots *plots,
                        struct la_why *why);

#endif
