/* SPDX-License-Identifier: MIT */
/* report_html.h: report.md into one HTML file that needs no other. */
#ifndef LOOKASIDE_ANALYSIS_REPORT_HTML_H
#define LOOKASIDE_ANALYSIS_REPORT_HTML_H

#include "page.h"

/*
 * Converts <page->dir>/report.md with cmark-gfm and puts it, its pictures, data, style and script
 * into scripts' report.html.in. Writes <page->dir>/report.html. 0, or -1 with *why.
 */
int la_report_html_write(const struct la_page *page, const char *scripts, const char *title,
                         struct la_why *why);

#endif
