/* SPDX-License-Identifier: MIT */
/*
 * process.h: the programs that the report is made with (gnuplot, cmark-gfm): found, run without a
 * shell, and their failure told in one line.
 */
#ifndef LOOKASIDE_ANALYSIS_PROCESS_H
#define LOOKASIDE_ANALYSIS_PROCESS_H

#include "run.h"

/* Whether the program is in PATH. */
bool la_process_exists(const char *program);

/* Runs arguments[0] with its standard output in the file output (NULL: discarded). 0, or -1 with
 * *why: its status and the first line it wrote to stderr. */
int la_process_run(const char *const *arguments, const char *output, struct la_why *why);

#endif
