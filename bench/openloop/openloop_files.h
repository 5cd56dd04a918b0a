/* SPDX-License-Identifier: MIT */
/* openloop_files.h: openloop.tsv and latency.json; bench/README.md says what stands in them. */
#ifndef LA_OPENLOOP_FILES_H
#define LA_OPENLOOP_FILES_H

#include <jansson.h>
#include <stdio.h>

#include "openloop.h"

enum { LA_OPENLOOP_SCHEMA = 1 };

/* The comment and header lines, and then the histograms and percentiles of every cell of a run that
 * has an accepted block. */
void la_openloop_tsv_begin(FILE *stream);
void la_openloop_tsv_add(FILE *stream, const struct la_openloop_outcome *outcome);

/* latency.json without a run, and one run more in it: those of a file differ in the number of their
 * threads. */
json_t *la_openloop_json_new(void);
void la_openloop_json_add(json_t *file, const struct la_openloop_plan *plan,
                          const struct la_openloop_outcome *outcome);

/* What was asked for: the part of it that the manifest repeats. */
json_t *la_openloop_settings_json(const struct la_openloop_plan *plan);

/* How precise it was: of the manifest. */
json_t *la_openloop_noise_json(const struct la_openloop_plan *plan,
                               const struct la_openloop_outcome *outcome);

/* How many of the responses beyond a percentile of all of them each cause has; their sum. */
uint64_t la_openloop_tail(const struct la_histogram *by_cause, double percent,
                          uint64_t beyond[LA_NR_CAUSES]);

#endif
