/* SPDX-License-Identifier: MIT */
/* claims.c: see claims.h. */
#include "claims.h"

#include <errno.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootstrap.h"
#include "memory.h"
#include "verdict.h"

enum { LINE_BYTES = 256 };

static int refuse(struct la_why *why, const char *path, unsigned line, const char *what)
{
    snprintf(why->line, sizeof why->line, "%.600s, line %u: %s", path, line, what);
    return -1;
}

static void add_value(struct la_recorded *recorded, const char *group, uint32_t process,
                      double value)
{
    struct la_recorded_series *last =
        recorded->nr_series ? &recorded->series[recorded->nr_series - 1] : NULL;

    if (!last || last->process != process || strcmp(last->group, group) != 0) {
        recorded->series =
            la_grow_array(recorded->series, recorded->nr_series, sizeof *recorded->series);
        last = &recorded->series[recorded->nr_series++];
        *last = (struct la_recorded_series){.process = process};
        snprintf(last->group, sizeof last->group, "%s", group);
    }
    last->values = la_grow_array(last->values, last->nr, sizeof *last->values);
    last->values[last->nr++] = value;
    recorded->nr_values++;
}

static void name_groups(struct la_recorded *recorded)
{
    recorded->groups = la_new_array(recorded->nr_series, sizeof *recorded->groups);
    for (size_t i = 0; i < recorded->nr_series; i++) {
        const char *name = recorded->series[i].group;

        if (!recorded->nr_groups || strcmp(recorded->groups[recorded->nr_groups - 1], name) != 0)
            recorded->groups[recorded->nr_groups++] = name;
    }
}

int la_recorded_load(const char *path, struct la_recorded *recorded, struct la_why *why)
{
    FILE *stream = fopen(path, "r");
    char line[LINE_BYTES];
    unsigned number = 0;
    int result = 0;

    *recorded = (struct la_recorded){0};
    if (!stream) {
        snprintf(why->line, sizeof why->line, "cannot read %.600s: %s", path, strerror(errno));
        return -1;
    }
    while (!result && fgets(line, sizeof line, stream)) {
        char group[LA_NAME_SIZE];
        unsigned process, block;
        double ratio;

        number++;
        if (*line == '#' || strncmp(line, "group\t", 6) == 0)
            continue;
        if (sscanf(line, "%63s %u %u %lf", group, &process, &block, &ratio) == 4 && ratio > 0)
            add_value(recorded, group, process, log(ratio));
        else
            result = refuse(why, path, number, "not a group, a process, a block and a ratio");
    }
    fclose(stream);
    if (!result && !recorded->nr_values)
        result = refuse(why, path, number, "no values");
    if (result)
        la_recorded_unload(recorded);
    else
        name_groups(recorded);
    return result;
}

void la_recorded_unload(struct la_recorded *recorded)
{
    for (size_t i = 0; i < recorded->nr_series; i++)
        free(recorded->series[i].values);
    free(recorded->series);
    free(recorded->groups);
    *recorded = (struct la_recorded){0};
}

/* --- runs that never were --- */

struct simulation {
    const struct la_recorded *recorded;
    const struct la_claims_plan *plan;
    gsl_rng *random;
    double *values; /* of one contender in one group */
    uint32_t *processes;
};

static const struct la_recorded_series *any_series(const struct simulation *simulation,
                                                   const char *group)
{
    const struct la_recorded *recorded = simulation->recorded;
    const struct la_recorded_series *found;

    do
        found = &recorded->series[gsl_rng_uniform_int(simulation->random, recorded->nr_series)];
    while (strcmp(found->group, group) != 0);
    return found;
}

/* The blocks of one contender: a stretch of some recorded process for each of the run's. */
static void draw(const struct simulation *simulation, const char *group, double difference)
{
    const struct la_claims_plan *plan = simulation->plan;
    size_t at = 0;

    for (uint32_t process = 0; process < plan->processes; process++) {
        const struct la_recorded_series *series = any_series(simulation, group);
        const size_t first = gsl_rng_uniform_int(simulation->random, series->nr);
        const double sign = gsl_rng_uniform_int(simulation->random, 2) ? 1 : -1;

        for (unsigned i = 0; i < plan->blocks; i++, at++) {
            simulation->values[at] = difference + sign * series->values[(first + i) % series->nr];
            simulation->processes[at] = process;
        }
    }
}

static void estimate(const struct simulation *simulation, const char *group, double difference,
                     struct la_estimate *log_ratio)
{
    const struct la_claims_plan *plan = simulation->plan;
    const struct la_stratum stratum = {.values = simulation->values,
                                       .nr = (size_t)plan->processes * plan->blocks,
                                       .weight = 1,
                                       .processes = simulation->processes};
    const struct la_resampling resampling = {.nr_resamples = plan->resamples,
                                             .seed = gsl_rng_get(simulation->random),
                                             .level = la_resampling_default.level};

    draw(simulation, group, difference);
    la_bootstrap(&stratum, 1, &resampling, log_ratio);
}

/* Whether any of them would be called different from 1. */
static bool any_by_p(const struct la_estimate *ratios, size_t nr)
{
    double *p = la_new_array(nr, sizeof *p), *adjusted = la_new_array(nr, sizeof *adjusted);
    bool any = false;

    for (size_t i = 0; i < nr; i++)
        p[i] = la_estimate_p(&ratios[i], 0);
    la_benjamini_hochberg(p, nr, adjusted);
    for (size_t i = 0; i < nr; i++)
        any = any || adjusted[i] <= LA_FALSE_DISCOVERY_RATE;
    free(p);
    free(adjusted);
    return any;
}

/* One run: estimates of all groups, one correction, verdicts; as la_choose() goes about it. */
static void simulate_run(const struct simulation *simulation, struct la_claims *claims)
{
    const struct la_claims_plan *plan = simulation->plan;
    const size_t nr = simulation->recorded->nr_groups * plan->contenders;
    struct la_estimate *ratios = la_new_array(nr, sizeof *ratios);
    double *half_widths = la_new_array(nr, sizeof *half_widths);
    double *p = la_new_array(nr, sizeof *p), *adjusted = la_new_array(nr, sizeof *adjusted);
    const size_t before = claims->better + claims->worse;

    for (size_t i = 0; i < nr; i++) {
        const char *group = simulation->recorded->groups[i / plan->contenders];
        struct la_estimate twin;

        if (i % plan->contenders == 0) {
            estimate(simulation, group, 0, &twin);
            half_widths[i] = la_half_width(&twin);
        } else {
            half_widths[i] = half_widths[i - 1];
        }
        estimate(simulation, group, plan->difference, &ratios[i]);
        p[i] = la_estimate_p(&ratios[i], half_widths[i]);
    }
    la_benjamini_hochberg(p, nr, adjusted);
    for (size_t i = 0; i < nr; i++) {
        const enum la_verdict verdict = la_judge(&ratios[i], half_widths[i], adjusted[i]).verdict;

        claims->better += verdict == LA_BETTER;
        claims->worse += verdict == LA_WORSE;
        claims->same += verdict == LA_SAME;
        claims->covered += ratios[i].low <= plan->difference && ratios[i].high >= plan->difference;
    }
    claims->verdicts += nr;
    claims->runs++;
    claims->runs_by_p += any_by_p(ratios, nr);
    claims->runs_with_claims += claims->better + claims->worse > before;
    free(ratios);
    free(half_widths);
    free(p);
    free(adjusted);
}

void la_claims_simulate(const struct la_recorded *recorded, const struct la_claims_plan *plan,
                        struct la_claims *claims)
{
    const size_t nr_values = (size_t)plan->processes * plan->blocks;
    struct simulation simulation = {.recorded = recorded,
                                    .plan = plan,
                                    .random = gsl_rng_alloc(gsl_rng_taus2),
                                    .values = la_new_array(nr_values, sizeof(double)),
                                    .processes = la_new_array(nr_values, sizeof(uint32_t))};

    *claims = (struct la_claims){0};
    gsl_rng_set(simulation.random, plan->seed);
    for (unsigned i = 0; i < plan->runs; i++)
        simulate_run(&simulation, claims);
    gsl_rng_free(simulation.random);
    free(simulation.values);
    free(simulation.processes);
}

double la_rate_limit(double rate, size_t nr_tries)
{
    return rate + 3 * sqrt(rate * (1 - rate) / (double)nr_tries);
}
