/* SPDX-License-Identifier: MIT */
/* sweep.c: see sweep.h. */
#include "sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "lookaside.h"

/* How often each scenario comes by each point. */
typedef uint64_t reached[SWEEP_MAX_SCENARIOS][STRESS_POINT_LIMIT];

static bool interrupted(const struct sweep *sweep)
{
    return sweep->options.interrupted && sweep->options.interrupted();
}

static void print_failure(const struct sweep *sweep, const struct sweep_run *run,
                          const struct stress_report *report)
{
    const struct stress_point *point = stress_point_find(run->plan.point);

    printf("FAILED %s on %s, %" PRIu64 " findings, the first: %s\n",
           stress_scenario_name(run->scenario), lookaside_strategy_name(sweep->strategy),
           report->failures, report->first_failure);
    if (point)
        printf("  while delayed at %u, %s: %s\n", point->number, point->file, point->window);
    printf("  again: %s --strategy %s --scenario %s", sweep->again,
           lookaside_strategy_name(sweep->strategy), stress_scenario_name(run->scenario));
    /* A process that was killed could not say how many it had: as many as by default. */
    if (report->threads > 0)
        printf(" --threads %u", report->threads);
    printf(" --seconds %g --point %u --mode %s --every %u --seed %" PRIu64 " --tries 20\n",
           sweep->options.seconds, run->plan.point, stress_mode_name(run->plan.mode),
           run->plan.every, run->plan.seed);
    fflush(stdout);
}

int sweep_one(const struct sweep *sweep, const struct sweep_run *run, struct sweep_tally *tally)
{
    struct stress_options options = sweep->options;
    struct stress_report report = {0};
    int error;

    options.seed = run->plan.seed;
    stress_inject_plan(&run->plan);
    error = stress_run_apart(run->scenario, sweep->strategy, &options, &report);
    if (error == -ENOTSUP)
        return 0;
    if (error)
        return error;
    if (report.threads == 0)
        report.threads = options.threads;
    tally->runs++;
    tally->delays += stress_inject_delays();
    for (unsigned point = 0; point < STRESS_POINT_LIMIT; point++)
        tally->visits[point] += stress_inject_visits(point);
    if (report.failures) {
        tally->failed++;
        print_failure(sweep, run, &report);
    }
    return 0;
}

static int find_reached(const struct sweep *sweep, struct sweep_tally *tally, reached visits)
{
    int error = 0;

    for (size_t i = 0; i < sweep->nr_scenarios && !error && !interrupted(sweep); i++) {
        const struct sweep_run run = {
            .scenario = sweep->scenarios[i],
            .plan = {.seed = sweep->options.seed, .mode = STRESS_MIXED, .every = 1},
        };

        error = sweep_one(sweep, &run, tally);
        for (unsigned point = 0; point < STRESS_POINT_LIMIT; point++)
            visits[i][point] = stress_inject_visits(point);
    }
    return error;
}

/* A point on a fast path that always delays lets nothing else happen: rather some hundreds of
 * delays in a run than all that are possible. Further seeds delay more often. */
static unsigned every_of(const struct sweep *sweep, uint64_t visits, unsigned nth_seed)
{
    unsigned every = 1;

    if (sweep->every > 0)
        return sweep->every;
    while (every < SWEEP_LONGEST_EVERY && visits / every > SWEEP_DELAYS)
        every *= 2;
    return every >> nth_seed ? every >> nth_seed : 1;
}

static int sweep_scenario(const struct sweep *sweep, size_t scenario, unsigned point,
                          uint64_t nr_visits, struct sweep_tally *tally)
{
    int error = 0;

    for (size_t i = 0; i < sweep->nr_modes * sweep->nr_seeds && !error; i++) {
        const unsigned nth_seed = (unsigned)(i / sweep->nr_modes);
        const struct sweep_run run = {
            .scenario = sweep->scenarios[scenario],
            .plan = {.seed = sweep->options.seed + nth_seed,
                     .point = point,
                     .mode = sweep->modes[i % sweep->nr_modes],
                     .every = every_of(sweep, nr_visits, nth_seed % SWEEP_EVERY_BITS)},
        };

        if (interrupted(sweep))
            return 0;
        error = sweep_one(sweep, &run, tally);
    }
    return error;
}

/* Where only one is asked for, neighbouring points take turns at the scenarios. */
static int sweep_point(const struct sweep *sweep, const struct stress_point *point, reached visits,
                       struct sweep_tally *tally)
{
    size_t turn = point->number % sweep->nr_scenarios;
    int error = 0;

    for (size_t i = 0; i < sweep->nr_scenarios && !error; i++) {
        size_t scenario = (turn + i) % sweep->nr_scenarios;

        if (visits[scenario][point->number] == 0)
            continue;
        error =
            sweep_scenario(sweep, scenario, point->number, visits[scenario][point->number], tally);
        if (sweep->once)
            break;
    }
    return error;
}

int sweep_all(const struct sweep *sweep, struct sweep_tally *tally)
{
    static reached visits;
    const struct stress_point *point;
    int error = find_reached(sweep, tally, visits);

    for (size_t i = 0; (point = stress_point_at(i)) && !error; i++)
        error = sweep_point(sweep, point, visits, tally);
    return error;
}
