/* SPDX-License-Identifier: MIT */
/* report_md.h: the report's text in Markdown, from which the page is made too. */
#ifndef LOOKASIDE_ANALYSIS_REPORT_MD_H
#define LOOKASIDE_ANALYSIS_REPORT_MD_H

#include "report_section.h"

void la_report_md_write(const struct la_report *report, FILE *stream);

/* The report's title: one line of plain text. */
const char *la_report_title(const struct la_report *report, char *text, size_t size);

#endif
