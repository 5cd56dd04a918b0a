/* SPDX-License-Identifier: MIT */
/*
 * compare.c: see compare.h. Each comparison draws its resamples from a seed of its own, made from
 * the run's seed and the pair's names: the result does not depend on what else was compared.
 */
#include "compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

const char *la_objective_name(enum la_objective objective)
{
    static const char *const names[LA_NR_OBJECTIVES] = {
        [LA_THROUGHPUT] = "throughput",
        [LA_LATENCY] = "latency",
        [LA_MEMORY] = "memory",
        [LA_BALANCED] = "balanced",
    };

    return names[objective];
}

static bool same_workload(const struct la_scope *scope, size_t i, size_t j)
{
    const struct la_run_group *groups = scope->run->groups;

    return strcmp(groups[scope->groups[i]].workload, groups[scope->groups[j]].workload) == 0;
}

/* weight = 1 / (workloads in scope x groups of this workload in scope) */
static void set_weights(struct la_scope *scope)
{
    size_t nr_workloads = 0;

    for (size_t i = 0; i < scope->nr_groups; i++) {
        size_t nr_alike = 0, nr_before = 0;

        for (size_t j = 0; j < scope->nr_groups; j++) {
            nr_alike += same_workload(scope, i, j);
            nr_before += j < i && same_workload(scope, i, j);
        }
        scope->weights[i] = 1 / (double)nr_alike;
        nr_workloads += nr_before == 0;
    }
    for (size_t i = 0; i < scope->nr_groups; i++)
        scope->weights[i] /= (double)nr_workloads;
}

void la_scope_init(struct la_scope *scope, const struct la_run *run, const char *name,
                   la_group_filter *filter, const void *context)
{
    memset(scope, 0, sizeof *scope);
    scope->run = run;
    strncpy(scope->name, name, sizeof scope->name - 1);
    scope->groups = la_new_array(run->nr_groups, sizeof *scope->groups);
    scope->weights = la_new_array(run->nr_groups, sizeof *scope->weights);
    for (size_t i = 0; i < run->nr_groups; i++) {
        if (filter(&run->groups[i], context))
            scope->groups[scope->nr_groups++] = i;
    }
    set_weights(scope);
}

void la_scope_fini(struct la_scope *scope)
{
    free(scope->groups);
    free(scope->weights);
    memset(scope, 0, sizeof *scope);
}

/* A logarithm that is NaN, not minus infinity, where nothing was measured. */
static double log_ratio_of(double numerator, double denominator)
{
    return numerator > 0 && denominator > 0 ? log(numerator / denominator) : NAN;
}

static double score(enum la_objective objective, const struct la_sample *first,
                    const struct la_sample *second)
{
    const double speed = log_ratio_of(first->value[LA_OPS_PER_S], second->value[LA_OPS_PER_S]);
    const double promptness = log_ratio_of(second->value[LA_P99_NS], first->value[LA_P99_NS]);

    switch (objective) {
    case LA_LATENCY:
        return promptness;
    case LA_BALANCED:
        return (speed + promptness) / 2;
    default:
        return speed;
    }
}

/* What is taken from one block; second is NULL when a contender is looked at alone. */
struct quantity {
    bool is_ratio;
    enum la_objective objective;
    enum la_counter counter;
    size_t first;
    int second;
};

static double quantity_of(const struct quantity *quantity, const struct la_sample *first,
                          const struct la_sample *second)
{
    if (quantity->is_ratio && second)
        return score(quantity->objective, first, second);
    return first->value[quantity->counter] - (second ? second->value[quantity->counter] : 0);
}

/* The values of one group's usable blocks, and the processes that measured them; their number. */
static size_t gather(const struct la_run *run, size_t group, const struct quantity *quantity,
                     double *values, uint32_t *processes)
{
    size_t nr = 0;

    for (size_t block = 0; block < run->nr_blocks; block++) {
        const struct la_sample *first = la_run_usable(run, group, quantity->first, block);
        const struct la_sample *second = NULL;
        double value;

        if (quantity->second >= 0)
            second = la_run_usable(run, group, (size_t)quantity->second, block);
        if (!first || (quantity->second >= 0 && !second))
            continue;
        value = quantity_of(quantity, first, second);
        if (isnan(value))
            continue;
        processes[nr] = first->process;
        values[nr++] = value;
    }
    return nr;
}

/* FNV-1a: any mixing that spreads names over seeds would do. */
static uint64_t mix(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return hash;
}

uint64_t la_seed_of(uint64_t seed, const char *const *names, size_t nr_names)
{
    uint64_t hash = UINT64_C(14695981039346656037) ^ seed;

    for (size_t i = 0; i < nr_names; i++)
        hash = mix(hash, names[i]);
    return (hash ^ hash >> 32) & UINT32_MAX;
}

static uint64_t own_seed(const struct la_scope *scope, const struct quantity *quantity,
                         uint64_t seed)
{
    const char *names[] = {scope->name, scope->run->contenders[quantity->first], ""};

    if (quantity->second >= 0)
        names[2] = scope->run->contenders[quantity->second];
    return la_seed_of(seed, names, sizeof names / sizeof *names);
}

static void estimate_quantity(const struct la_scope *scope, const struct quantity *quantity,
                              const struct la_resampling *resampling, struct la_estimate *estimate)
{
    const size_t nr_blocks = scope->run->nr_blocks;
    struct la_stratum *strata = la_new_array(scope->nr_groups, sizeof *strata);
    double *values = la_new_array(scope->nr_groups * nr_blocks, sizeof *values);
    uint32_t *processes = la_new_array(scope->nr_groups * nr_blocks, sizeof *processes);
    struct la_resampling own = *resampling;

    for (size_t i = 0; i < scope->nr_groups; i++) {
        double *at = values + i * nr_blocks;

        strata[i].values = at;
        strata[i].processes = processes + i * nr_blocks;
        strata[i].nr =
            gather(scope->run, scope->groups[i], quantity, at, processes + i * nr_blocks);
        strata[i].weight = scope->weights[i];
    }
    own.seed = own_seed(scope, quantity, resampling->seed);
    la_bootstrap(strata, scope->nr_groups, &own, estimate);
    free(strata);
    free(values);
    free(processes);
}

void la_compare(const struct la_scope *scope, enum la_objective objective, size_t first,
                size_t second, const struct la_resampling *resampling,
                struct la_estimate *log_ratio)
{
    const struct quantity quantity = {
        .is_ratio = true, .objective = objective, .first = first, .second = (int)second};

    estimate_quantity(scope, &quantity, resampling, log_ratio);
}

void la_estimate_counter(const struct la_scope *scope, enum la_counter counter, size_t first,
                         int second, const struct la_resampling *resampling,
                         struct la_estimate *estimate)
{
    const struct quantity quantity = {.counter = counter, .first = first, .second = second};

    estimate_quantity(scope, &quantity, resampling, estimate);
}

double la_counter_max(const struct la_scope *scope, enum la_counter counter, size_t contender)
{
    double most = NAN;

    for (size_t i = 0; i < scope->nr_groups; i++) {
        for (size_t block = 0; block < scope->run->nr_blocks; block++) {
            const struct la_sample *sample =
                la_run_sample(scope->run, scope->groups[i], contender, block);

            if (sample)
                most = fmax(most, sample->value[counter]);
        }
    }
    return most;
}
