/* SPDX-License-Identifier: MIT */
/*
 * adapt_runs.h: the runs of `lookaside adapt`: every strategy, profile and policy, once without
 * chance and then as often as asked for with chance in the demand, each repetition in an order of
 * its own.
 */
#ifndef LOOKASIDE_ADAPT_RUNS_H
#define LOOKASIDE_ADAPT_RUNS_H

#include <stddef.h>
#include <stdio.h>

#include "drive.h"

enum { ADAPT_MAX_NAMES = 64 };

struct adapt_plan {
    const struct lookaside_strategy *strategies[ADAPT_MAX_NAMES];
    const struct lookaside_policy *policies[ADAPT_MAX_NAMES];
    struct la_profile profiles[ADAPT_MAX_NAMES];
    struct la_envelope envelopes[ADAPT_MAX_NAMES]; /* of profiles that were recorded */
    size_t nr_strategies, nr_policies, nr_profiles, nr_envelopes;
    uint32_t nr_ticks; /* 0: as long as recorded, DEFAULT for the others */
    unsigned nr_repetitions;
    uint64_t seed;
};

enum { ADAPT_DEFAULT_TICKS = 240 };

/* How long runs of that profile are. */
uint32_t adapt_ticks(const struct adapt_plan *plan, const struct la_profile *profile);

/* Runs all: ticks of the first repetition to the one stream, a row for each run to the other. An
 * interruption ends it after the current run. A status of cli.h; complains itself. *nr_done: runs.
 */
int adapt_run_all(const struct adapt_plan *plan, FILE *ticks, FILE *runs, size_t *nr_done);

#endif
