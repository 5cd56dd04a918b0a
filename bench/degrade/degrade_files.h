/* SPDX-License-Identifier: MIT */
/* degrade_files.h: degrade.tsv and degrade.json; bench/README.md says what stands in them. */
#ifndef LA_DEGRADE_FILES_H
#define LA_DEGRADE_FILES_H

#include <jansson.h>
#include <stdio.h>

#include "degrade.h"

enum { LA_DEGRADE_SCHEMA = 1 };

/* Every trial of the complete blocks. */
void la_degrade_tsv_write(FILE *stream, const struct la_degrade_outcome *outcome);

json_t *la_degrade_json(const struct la_degrade_plan *plan,
                        const struct la_degrade_outcome *outcome);
json_t *la_degrade_settings_json(const struct la_degrade_plan *plan);
json_t *la_degrade_noise_json(const struct la_degrade_outcome *outcome);

#endif
