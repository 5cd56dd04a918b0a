/* SPDX-License-Identifier: MIT */
/*
 * claims.h: how often verdicts are wrong, on noise that was measured. Runs are put together from
 * recorded blocks of plain malloc against itself and go through the verdicts' own code, so what is
 * claimed of them is false, unless a difference was put in.
 */
#ifndef LA_SELFTEST_CLAIMS_H
#define LA_SELFTEST_CLAIMS_H

#include <stdint.h>

#include "run.h"

/* Consecutive blocks of one process in one group, as logarithms of ratios. */
struct la_recorded_series {
    char group[LA_NAME_SIZE];
    uint32_t process;
    double *values;
    size_t nr;
};

struct la_recorded {
    struct la_recorded_series *series;
    size_t nr_series;
    const char **groups; /* distinct, pointing into the series */
    size_t nr_groups;
    size_t nr_values;
};

/* Reads a file of lines `group process block ratio`, sorted. 0, or -1 with *why. */
int la_recorded_load(const char *path, struct la_recorded *recorded, struct la_why *why);
void la_recorded_unload(struct la_recorded *recorded);

struct la_claims_plan {
    unsigned runs;
    unsigned contenders;        /* in each group, beside plain malloc and its twin */
    unsigned processes, blocks; /* of a run; blocks of each process */
    double difference;          /* log, of every contender to plain malloc */
    uint32_t resamples;
    uint64_t seed;
};

struct la_claims {
    size_t verdicts, better, worse, same;
    size_t runs, runs_with_claims; /* with at least one better or worse */
    size_t runs_by_p; /* with one that differs from 1 by its corrected p-value alone, without the
                         bound that the twin sets */
    size_t covered;   /* intervals that hold the difference */
};

/* Every run has all recorded groups. What a process recorded is taken in a stretch, from a random
 * block on, and turned round or not as a whole, which for a pair of equals is the same noise; so
 * what lasts over blocks, and what differs between processes, stays in. */
void la_claims_simulate(const struct la_recorded *recorded, const struct la_claims_plan *plan,
                        struct la_claims *claims);

/* The largest share out of so many tries that agrees with a rate: three standard errors above. */
double la_rate_limit(double rate, size_t nr_tries);

#endif
