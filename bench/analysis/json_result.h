/* SPDX-License-Identifier: MIT */
/* json_result.h: the JSON files that commands beside `bench` leave in a result directory. */
#ifndef LOOKASIDE_ANALYSIS_JSON_RESULT_H
#define LOOKASIDE_ANALYSIS_JSON_RESULT_H

#include <jansson.h>

#include "run.h"

/* Reads <dir>/<name>. 1; 0, with *json NULL, if there is none; -1 with *why if it is broken.
 * json_decref() ends it. */
int la_json_result(const char *dir, const char *name, json_t **json, struct la_why *why);

/* A number further down, "a", "b", NULL; NAN where any of the names or a number is missing. */
double la_json_number(const json_t *from, ...) __attribute__((sentinel));

/* A member that is a single word (la_is_word), or "unknown". */
const char *la_json_word(const json_t *from, const char *name);

#endif
