/* SPDX-License-Identifier: MIT */
/* page.h: the parts of report.html, made from cmark-gfm's HTML and the plots' data files. */
#ifndef LOOKASIDE_ANALYSIS_PAGE_H
#define LOOKASIDE_ANALYSIS_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "page_room.h"
#include "plot_data.h"

struct la_page {
    const char *dir;         /* where the report is made: plots/ */
    const char *results_dir; /* other pictures of the run */
    const struct la_plots *plots;
    struct la_page_room *room; /* report_html.c has it */
};

/* Links to the headings of the second level. */
void la_page_contents(const char *body, FILE *stream);

/* The body: pictures become figures with their table, tables get a box to scroll in, headings an
 * id, and verdicts a class. */
void la_page_body(const struct la_page *page, const char *body, FILE *stream);

/* A plot: its picture, its table, and its data for the page's script. */
void la_page_figure(const struct la_page *page, const struct la_plot *plot, FILE *stream);

/* The plot's picture alone, or its name if there is no room for it; only: the page has no data from
 * which its script could draw the plot. */
void la_page_plot_picture(const struct la_page *page, const struct la_plot *plot, bool only,
                          FILE *stream);

/* A picture of the run that is no plot, likewise; nothing if it is not there. */
void la_page_picture(const struct la_page *page, const char *name, const char *alt, FILE *stream);

/* Text as HTML, safe in attributes too. */
void la_page_escape(const char *text, size_t length, FILE *stream);

#endif
