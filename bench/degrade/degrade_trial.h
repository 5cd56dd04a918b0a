/* SPDX-License-Identifier: MIT */
/* degrade_trial.h: one contender under one antagonist, once. */
#ifndef LA_DEGRADE_TRIAL_H
#define LA_DEGRADE_TRIAL_H

#include "antagonist.h"
#include "retention.h"

/* Plain data: it crosses a socket. */
struct la_degrade_trial {
    char why[LA_TRIAL_WHY_BYTES]; /* it could not be done; else empty */
    double ops_per_s;
    double p50_ns, p999_ns; /* of turns: up to longest allocations in a row, or as many frees */
    double events_per_s;    /* of the antagonist, for each thread: as achieved */
    double preempted_per_s; /* of each thread, by whomever: involuntary switches of context */
    bool real_time;
};

/* Alone in its process; la_clock_init() came before. */
void la_degrade_trial_run(const struct la_contender *contender,
                          const struct la_trial_setting *setting, enum la_nuisance nuisance,
                          double rate, struct la_degrade_trial *trial);

#endif
