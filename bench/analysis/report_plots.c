/* SPDX-License-Identifier: MIT */
/*
 * report_plots.c: every plot that no other section shows.
 */
#include "report_section.h"

#include <string.h>

void la_report_plot(const struct la_plot *plot, FILE *stream)
{
    if (*plot->absent)
        fprintf(stream, "*No plot of %s: %s.*\n\n", plot->script, plot->absent);
    else
        fprintf(stream, "![%s](plots/%s.svg)\n\n", plot->caption, plot->name);
}

void la_report_plots_named(const struct la_report *report, const char *prefix, FILE *stream)
{
    for (size_t i = 0; i < report->plots->nr_plots; i++) {
        const struct la_plot *plot = &report->plots->plots[i];

        if (strncmp(plot->name, prefix, strlen(prefix)) == 0)
            la_report_plot(plot, stream);
    }
}

static void write(const struct la_report *report, FILE *stream)
{
    for (size_t i = 0; i < report->plots->nr_plots; i++) {
        if (!report->plots->plots[i].elsewhere)
            la_report_plot(&report->plots->plots[i], stream);
    }
}

const struct la_report_section la_report_plots = {
    .heading = "Plots",
    .write = write,
};
