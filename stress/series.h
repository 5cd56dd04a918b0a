/* SPDX-License-Identifier: MIT */
/*
 * series.h: many runs one after the other in one process apart from the caller's, so that what a
 * run leaves behind adds up there, and a crash or a hang still ends no more than that process.
 */
#ifndef LOOKASIDE_SERIES_H
#define LOOKASIDE_SERIES_H

#include <stdbool.h>
#include <sys/types.h>

#include "stress.h"
#include "usage.h"

struct stress_series {
    pid_t pid; /* 0: not started */
    int orders, outcomes;
};

/* 0 or -errno. */
int stress_series_start(struct stress_series *series);

/*
 * Runs there what stress_run() runs; its error and report. After a finding, a crash and a hang
 * among them, the process is gone, and *usage, what it has after the run, is not filled in.
 */
int stress_series_run(struct stress_series *series, const struct stress_scenario *scenario,
                      const struct lookaside_strategy *strategy,
                      const struct stress_options *options, struct stress_report *report,
                      struct stress_usage *usage);

/* Nothing if it is not started, or gone. */
void stress_series_end(struct stress_series *series);

#endif
