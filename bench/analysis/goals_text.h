/* SPDX-License-Identifier: MIT */
/* goals_text.h: the table of goals for a person at a terminal, and as a page with all that it takes
 * to judge the figures: date, machine, versions, commands. */
#ifndef LOOKASIDE_ANALYSIS_GOALS_TEXT_H
#define LOOKASIDE_ANALYSIS_GOALS_TEXT_H

#include <stdio.h>

#include "goals.h"

struct json_t;

/* At most 100 columns; with all, the lines too that were not measured. */
void la_goals_text_write(const struct la_goals *goals, bool all, FILE *stream);

/* Markdown; the manifest may be NULL: then what it says is unknown. */
void la_goals_md_write(const struct la_goals *goals, const struct la_run *run,
                       const struct json_t *manifest, FILE *stream);

/* "0.28", "0.28 [0.26, 0.30]", "-" for nothing. Returns text. */
const char *la_goal_value_text(const struct la_goal_line *line, char *text, size_t size);

/* "at most 0.5 x". Returns text. */
const char *la_goal_bound_text(const struct la_goal_line *line, char *text, size_t size);

#endif
