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
#include "contender.h"
#include "gaps.h"

struct runner {
    struct la_plan *plan;
    const struct la_runner_hooks *hooks;
    struct la_outcome *outcome;
    struct la_turn *turns; /* of the block that is being measured, by cell of its group */
    size_t *group_order;
    unsigned *nr_accepted; /* deciding blocks, by group */
    unsigned *nr_tried;    /* the same with those that were rejected or lost */
    size_t room;           /* for rows */
    int fresh;             /* the process of this pass; -1: those that are there take turns */
    double done_s;         /* of the plan's estimate */
    double owed_s;         /* what blocks that were rejected will take once more */
    uint64_t started_ns;
    bool interrupted, out_of_time, block_lost;
    bool failed;
    const char *why; /* of the first failure; NULL: it has been said */
    char text[640];
};

static bool over(const struct runner *runner)
{
    return runner->failed || runner->interrupted;
}

static void fail(struct runner *runner, const char *why)
{
    runner->failed = true;
    runner->why = NULL;
    if (!why)
        return;
    snprintf(runner->text, sizeof runner->text, "%s", why);
    runner->why = runner->text;
}

/* The rule of gaps.h, over all turns of the block. What the hypervisor took is part of what the
 * threads lost, where they could notice; so again the larger account counts. */
static bool rejected(const struct la_group *group, const struct la_turn *turns)
{
    double lost_ns = 0, steal_ns = 0, thread_ns = 0;

    for (size_t i = 0; i < group->nr_cells; i++) {
        lost_ns += turns[i].lost_ns;
        steal_ns += turns[i].steal_ns;
        thread_ns += turns[i].thread_ns;
    }
    return la_block_rejected(fmax(lost_ns, steal_ns), thread_ns);
}

static bool make_room(struct runner *runner, size_t nr_rows)
{
    struct la_outcome *outcome = runner->outcome;
    struct la_bench_row *rows;
    size_t room = 2 * (outcome->nr_rows + nr_rows);

    if (outcome->nr_rows + nr_rows <= runner->room)
        return true;
    rows = realloc(outcome->rows, room * sizeof *rows);
    if (!rows) {
        fail(runner, strerror(ENOMEM));
        return false;
    }
    outcome->rows = rows;
    runner->room = room;
    return true;
}

/* What only the block knows of a row. */
static void complete_row(struct la_bench_row *row, const struct la_bench_cell *cell,
                         double floor_ns, const struct la_order *order)
{
    double net_ns;

    row->name = cell->name;
    row->label = la_contender_label(cell->contender);
    row->block = order->block;
    row->counters[LA_BENCH_BLOCK] = order->block;
    if (cell->contender->role != LA_ROLE_FLOOR &&
        la_net_ns(row->counters[LA_BENCH_NS_PER_OP], floor_ns, &net_ns))
        row->counters[LA_BENCH_NS_PER_OP_NET] = net_ns;
}

/* A whole block: its rows get what only the block knows, and are kept. */
static void keep_block(struct runner *runner, const struct la_order *order, unsigned process)
{
    const struct la_group *group = &runner->plan->groups[order->group];
    struct la_outcome *outcome = runner->outcome;
    const double floor_ns =
        runner->turns[group->floor - group->first].row.counters[LA_BENCH_NS_PER_OP];
    const bool reject = rejected(group, runner->turns);

    if (!make_room(runner, group->nr_cells))
        return;
    outcome->nr_blocks++;
    outcome->nr_rejected += reject;
    runner->nr_accepted[order->group] += !reject && order->stage == LA_STAGE_DECIDE;
    runner->owed_s += reject ? group->run_s * (double)group->nr_cells : 0;
    if (order->block >= outcome->nr_numbers)
        outcome->nr_numbers = order->block + 1;
    for (size_t i = 0; i < group->nr_cells; i++) {
        const struct la_turn *turn = &runner->turns[i];
        const struct la_bench_cell *cell = &runner->plan->cells[group->first + i];
        struct la_bench_row row = turn->row;

        complete_row(&row, cell, floor_ns, order);
        row.blocks = runner->plan->blocks;
        row.counters[LA_BENCH_PROCESS] = process;
        row.counters[LA_BENCH_STAGE] = order->stage;
        row.counters[LA_BENCH_REJECTED] = reject;
        if (!reject && order->stage == LA_STAGE_DECIDE)
            la_histogram_merge(cell->latency, &turn->latency);
        outcome->nr_miscounted += turn->miscounted;
        outcome->nr_warmed_longer += turn->warmups > 1;
        outcome->run_delay_known = outcome->run_delay_known && turn->run_delay_known;
        outcome->rows[outcome->nr_rows++] = row;
    }
}

static double elapsed_s(const struct runner *runner)
{
    return (double)(la_clock_system_ns() - runner->started_ns) / 1e9;
}

/* How much of the run is done, as far as can be told by now. */
static double part_done(const struct runner *runner)
{
    const struct la_plan *plan = runner->plan;
    const double all_s =
        fmin(plan->estimate_s + runner->owed_s, LA_MAKE_UP_LIMIT * plan->estimate_s);

    return plan->budget_s > 0 ? elapsed_s(runner) / plan->budget_s : runner->done_s / all_s;
}

static void take_turn(struct runner *runner, const struct la_turn *turn)
{
    const struct la_plan *plan = runner->plan;
    const struct la_bench_cell *cell = &plan->cells[turn->cell];
    const struct la_group *group = &plan->groups[cell->group];

    runner->turns[turn->cell - group->first] = *turn;
    runner->done_s += group->run_s;
    runner->hooks->progress(fmin(1, part_done(runner)), cell->name);
}

/* The others go on, if there are any. */
static void lose_process(struct runner *runner, unsigned process)
{
    const struct la_crew *crew = &runner->outcome->crew;
    char line[512];

    runner->block_lost = true;
    snprintf(line, sizeof line, "process %u of the run %s: its unfinished block is lost, %s",
             process, crew->members[process].ended,
             la_crew_pick(crew, 0) < 0 ? "and no process is left" : "the others go on");
    runner->hooks->lost(line);
    /* Nobody to go on with: what there is stays, as after an interruption. */
    runner->interrupted = runner->interrupted || la_crew_pick(crew, 0) < 0;
}

/* Waits for the block and keeps it if all of it comes. */
static void collect_block(struct runner *runner, const struct la_order *order, unsigned process)
{
    static struct la_turn turn; /* large */
    struct la_answer answer;

    for (;;) {
        switch (la_crew_next(&runner->outcome->crew, process, runner->hooks->interrupted, &turn,
                             sizeof turn, &answer)) {
        case LA_CREW_TURN:
            take_turn(runner, &turn);
            break;
        case LA_CREW_BLOCK:
            if (answer.measured == runner->plan->groups[order->group].nr_cells)
                keep_block(runner, order, process);
            return;
        case LA_CREW_FAILED:
            fail(runner, answer.why);
            return;
        case LA_CREW_SPOKE:
            fail(runner, NULL);
            return;
        case LA_CREW_LOST:
            lose_process(runner, process);
            return;
        case LA_CREW_INTERRUPTED:
            runner->interrupted = true;
            return;
        }
    }
}

/* Neighbouring groups of a pass and neighbouring blocks of a group go to different processes,
 * unless there is a process for this pass alone. */
static void run_block(struct runner *runner, size_t group, unsigned block, enum la_stage stage)
{
    const struct la_order order = {.group = group, .block = block, .stage = stage};
    struct la_crew *crew = &runner->outcome->crew;
    const bool fresh = runner->fresh >= 0 && crew->members[runner->fresh].socket >= 0;
    const int process = fresh ? runner->fresh : la_crew_pick(crew, group + block);

    if (process < 0)
        return;
    runner->nr_tried[group] += stage == LA_STAGE_DECIDE;
    /* A process that cannot take an order any more is found out when its word does not come. */
    (void)la_crew_order(&runner->outcome->crew, (unsigned)process, &order, sizeof order);
    collect_block(runner, &order, (unsigned)process);
}

/* Unless the block would end after so many seconds of the run. */
static void try_block(struct runner *runner, size_t group, unsigned block, enum la_stage stage,
                      double limit_s)
{
    const struct la_group *what = &runner->plan->groups[group];
    const double block_s =
        stage == LA_STAGE_SCREEN ? la_plan_screening_s(what) : what->run_s * (double)what->nr_cells;

    if (elapsed_s(runner) + block_s <= limit_s)
        run_block(runner, group, block, stage);
    else
        runner->out_of_time = true;
}

static void run_blocks(struct runner *runner)
{
    const struct la_plan *plan = runner->plan;
    const double limit_s =
        fmax(LA_TIME_LIMIT * plan->estimate_s, plan->estimate_s + LA_TIME_SLACK_S);

    for (unsigned block = 0; block < plan->blocks; block++) {
        la_schedule_groups(plan->seed, block, runner->group_order, plan->nr_groups);
        for (size_t i = 0; i < plan->nr_groups && !over(runner); i++)
            try_block(runner, runner->group_order[i], block, LA_STAGE_DECIDE, limit_s);
    }
}

/* More blocks for groups that lost some: the groups in turn, so that a disturbance that goes on
 * does not use up the time on one of them. */
static void make_up(struct runner *runner)
{
    const struct la_plan *plan = runner->plan;
    const double limit_s = LA_MAKE_UP_LIMIT * plan->estimate_s;
    const bool out_of_time = runner->out_of_time;

    for (unsigned block = plan->blocks; block < LA_BLOCKS_TRIED * plan->blocks; block++) {
        for (size_t i = 0; i < plan->nr_groups && !over(runner); i++) {
            if (runner->nr_accepted[i] < plan->blocks)
                try_block(runner, i, block, LA_STAGE_DECIDE, limit_s);
        }
    }
    runner->out_of_time = out_of_time; /* it was a bonus */
}

/* --- with a budget --- */

static void screen(struct runner *runner)
{
    const struct la_plan *plan = runner->plan;

    for (unsigned block = 0; block < plan->screening_blocks; block++) {
        la_schedule_groups(plan->seed, block, runner->group_order, plan->nr_groups);
        for (size_t i = 0; i < plan->nr_groups && !over(runner); i++) {
            if (plan->groups[runner->group_order[i]].window_ns[LA_STAGE_SCREEN])
                try_block(runner, runner->group_order[i], block, LA_STAGE_SCREEN, plan->budget_s);
        }
    }
}

/* What is open now; false after a failure. */
static bool judge(struct runner *runner)
{
    const struct la_plan *plan = runner->plan;
    struct la_budget_group *groups = runner->outcome->groups;
    const char *why;

    for (size_t i = 0; i < plan->nr_groups; i++)
        groups[i] = (struct la_budget_group){
            .block_s = plan->groups[i].run_s * (double)plan->groups[i].nr_cells,
            .nr_usable = runner->nr_accepted[i],
            .nr_tried = runner->nr_tried[i],
        };
    if (runner->outcome->nr_rows == 0 || runner->hooks->judge(plan, runner->outcome, groups, &why))
        return true;
    fail(runner, why);
    return false;
}

/* A process that nobody has seen yet, for what goes beyond the base: more blocks of old processes
 * would leave what differs from process to process as uncertain as it is. */
static void begin_pass(struct runner *runner)
{
    struct la_crew *crew = &runner->outcome->crew;

    if (crew->nr_members < LA_PROCESSES_MAX)
        runner->fresh =
            la_crew_add(crew, runner->hooks->command, runner->plan->nr_cells, runner->plan->seed);
}

static void end_pass(struct runner *runner)
{
    if (runner->fresh >= 0 && !over(runner))
        la_crew_retire(&runner->outcome->crew, (unsigned)runner->fresh);
    runner->fresh = -1;
}

/* A pair of blocks for each of these groups; all first blocks before all second ones. */
static void give_round(struct runner *runner, const bool *chosen, unsigned pass, bool beyond)
{
    const struct la_plan *plan = runner->plan;

    la_schedule_groups(plan->seed, pass, runner->group_order, plan->nr_groups);
    for (unsigned block = 0; block < LA_BUDGET_BLOCKS && !over(runner); block++) {
        if (beyond)
            begin_pass(runner);
        for (size_t i = 0; i < plan->nr_groups && !over(runner); i++) {
            const size_t group = runner->group_order[i];

            if (chosen[group])
                try_block(runner, group, plan->screening_blocks + runner->nr_tried[group],
                          LA_STAGE_DECIDE, plan->budget_s);
        }
        end_pass(runner);
    }
}

/* Whether every chosen group has its base, or will never have it. */
static bool beyond_base(const struct runner *runner, const bool *chosen)
{
    const struct la_plan *plan = runner->plan;

    for (size_t i = 0; i < plan->nr_groups; i++) {
        if (chosen[i] && la_budget_below_base(&runner->outcome->groups[i], plan->blocks))
            return false;
    }
    return true;
}

static void spend_budget(struct runner *runner)
{
    const struct la_plan *plan = runner->plan;
    struct la_outcome *outcome = runner->outcome;
    bool *chosen = calloc(plan->nr_groups, sizeof *chosen);
    unsigned pass = plan->screening_blocks;

    outcome->groups = calloc(plan->nr_groups, sizeof *outcome->groups);
    if (!chosen || !outcome->groups)
        fail(runner, strerror(ENOMEM));
    if (!over(runner))
        screen(runner);
    while (!over(runner) && judge(runner) &&
           la_budget_round(outcome->groups, plan->nr_groups, plan->blocks,
                           plan->budget_s - elapsed_s(runner), chosen))
        give_round(runner, chosen, pass++, beyond_base(runner, chosen));
    runner->out_of_time = false; /* the end of a budget is none, once each group has its base */
    for (size_t i = 0; i < plan->nr_groups; i++)
        runner->out_of_time = runner->out_of_time || runner->nr_accepted[i] < plan->blocks;
    free(chosen);
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
    runner->turns = calloc(plan->nr_contenders, sizeof *runner->turns);
    runner->group_order = calloc(plan->nr_groups, sizeof *runner->group_order);
    runner->nr_accepted = calloc(plan->nr_groups, sizeof *runner->nr_accepted);
    runner->nr_tried = calloc(plan->nr_groups, sizeof *runner->nr_tried);
    return la_crew_init(&runner->outcome->crew, plan->processes, plan->seed) && runner->turns &&
           runner->group_order && runner->nr_accepted && runner->nr_tried;
}

static void lead(struct runner *runner)
{
    struct la_outcome *outcome = runner->outcome;
    const char *why;

    if (la_crew_start(&outcome->crew, runner->hooks->command, runner->plan->nr_cells, &why)) {
        fail(runner, why);
        return;
    }
    runner->started_ns = la_clock_system_ns();
    if (runner->plan->budget_s > 0) {
        spend_budget(runner);
    } else {
        run_blocks(runner);
        make_up(runner);
    }
    la_crew_stop(&outcome->crew, over(runner));
    if (outcome->nr_rows > 0)
        qsort(outcome->rows, outcome->nr_rows, sizeof *outcome->rows, by_cell_and_block);
    outcome->out_of_time = runner->out_of_time;
    outcome->complete = !runner->interrupted && !runner->out_of_time && !runner->block_lost;
}

int la_runner_run(struct la_plan *plan, const struct la_runner_hooks *hooks,
                  struct la_outcome *outcome, const char **why)
{
    static struct runner runner;

    *outcome = (struct la_outcome){.run_delay_known = true};
    runner = (struct runner){.plan = plan, .hooks = hooks, .outcome = outcome, .fresh = -1};
    la_clock_init();
    if (allocate(&runner, plan))
        lead(&runner);
    else
        fail(&runner, strerror(ENOMEM));
    free(runner.turns);
    free(runner.group_order);
    free(runner.nr_accepted);
    free(runner.nr_tried);
    if (!runner.failed)
        return 0;
    la_outcome_free(outcome);
    *why = runner.why;
    return -1;
}

void la_outcome_free(struct la_outcome *outcome)
{
    la_crew_fini(&outcome->crew);
    free(outcome->rows);
    free(outcome->groups);
    *outcome = (struct la_outcome){0};
}

unsigned la_outcome_lost_processes(const struct la_outcome *outcome)
{
    unsigned nr = 0;

    for (unsigned i = 0; i < outcome->crew.nr_members; i++)
        nr += outcome->crew.members[i].ended[0] != '\0';
    return nr;
}

const struct la_bench_row *la_outcome_row(const struct la_outcome *outcome,
                                          const struct la_bench_cell *cell, unsigned block)
{
    const struct la_bench_row wanted = {.name = cell->name, .block = block};

    return bsearch(&wanted, outcome->rows, outcome->nr_rows, sizeof wanted, by_cell_and_block);
}
