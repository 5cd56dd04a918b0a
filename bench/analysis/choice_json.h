/* SPDX-License-Identifier: MIT */
/*
 * choice_json.h: choice.json, the answers for programs to read. The schema is in bench/README.md.
 */
#ifndef LOOKASIDE_ANALYSIS_CHOICE_JSON_H
#define LOOKASIDE_ANALYSIS_CHOICE_JSON_H

#include <stdio.h>

#include "decision.h"

/* 0, or -errno. */
int la_choice_json_write(const struct la_decision *decision, FILE *stream);

/* Writes <dir>/choice.json whole or not at all. 0, or -1 with *why. */
int la_choice_json_save(const struct la_decision *decision, const char *dir, struct la_why *why);

#endif
