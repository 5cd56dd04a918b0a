/* SPDX-License-Identifier: MIT */
/* goals_files.h: a result directory judged by the goals: goals.json and goals.md. */
#ifndef LOOKASIDE_ANALYSIS_GOALS_FILES_H
#define LOOKASIDE_ANALYSIS_GOALS_FILES_H

#include <stdio.h>

#include "goals.h"

/* Reads <dir>/bench.json and, if it is there, manifest.json; judges; writes <dir>/goals.json and
 * <dir>/goals.md, each whole or not at all. 0, or -1 with *why. */
int la_goals_make(const char *dir, struct la_goals *goals, struct la_why *why);

/* What goals.json holds. 0, or -errno. */
int la_goals_json_write(const struct la_goals *goals, FILE *stream);

#endif
