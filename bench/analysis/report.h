/* SPDX-License-Identifier: MIT */
/* report.h: all of a report: choice.json, plots/, report.md, report.html. */
#ifndef LOOKASIDE_ANALYSIS_REPORT_H
#define LOOKASIDE_ANALYSIS_REPORT_H

#include "plot_data.h"

struct la_report_request {
    const char *dir;
    const char *topology_text;                   /* of the machine measured; NULL = not known */
    void (*progress)(size_t done, size_t total); /* steps; may be NULL */
    bool (*interrupted)(void);                   /* polled between steps; may be NULL */
};

/* 0, or -1 with *why and nothing changed in dir. *plots says what was drawn. */
int la_report_make(const struct la_report_request *request, struct la_plots *plots,
                   struct la_why *why);

#endif
