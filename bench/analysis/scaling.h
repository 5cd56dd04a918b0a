/* SPDX-License-Identifier: MIT */
/*
 * scaling.h: how contenders scale with threads, from the cells of one run: efficiency, and the
 * Universal Scalability Law where the run has what its fit needs; a reason where not.
 */
#ifndef LOOKASIDE_ANALYSIS_SCALING_H
#define LOOKASIDE_ANALYSIS_SCALING_H

#include <stdio.h>

#include "bootstrap.h"
#include "run.h"
#include "usl.h"

enum { LA_SCALING_MAX_POINTS = 32, LA_SCALING_REASON = 200 };

struct la_scaling_point {
    uint32_t threads;
    bool shares_cpus;              /* more threads than CPUs: no point of the law */
    size_t nr_blocks;              /* that may enter an estimate */
    struct la_estimate throughput; /* operations per second, log: median */
    struct la_estimate efficiency; /* of log (X(N) / (N X(1))); no estimate without one thread */
};

/* One contender in one workload, size, depth and placement. */
struct la_scaling_curve {
    const struct la_run_group *group; /* the threads in it mean nothing */
    size_t contender;
    struct la_scaling_point points[LA_SCALING_MAX_POINTS]; /* by threads */
    size_t nr_points;
    bool fitted;
    struct la_usl_estimate law;      /* if fitted */
    char refused[LA_SCALING_REASON]; /* why not, if not */
};

struct la_scaling {
    const struct la_run *run;
    unsigned nr_cpus;                /* that the run could use; 0: not known */
    struct la_scaling_curve *curves; /* those with at least two numbers of threads */
    size_t nr_curves;
};

/* CPUs that a run could use, by its manifest (NULL: none): its affinity, and what its control
 * groups allow. 0: not known. */
struct json_t;
unsigned la_scaling_cpus(const struct json_t *manifest);

/* Works out every curve. End with la_scaling_fini(), and keep the run until then. */
void la_scaling_make(struct la_scaling *scaling, const struct la_run *run, unsigned nr_cpus,
                     const struct la_resampling *resampling);
void la_scaling_fini(struct la_scaling *scaling);

/* "pair, 256 B, depth 256, compact". Returns text. */
const char *la_scaling_title(const struct la_scaling_curve *curve, char *text, size_t size);

/* The largest number of threads that is a point of the law; 0 if none is. */
uint32_t la_scaling_reach(const struct la_scaling_curve *curve);

/* A table for people; everything, as JSON. */
void la_scaling_print(const struct la_scaling *scaling, FILE *stream);
struct json_t *la_scaling_json(const struct la_scaling *scaling);

/* "14.2 [12.0, 18.3]", "none", with what is beyond four times the reach called so. */
const char *la_scaling_peak_text(const struct la_scaling_curve *curve, char *text, size_t size);

#endif
