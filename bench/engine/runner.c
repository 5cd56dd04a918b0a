/* SPDX-License-Identifier: MIT */
/* runner.c: see runner.h. */
#include "runner.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arithmetic.h"
#include "clock.h"
#include "gaps.h"
#include "random.h"
#include "shim.h"

/* One contender's turn in a block. */
struct turn {
    struct runner *runner;
    const struct la_bench_cell *cell;
    struct la_bench_row row;
    struct la_measurement measurement;
    struct la_histogram latency;
};

struct runner {
    struct la_plan *plan;
    const struct la_runner_hooks *hooks;
    struct la_outcome *outcome;
    struct turn *turns; /* as many as the largest group has cells */
    size_t *order, *group_order;
    unsigned *nr_accepted; /* blocks, by group */
    double done_s;         /* of the plan's estimate */
    uint64_t started_ns;
    bool interrupted, out_of_time;
    char why[512]; /* the first failure */
};

/* NAN also if the value is within what a clock read costs: 0 would claim too much. */
static double percentile_ns(const struct la_histogram *latency, double percent)
{
    const uint64_t ticks = la_histogram_percentile(latency, percent);

    if (!la_percentile_known(latency->total, percent) || ticks == 0)
        return NAN;
    return la_sample_ns(ticks, 0, la_clock.ns_per_tick, LA_SAMPLE_OPERATIONS);
}

static void fill_latency(struct la_bench_row *row, const struct la_histogram *latency)
{
    row->counters[LA_BENCH_P50_NS] = percentile_ns(latency, 50);
    row->counters[LA_BENCH_P99_NS] = percentile_ns(latency, 99);
    row->counters[LA_BENCH_P999_NS] = percentile_ns(latency, 99.9);
    row->counters[LA_BENCH_LATENCY_SAMPLES] = (double)latency->total;
}

static void fill_list(struct la_bench_row *row, const struct la_measurement *from)
{
    if (!from->has_list)
        return;
    if (from->hits_known) {
        row->counters[LA_BENCH_ALLOC_HIT] = from->alloc_hit;
        row->counters[LA_BENCH_FREE_HIT] = from->free_hit;
    }
    row->counters[LA_BENCH_DEPTH] = from->depth;
    row->counters[LA_BENCH_HELD_MAX] = (double)from->held_max;
    row->counters[LA_BENCH_CACHED_BYTES] = (double)from->held * (double)from->entry_bytes;
}

struct la_bench_row la_runner_row(const struct la_bench_cell *cell,
                                  const struct la_measurement *from,
                                  const struct la_histogram *latency, unsigned threads)
{
    struct la_bench_row row = la_bench_row_empty();

    row.name = cell->name;
    row.label = la_contender_label(cell->contender);
    row.threads = threads;
    row.operations = (int64_t)from->window.operations;
    row.cpu_ns_per_op = from->cpu_ns / (double)from->window.operations;
    row.counters[LA_BENCH_LOST_FRACTION] = from->lost_ns / from->thread_ns;
    row.counters[LA_BENCH_OPS_PER_S] = from->window.ops_per_s;
    row.counters[LA_BENCH_NS_PER_OP] = from->window.ns_per_op;
    row.counters[LA_BENCH_FULL_CONCURRENCY] = from->window.full_concurrency;
    row.counters[LA_BENCH_SHARE_MIN] = from->window.share_min;
    row.counters[LA_BENCH_SHARE_MAX] = from->window.share_max;
    if (from->rss_known)
        row.counters[LA_BENCH_RSS_BYTES] = (double)from->rss_bytes;
    fill_list(&row, from);
    fill_latency(&row, latency);
    return row;
}

/* Called by Google Benchmark. */
static bool take_turn(void *context, double *seconds)
{
    struct turn *turn = context;
    struct runner *runner = turn->runner;
    const struct la_group *group = &runner->plan->groups[turn->cell->group];
    const char *why;

    if (runner->why[0] || runner->interrupted)
        return false;
    runner->interrupted = runner->hooks->interrupted();
    if (runner->interrupted)
        return false;
    la_histogram_reset(&turn->latency);
    if (!la_engine_measure(turn->cell->contender, &group->setting, &turn->latency,
                           &turn->measurement, &why)) {
        snprintf(runner->why, sizeof runner->why, "%s: %s", turn->cell->name, why);
        return false;
    }
    turn->row =
        la_runner_row(turn->cell, &turn->measurement, &turn->latency, group->placement.nr_threads);
    *seconds = turn->measurement.window.wall_ns / 1e9;
    runner->done_s += group->run_s;
    runner->hooks->progress(fmin(1, runner->done_s / runner->plan->estimate_s), turn->cell->name);
    return true;
}

/* The rule of gaps.h, over all turns of the block. */
static bool rejected(const struct la_group *group, const struct turn *turns)
{
    double lost_ns = 0, thread_ns = 0;

    for (size_t i = 0; i < group->nr_cells; i++) {
        lost_ns += turns[i].measurement.lost_ns;
        thread_ns += turns[i].measurement.thread_ns;
    }
    return la_block_rejected(lost_ns, thread_ns);
}

/* A whole block: its rows get what only the block knows, and are kept. Returns whether the block
 * is accepted. */
static bool keep_block(struct runner *runner, const struct la_group *group, unsigned block)
{
    struct la_outcome *outcome = runner->outcome;
    struct turn *turns = runner->turns;
    double floor_ns = turns[group->floor - group->first].row.counters[LA_BENCH_NS_PER_OP];
    bool reject = rejected(group, turns);

    outcome->nr_blocks++;
    outcome->nr_rejected += reject;
    for (size_t i = 0; i < group->nr_cells; i++) {
        struct turn *turn = &turns[i];
        double *counters = turn->row.counters;
        double net_ns;

        turn->row.block = block;
        turn->row.blocks = runner->plan->blocks;
        counters[LA_BENCH_BLOCK] = block;
        counters[LA_BENCH_REJECTED] = reject;
        if (turn->cell->contender->role != LA_ROLE_FLOOR &&
            la_net_ns(counters[LA_BENCH_NS_PER_OP], floor_ns, &net_ns))
            counters[LA_BENCH_NS_PER_OP_NET] = net_ns;
        if (!reject)
            la_histogram_merge(turn->cell->latency, &turn->latency);
        outcome->nr_miscounted += turn->measurement.miscounted;
        outcome->run_delay_known = outcome->run_delay_known && turn->measurement.run_delay_known;
        outcome->rows[outcome->nr_rows++] = turn->row;
    }
    return !reject;
}

static void run_block(struct runner *runner, size_t number, unsigned block,
                      struct la_random *random)
{
    struct la_group *group = &runner->plan->groups[number];

    group->setting.seed = la_random_next(random);
    la_random_permutation(random, runner->order, group->nr_cells);
    for (size_t i = 0; i < group->nr_cells; i++) {
        const struct la_bench_cell *cell = &runner->plan->cells[group->first + runner->order[i]];
        struct turn *turn = &runner->turns[runner->order[i]];

        turn->runner = runner;
        turn->cell = cell;
        shim_add(cell->name, take_turn, turn);
    }
    if (shim_run() == group->nr_cells)
        runner->nr_accepted[number] += keep_block(runner, group, block);
}

/* Whether a block of the group would end within so many seconds of the run. */
static bool fits(const struct runner *runner, const struct la_group *group, double limit_s)
{
    const double elapsed_s = (double)(la_clock_system_ns() - runner->started_ns) / 1e9;

    return elapsed_s + group->run_s * (double)group->nr_cells <= limit_s;
}

static bool over(const struct runner *runner)
{
    return runner->why[0] || runner->interrupted;
}

static void try_block(struct runner *runner, size_t number, unsigned block, double limit_s,
                      struct la_random *random)
{
    if (fits(runner, &runner->plan->groups[number], limit_s))
        run_block(runner, number, block, random);
    else
        runner->out_of_time = true;
}

static void run_blocks(struct runner *runner, struct la_random *random)
{
    const struct la_plan *plan = runner->plan;
    const double limit_s =
        fmax(LA_TIME_LIMIT * plan->estimate_s, plan->estimate_s + LA_TIME_SLACK_S);

    for (unsigned block = 0; block < plan->blocks; block++) {
        la_random_permutation(random, runner->group_order, plan->nr_groups);
        for (size_t i = 0; i < plan->nr_groups && !over(runner); i++)
            try_block(runner, runner->group_order[i], block, limit_s, random);
    }
}

/* More blocks for groups that lost some: the groups in turn, so that a disturbance that goes on
 * does not use up the time on one of them. */
static void make_up(struct runner *runner, struct la_random *random)
{
    const struct la_plan *plan = runner->plan;
    const double limit_s = LA_MAKE_UP_LIMIT * plan->estimate_s;
    const bool out_of_time = runner->out_of_time;

    for (unsigned block = plan->blocks; block < LA_BLOCKS_TRIED * plan->blocks; block++) {
        for (size_t i = 0; i < plan->nr_groups && !over(runner); i++) {
            if (runner->nr_accepted[i] < plan->blocks)
                try_block(runner, i, block, limit_s, random);
        }
    }
    runner->out_of_time = out_of_time; /* it was a bonus */
}

/* Names point into the plan's cells, which is their order. */
static int by_cell_and_block(const void *left, const void *right)
{
    const struct la_bench_row *a = left, *b = right;

    if (a->name != b->name)
        return a->name < b->name ? -1 : 1;
    return (a->block > b->block) - (a->block < b->block);
}

static bool allocate(struct runner *runner, const struct la_plan *plan)
{
    size_t largest = plan->nr_contenders;

    runner->turns = calloc(largest, sizeof *runner->turns);
    runner->order = calloc(largest, sizeof *runner->order);
    runner->group_order = calloc(plan->nr_groups, sizeof *runner->group_order);
    runner->nr_accepted = calloc(plan->nr_groups, sizeof *runner->nr_accepted);
    runner->outcome->rows =
        calloc(plan->nr_cells * plan->blocks * LA_BLOCKS_TRIED, sizeof *runner->outcome->rows);
    return runner->turns && runner->order && runner->group_order && runner->nr_accepted &&
           runner->outcome->rows;
}

int la_runner_run(struct la_plan *plan, const struct la_runner_hooks *hooks,
                  struct la_outcome *outcome, const char **why)
{
    static struct runner runner;
    struct la_random random = la_random_seeded(plan->seed);
    bool ready;

    *outcome = (struct la_outcome){.run_delay_known = true};
    runner = (struct runner){
        .plan = plan, .hooks = hooks, .outcome = outcome, .started_ns = la_clock_system_ns()};
    ready = allocate(&runner, plan);
    if (ready) {
        la_clock_init();
        run_blocks(&runner, &random);
        make_up(&runner, &random);
        qsort(outcome->rows, outcome->nr_rows, sizeof *outcome->rows, by_cell_and_block);
        outcome->out_of_time = runner.out_of_time;
        outcome->complete = !runner.interrupted && !runner.out_of_time;
    }
    free(runner.turns);
    free(runner.order);
    free(runner.group_order);
    free(runner.nr_accepted);
    if (ready && !runner.why[0])
        return 0;
    la_outcome_free(outcome);
    *why = ready ? runner.why : strerror(ENOMEM);
    return -1;
}

void la_outcome_free(struct la_outcome *outcome)
{
    free(outcome->rows);
    *outcome = (struct la_outcome){0};
}

const struct la_bench_row *la_outcome_row(const struct la_outcome *outcome,
                                          const struct la_bench_cell *cell, unsigned block)
{
    const struct la_bench_row wanted = {.name = cell->name, .block = block};

    return bsearch(&wanted, outcome->rows, outcome->nr_rows, sizeof wanted, by_cell_and_block);
}
