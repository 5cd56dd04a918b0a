/* SPDX-License-Identifier: MIT */
/* run_build.h: how the files of a result directory become one struct la_run (run.h). */
#ifndef LOOKASIDE_ANALYSIS_RUN_BUILD_H
#define LOOKASIDE_ANALYSIS_RUN_BUILD_H

#include "run.h"

/* A sample that says nothing yet. */
struct la_sample la_run_no_sample(void);

/* Adds a sample; the group and the contender are its own, the label may be NULL. */
void la_run_add(struct la_run *run, const struct la_run_group *group, const char *contender,
                const char *label, struct la_sample sample);

/* Adds what <dir>/bench.json holds. -1 with *why, which names the file, if that cannot be read. */
int la_run_add_bench(struct la_run *run, const char *dir, struct la_why *why);

/* The same of latency.json and memory.json; 0 also where there is none, or none with blocks. */
int la_run_add_latency(struct la_run *run, const char *dir, struct la_why *why);
int la_run_add_memory(struct la_run *run, const char *dir, struct la_why *why);

/* After the last one: samples are found by their place from now on. -1 with *why if one is there
 * twice. */
int la_run_finish(struct la_run *run, struct la_why *why);

#endif
