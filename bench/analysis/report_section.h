/* SPDX-License-Identifier: MIT */
/*
 * report_section.h: what a section of the report is, and what its writer is given. A section is one
 * file, report_<topic>.c, and one line in report_sections.def.
 */
#ifndef LOOKASIDE_ANALYSIS_REPORT_SECTION_H
#define LOOKASIDE_ANALYSIS_REPORT_SECTION_H

#include <stdio.h>

#include "choice_json.h"
#include "plot_data.h"

struct la_report {
    const char *dir; /* of the results, for files of a section's own */
    const struct la_answers *answers;
    const struct la_decision *decision; /* those with all that follows from them */
    const struct la_choice *by_group;   /* one per group */
    const struct la_plots *plots;
    const struct json_t *manifest; /* NULL: there is none */
    const char *topology_text;     /* NULL: not known */
    bool has_topology_picture;
};

struct la_report_section {
    const char *heading; /* NULL: stands under the title, without one */
    /* Whether the run has data for it, else the section is left out; NULL: always. */
    bool (*available)(const struct la_report *report);
    /* Markdown, with an empty line at its end; GFM tables, no HTML. */
    void (*write)(const struct la_report *report, FILE *stream);
};

#define LA_REPORT_SECTION(name) extern const struct la_report_section la_##name;
#include "report_sections.def"
#undef LA_REPORT_SECTION

/* For plots that a section shows itself; those of a name that begins with prefix. */
void la_report_plots_named(const struct la_report *report, const char *prefix, FILE *stream);

/* One plot as a picture with its caption, or why it is absent. */
void la_report_plot(const struct la_plot *plot, FILE *stream);

/* Text of a file, made harmless: it may hold anything, and in a table must not break the row. */
void la_report_plain(const char *text, FILE *stream);

/* A value of the manifest inside a row, "unknown" if it is none; the row of the caches. */
void la_report_value(const struct json_t *value, FILE *stream);
void la_report_caches(const struct json_t *caches, FILE *stream);

/* Figures; "n/a" for NaN. All return text. */
const char *la_report_figure(double value, int nr_decimals, char *text, size_t size);
const char *la_report_nanoseconds(double value, char *text, size_t size);

/* A contender's verdict against plain malloc; undecided if it is not ranked. */
enum la_verdict la_report_verdict(const struct la_choice *choice, size_t contender);

/* What plain malloc against itself shows in this scope. */
const char *la_report_noise(const struct la_choice *choice, char *text, size_t size);

#endif
