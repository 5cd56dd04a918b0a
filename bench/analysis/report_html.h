/* SPDX-License-Identifier: MIT */
/* report_html.h: report.md into one HTML file that needs no other. */
#ifndef LOOKASIDE_ANALYSIS_REPORT_HTML_H
#define LOOKASIDE_ANALYSIS_REPORT_HTML_H

#include "run.h"

/*
 * Converts <dir>/report.md with cmark-gfm, puts it into scripts' report.html.in with report.css,
 * and its pictures into it as data. Pictures are looked for in dir, then in pictures_dir. Writes
 * <dir>/report.html. 0, or -1 with *why.
 */
int la_report_html_write(const char *dir, const char *pictures_dir, const char *scripts,
                         const char *title, struct la_why *why);

#endif
