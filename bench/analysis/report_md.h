/* SPDX-License-Identifier: MIT */
/* report_md.h: the report's text in Markdown, from which the page is made too. */
#ifndef LOOKASIDE_ANALYSIS_REPORT_MD_H
#define LOOKASIDE_ANALYSIS_REPORT_MD_H

#include <stdio.h>

#include "choice_json.h"
#include "plot_data.h"

struct la_report {
    const char *dir;
    const struct la_answers *answers;
    const struct la_choice *by_group; /* one per group */
    const struct la_plots *plots;
    const struct json_t *manifest; /* NULL: there is none */
    const char *topology_text;     /* NULL: not known */
    bool has_topology_picture;
};

void la_report_md_write(const struct la_report *report, FILE *stream);

/* The report's title: one line of plain text. */
const char *la_report_title(const struct la_report *report, char *text, size_t size);

/* What stands in report_machine.c: the machine, and what about it limits the numbers. */
void la_report_machine(const struct la_report *report, FILE *stream);
void la_report_caveats(const struct la_report *report, FILE *stream);
void la_report_reproduce(const struct la_report *report, FILE *stream);

/* A value of the manifest inside a row, "unknown" if it is none; the row of the caches. */
void la_report_value(const struct json_t *value, FILE *stream);
void la_report_caches(const struct json_t *caches, FILE *stream);

#endif
