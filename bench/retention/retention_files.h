/* SPDX-License-Identifier: MIT */
/* retention_files.h: memory.tsv and memory.json; bench/README.md says what stands in them. */
#ifndef LA_RETENTION_FILES_H
#define LA_RETENTION_FILES_H

#include <jansson.h>
#include <stdio.h>

#include "retention.h"

enum { LA_RETENTION_SCHEMA = 1 };

/* One trial of every cell, over time. */
void la_retention_tsv_write(FILE *stream, const struct la_retention_outcome *outcome);

json_t *la_retention_json(const struct la_retention_plan *plan,
                          const struct la_retention_outcome *outcome);
json_t *la_retention_settings_json(const struct la_retention_plan *plan);
json_t *la_retention_noise_json(const struct la_retention_outcome *outcome);

/* At equal memory: of each contender that has a list the fastest cell that keeps no more than
 * budget, which is what a malloc keeps; nr_cells if none does. */
size_t la_retention_within(const struct la_retention_outcome *outcome,
                           const struct la_contender *contender, double budget_bytes);

#endif
