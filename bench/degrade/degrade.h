/* SPDX-License-Identifier: MIT */
/*
 * degrade.h: what throughput and tail become as a machine gets noisier: contenders under
 * antagonists of rising rates, in blocks, in random order, each trial in a process of its own.
 */
#ifndef LA_DEGRADE_H
#define LA_DEGRADE_H

#include "degrade_trial.h"

enum { LA_DEGRADE_BLOCKS_MAX = 100, LA_DEGRADE_RATES_MAX = 16 };

struct la_degrade_plan {
    const struct la_contender *contenders[64];
    size_t nr_contenders;
    enum la_nuisance nuisances[LA_NR_NUISANCES];
    size_t nr_nuisances;
    double rates[LA_DEGRADE_RATES_MAX]; /* per second and thread; above 0, rising */
    size_t nr_rates;
    struct la_trial_setting setting; /* its seed is set for each trial */
    unsigned blocks;
    uint64_t seed;
};

enum la_degrade_figure {
    LA_DEGRADE_OPS_PER_S,
    LA_DEGRADE_KEPT, /* of its own throughput undisturbed, in the same block */
    LA_DEGRADE_P50_NS,
    LA_DEGRADE_P999_NS,
    LA_DEGRADE_EVENTS_PER_S,
    LA_DEGRADE_PREEMPTED_PER_S,
    LA_DEGRADE_NR_FIGURES
};

const char *la_degrade_figure_name(enum la_degrade_figure figure);

/* A contender under a nuisance at a rate; undisturbed: LA_NO_NUISANCE and 0. */
struct la_degrade_cell {
    const struct la_contender *contender;
    enum la_nuisance nuisance;
    double rate;
    size_t undisturbed; /* the index of the contender's cell that is */
    double figures[LA_DEGRADE_NR_FIGURES][LA_DEGRADE_BLOCKS_MAX];
};

struct la_degrade_outcome {
    struct la_degrade_cell *cells;
    size_t nr_cells;
    unsigned nr_blocks; /* complete ones */
    bool real_time;     /* the antagonists' threads had such priority */
    bool interrupted;
};

struct la_degrade_hooks {
    void (*progress)(double done_s, const char *cell); /* of la_degrade_estimate_s() */
    bool (*interrupted)(void);
};

double la_degrade_estimate_s(const struct la_degrade_plan *plan);

/* 0; or -1 with *why set to one line and nothing in *outcome. The caller has one thread. */
int la_degrade_run(const struct la_degrade_plan *plan, const struct la_degrade_hooks *hooks,
                   struct la_degrade_outcome *outcome, const char **why);
void la_degrade_outcome_fini(struct la_degrade_outcome *outcome);

/* Whether any of the cells had a thread beside it that wants to go first: signals have none. */
bool la_degrade_wants_priority(const struct la_degrade_outcome *outcome);

/* The median over the blocks, and its interval (order.h; NAN below six blocks). */
struct la_degrade_estimate {
    double median, low, high;
};
struct la_degrade_estimate la_degrade_estimate(const struct la_degrade_outcome *outcome,
                                               const struct la_degrade_cell *cell,
                                               enum la_degrade_figure figure);

#endif
