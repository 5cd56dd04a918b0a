/* SPDX-License-Identifier: MIT */
/*
 * scaling.c: see scaling.h. A point of the law is a number of threads that each had a CPU of their
 * own: threads that share CPUs do not add what the law says they add, however many they are.
 */
#include "scaling.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_list.h"
#include "memory.h"
#include "point.h"

/* A law that is so far off its own points describes something else. */
static const double most_deviation = 0.2;

enum { NR_RESAMPLES = 1000 };

unsigned la_scaling_cpus(const json_t *manifest)
{
    const json_t *machine = json_object_get(manifest, "machine");
    const json_t *most = json_object_get(json_object_get(machine, "cgroup"), "cpu_max");
    unsigned nr = la_cpu_list_count(json_string_value(json_object_get(machine, "affinity")));

    if (nr == 0)
        nr = la_cpu_list_count(json_string_value(json_object_get(machine, "online_cpus")));
    if (json_is_number(most) && json_number_value(most) < nr)
        nr = (unsigned)json_number_value(most);
    return nr;
}

/* The log throughputs of one cell's usable blocks, and their processes. */
struct blocks {
    double *values;
    uint32_t *processes;
    size_t nr;
};

static struct blocks blocks_of(const struct la_run *run, size_t group, size_t contender)
{
    struct blocks blocks = {la_new_array(run->nr_blocks, sizeof(double)),
                            la_new_array(run->nr_blocks, sizeof(uint32_t)), 0};

    for (size_t i = 0; i < run->nr_blocks; i++) {
        const struct la_sample *sample = la_run_usable(run, group, contender, i);

        if (!sample || !(sample->value[LA_OPS_PER_S] > 0))
            continue;
        blocks.values[blocks.nr] = log(sample->value[LA_OPS_PER_S]);
        blocks.processes[blocks.nr++] = sample->process;
    }
    return blocks;
}

static void free_blocks(struct blocks *blocks)
{
    free(blocks->values);
    free(blocks->processes);
}

static struct la_stratum stratum_of(const struct blocks *blocks, double weight)
{
    return (struct la_stratum){.values = blocks->values,
                               .nr = blocks->nr,
                               .weight = weight,
                               .processes = blocks->processes};
}

static bool same_but_threads(const struct la_run_group *a, const struct la_run_group *b)
{
    return strcmp(a->workload, b->workload) == 0 && strcmp(a->depth, b->depth) == 0 &&
           strcmp(a->placement, b->placement) == 0 && a->size_bytes == b->size_bytes;
}

/* A curve while it is made: the blocks of each of its points. */
struct making {
    const struct la_scaling *scaling;
    const struct la_resampling *resampling;
    struct la_scaling_curve *curve;
    struct blocks blocks[LA_SCALING_MAX_POINTS];
};

static void insert_point(struct making *making, uint32_t threads, const struct blocks *blocks)
{
    struct la_scaling_curve *curve = making->curve;
    size_t at = curve->nr_points++;

    for (; at > 0 && curve->points[at - 1].threads > threads; at--) {
        curve->points[at] = curve->points[at - 1];
        making->blocks[at] = making->blocks[at - 1];
    }
    curve->points[at] = (struct la_scaling_point){
        .threads = threads,
        .shares_cpus = strcmp(curve->group->placement, "oversubscribed") == 0 ||
                       (making->scaling->nr_cpus > 0 && threads > making->scaling->nr_cpus),
        .nr_blocks = blocks->nr,
    };
    making->blocks[at] = *blocks;
}

static void collect(struct making *making)
{
    const struct la_run *run = making->scaling->run;
    struct la_scaling_curve *curve = making->curve;

    for (size_t i = 0; i < run->nr_groups && curve->nr_points < LA_SCALING_MAX_POINTS; i++) {
        struct blocks blocks;

        if (!same_but_threads(&run->groups[i], curve->group))
            continue;
        blocks = blocks_of(run, i, curve->contender);
        if (blocks.nr > 0)
            insert_point(making, run->groups[i].threads, &blocks);
        else
            free_blocks(&blocks);
    }
}

/* Medians, and for efficiency the difference to one thread's. */
static void estimate_points(struct making *making)
{
    struct la_scaling_curve *curve = making->curve;
    const bool has_one = curve->points[0].threads == 1;

    for (size_t i = 0; i < curve->nr_points; i++) {
        struct la_scaling_point *point = &curve->points[i];
        const struct la_stratum strata[] = {stratum_of(&making->blocks[i], 1),
                                            stratum_of(&making->blocks[0], -1)};
        const double fair = log(point->threads);

        la_bootstrap(strata, 1, making->resampling, &point->throughput);
        point->efficiency = LA_NO_ESTIMATE;
        if (!has_one || i == 0)
            continue;
        la_bootstrap(strata, 2, making->resampling, &point->efficiency);
        point->efficiency.point -= fair;
        point->efficiency.low -= fair;
        point->efficiency.high -= fair;
    }
}

static void refuse(struct la_scaling_curve *curve, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void refuse(struct la_scaling_curve *curve, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(curve->refused, sizeof curve->refused, format, arguments);
    va_end(arguments);
}

static void refuse_few(struct la_scaling_curve *curve, size_t nr, size_t nr_sharing,
                       size_t nr_short)
{
    char sharing[96] = "", few[96] = "";

    if (nr_sharing)
        snprintf(sharing, sizeof sharing, "; at %zu more they share CPUs, which is no scaling",
                 nr_sharing);
    if (nr_short)
        snprintf(few, sizeof few, "; %zu more have fewer blocks", nr_short);
    refuse(curve,
           "%d numbers of threads are needed, with a CPU for each thread and %d blocks: there %s "
           "%zu%s%s",
           (int)LA_USL_MIN_POINTS, (int)LA_MIN_VALUES, nr == 1 ? "is" : "are", nr, sharing, few);
}

/* The points of the law; why there are not enough, if there are not. */
static size_t take_samples(const struct making *making, struct la_usl_sample *samples)
{
    struct la_scaling_curve *curve = making->curve;
    size_t nr = 0, nr_sharing = 0, nr_short = 0;

    for (size_t i = 0; i < curve->nr_points; i++) {
        const struct la_scaling_point *point = &curve->points[i];

        nr_sharing += point->shares_cpus;
        nr_short += !point->shares_cpus && point->nr_blocks < LA_MIN_VALUES;
        if (point->shares_cpus || point->nr_blocks < LA_MIN_VALUES)
            continue;
        samples[nr++] = (struct la_usl_sample){.threads = point->threads,
                                               .log_throughput = making->blocks[i].values,
                                               .processes = making->blocks[i].processes,
                                               .nr = point->nr_blocks};
    }
    if (making->scaling->nr_cpus == 0)
        refuse(curve, "how many CPUs the run had is not known: there is no manifest.json");
    else if (nr < LA_USL_MIN_POINTS)
        refuse_few(curve, nr, nr_sharing, nr_short);
    return nr;
}

static void fit(struct making *making)
{
    struct la_scaling_curve *curve = making->curve;
    const struct la_resampling *resampling = making->resampling;
    struct la_usl_sample samples[LA_SCALING_MAX_POINTS];
    const size_t nr = take_samples(making, samples);

    if (*curve->refused)
        return;
    if (!la_usl_estimate(samples, nr, resampling->level, NR_RESAMPLES, resampling->seed,
                         &curve->law)) {
        refuse(curve, "the fit does not come to an end");
    } else if (curve->law.deviation > most_deviation) {
        refuse(curve, "the law is off by %u %% at one of its points: it does not describe this",
               (unsigned)lround(100 * curve->law.deviation));
        la_usl_estimate_fini(&curve->law);
    } else {
        curve->fitted = true;
    }
}

static void make_curve(struct la_scaling *scaling, struct la_scaling_curve *curve,
                       const struct la_resampling *resampling)
{
    struct making *making = la_new_array(1, sizeof *making);

    *making = (struct making){.scaling = scaling, .resampling = resampling, .curve = curve};
    collect(making);
    if (curve->nr_points >= 2) {
        estimate_points(making);
        fit(making);
    }
    for (size_t i = 0; i < curve->nr_points; i++)
        free_blocks(&making->blocks[i]);
    free(making);
}

/* The first group of its kind stands for all numbers of threads. Points of a grid are too many to
 * be curves: the map shows what threads change there. */
static bool is_first(const struct la_run *run, size_t group)
{
    if (la_point_of(run->groups[group].workload).on_grid)
        return false;
    for (size_t i = 0; i < group; i++) {
        if (same_but_threads(&run->groups[i], &run->groups[group]))
            return false;
    }
    return true;
}

void la_scaling_make(struct la_scaling *scaling, const struct la_run *run, unsigned nr_cpus,
                     const struct la_resampling *resampling)
{
    *scaling = (struct la_scaling){.run = run, .nr_cpus = nr_cpus};
    for (size_t group = 0; group < run->nr_groups; group++) {
        for (size_t i = 0; i < run->nr_contenders && is_first(run, group); i++) {
            struct la_scaling_curve *curve;

            scaling->curves =
                la_grow_array(scaling->curves, scaling->nr_curves, sizeof *scaling->curves);
            curve = &scaling->curves[scaling->nr_curves];
            memset(curve, 0, sizeof *curve);
            curve->group = &run->groups[group];
            curve->contender = i;
            make_curve(scaling, curve, resampling);
            scaling->nr_curves += curve->nr_points >= 2;
        }
    }
}

void la_scaling_fini(struct la_scaling *scaling)
{
    for (size_t i = 0; i < scaling->nr_curves; i++) {
        if (scaling->curves[i].fitted)
            la_usl_estimate_fini(&scaling->curves[i].law);
    }
    free(scaling->curves);
    *scaling = (struct la_scaling){.nr_curves = 0};
}

const char *la_scaling_title(const struct la_scaling_curve *curve, char *text, size_t size)
{
    const struct la_run_group *group = curve->group;

    snprintf(text, size, "%s, %llu B, depth %s, %s", group->workload,
             (unsigned long long)group->size_bytes, group->depth, group->placement);
    return text;
}

uint32_t la_scaling_reach(const struct la_scaling_curve *curve)
{
    uint32_t most = 0;

    for (size_t i = 0; i < curve->nr_points; i++) {
        if (!curve->points[i].shares_cpus)
            most = curve->points[i].threads;
    }
    return most;
}
