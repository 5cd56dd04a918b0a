/* SPDX-License-Identifier: MIT */
/*
 * unknowns.h: what a run does not know: what was not measured, what could not be decided, and what
 * cannot be seen from outside. Each is one sentence that names values of this run.
 */
#ifndef LOOKASIDE_ANALYSIS_UNKNOWNS_H
#define LOOKASIDE_ANALYSIS_UNKNOWNS_H

#include "map.h"

enum { LA_UNKNOWNS_MAX = 20, LA_UNKNOWN_SIZE = 1024 };

struct la_unknowns {
    char lines[LA_UNKNOWNS_MAX][LA_UNKNOWN_SIZE];
    size_t nr_lines;
};

/* manifest may be NULL. */
struct json_t;
void la_unknowns_make(struct la_unknowns *unknowns, const struct la_map *map,
                      const struct la_choice *overall, const struct json_t *manifest);

#endif
