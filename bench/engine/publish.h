/* SPDX-License-Identifier: MIT */
/* publish.h: the files of a run, and what its manifest tells of it. */
#ifndef LA_PUBLISH_H
#define LA_PUBLISH_H

#include <jansson.h>

#include "plan.h"
#include "runner.h"
#include "trust.h"

/* Writes bench.json and latency.tsv into dir, each whole or not at all. 0, or -errno with the
 * file's name in *file. */
int la_publish(const char *dir, const struct la_plan *plan, const struct la_outcome *outcome,
               const char **file);

/* Writes bench.json alone, as far as the run has come. 0 or -errno. Before la_publish(). */
int la_publish_rows(const char *dir, const struct la_outcome *outcome);

/* The sections of the manifest: what was to be done, and how much noise there was. The caller's. */
json_t *la_publish_settings(const struct la_plan *plan, const struct la_outcome *outcome);
json_t *la_publish_noise(const struct la_plan *plan, const struct la_outcome *outcome,
                         const struct la_trust *trust);

#endif
