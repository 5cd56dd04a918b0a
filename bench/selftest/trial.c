/* SPDX-License-Identifier: MIT */
/* trial.c: see trial.h. */
#include "trial.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "gaps.h"
#include "memory.h"
#include "phases.h"
#include "shim.h"
#include "work.h"

enum { SIZE = 256, MAX_CONTENDERS = 32, PHASES_DEPTH = 64 };

/* What is tried. */
struct trial {
    const char *workload;
    uint32_t depth;
    struct la_contender contenders[MAX_CONTENDERS];
    size_t nr_contenders;
    const struct la_trial_time *time;
};

/* The plan of one group, and the rows that came of it. */
struct making {
    struct trial *trial;
    struct la_plan plan;
    struct la_group group;
    struct la_bench_row *rows;
    size_t nr_rows;
    double lost_ns, thread_ns; /* of the block */
};

static char failure[512];

static const char *fail(const char *text)
{
    snprintf(failure, sizeof failure, "%s", text);
    return failure;
}

static const char *place(struct making *making)
{
    const char *reason = "";
    struct la_topology *topology = la_topology_load(NULL, NULL, &reason);
    int error;

    if (!topology)
        return fail(reason);
    error = la_placement_plan(topology, "compact", 1, false, &making->group.placement, &reason);
    if (error)
        fail(reason);
    la_topology_free(topology);
    return error ? failure : NULL;
}

static void draw_up(struct making *making)
{
    struct trial *trial = making->trial;
    const size_t nr = trial->nr_contenders;
    struct la_plan *plan = &making->plan;

    making->group.setting = (struct la_setting){.workload = la_workload_find(trial->workload),
                                                .params = LA_WORKLOAD_DEFAULTS,
                                                .size = SIZE,
                                                .depth = trial->depth,
                                                .placement = &making->group.placement,
                                                .warmup_ns = trial->time->warmup_ns};
    making->group.window_ns[LA_STAGE_DECIDE] = trial->time->window_ns;
    making->group.nr_cells = nr;
    plan->groups = &making->group;
    plan->nr_groups = 1;
    plan->contenders = trial->contenders;
    plan->nr_contenders = nr;
    plan->blocks = trial->time->blocks;
    plan->cells = la_new_array(nr, sizeof *plan->cells);
    plan->nr_cells = nr;
    for (size_t i = 0; i < nr; i++) {
        plan->cells[i].contender = &trial->contenders[i];
        snprintf(plan->cells[i].name, sizeof plan->cells[i].name,
                 "%s/%s/size:%d/depth:%u/placement:compact/threads:1", trial->workload,
                 trial->contenders[i].name, SIZE, trial->depth);
    }
    making->rows = la_new_array(nr * plan->blocks, sizeof *making->rows);
}

static bool keep_turn(void *context, const struct la_turn *turn)
{
    struct making *making = context;
    struct la_bench_row *row = &making->rows[making->nr_rows++];

    *row = turn->row;
    row->name = making->plan.cells[turn->cell].name;
    row->label = la_contender_label(making->plan.cells[turn->cell].contender);
    making->lost_ns += fmax(turn->lost_ns, turn->steal_ns);
    making->thread_ns += turn->thread_ns;
    return true;
}

static const char *run_block(struct making *making, unsigned block)
{
    const uint64_t seed = making->trial->time->seed;
    const struct la_block_place where = {
        .block = block, .stage = LA_STAGE_DECIDE, .run_seed = seed, .process_seed = seed};
    const struct la_block_hooks hooks = {.turn = keep_turn, .context = making};
    const size_t first = making->nr_rows;
    const char *reason = NULL;
    bool rejected;

    making->lost_ns = making->thread_ns = 0;
    if (la_block_run(&making->plan, &where, &hooks, &reason) < making->trial->nr_contenders)
        return fail(reason ? reason : "a block could not be measured");
    rejected = la_block_rejected(making->lost_ns, making->thread_ns);
    for (size_t i = first; i < making->nr_rows; i++) {
        making->rows[i].block = block;
        making->rows[i].blocks = making->plan.blocks;
        making->rows[i].counters[LA_BENCH_BLOCK] = block;
        making->rows[i].counters[LA_BENCH_REJECTED] = rejected;
    }
    return NULL;
}

static const char *write_rows(const struct making *making, const char *dir)
{
    char path[4096];
    FILE *stream;
    bool good;

    snprintf(path, sizeof path, "%s/bench.json", dir);
    stream = fopen(path, "w");
    if (!stream)
        return fail(strerror(errno));
    good = shim_write(stream, making->rows, making->nr_rows);
    return fclose(stream) == 0 && good ? NULL : fail("cannot write bench.json");
}

static const char *run(struct trial *trial, const char *dir)
{
    struct making *making = la_new_array(1, sizeof *making);
    const char *why;

    making->trial = trial;
    why = place(making);
    if (!why)
        draw_up(making);
    for (unsigned block = 0; !why && block < trial->time->blocks; block++)
        why = run_block(making, block);
    if (!why)
        why = write_rows(making, dir);
    free(making->plan.cells);
    free(making->rows);
    free(making);
    return why;
}

const char *la_trial_works(const char *dir, const struct la_trial_time *time)
{
    struct trial trial = {.workload = "pair", .depth = 256, .time = time};
    const struct la_work *work;

    for (size_t i = 0; (work = la_work_at(i)) && i < MAX_CONTENDERS; i++) {
        struct la_contender *contender = &trial.contenders[trial.nr_contenders++];

        *contender = (struct la_contender){.role = LA_ROLE_MALLOC, .calls = work->calls};
        snprintf(contender->name, sizeof contender->name, "%s", work->name);
    }
    return run(&trial, dir);
}

static const char *add_list(struct trial *trial, const struct lookaside_strategy *strategy)
{
    const char *reason = "";

    return la_contender_make(&trial->contenders[trial->nr_contenders++], LA_ROLE_LIST, strategy,
                             la_allocator_find("glibc"), &reason)
               ? NULL
               : fail(reason);
}

const char *la_trial_bursts(const char *dir, uint32_t depth, const struct la_trial_time *time)
{
    struct trial trial = {.workload = "burst", .depth = depth, .time = time};
    const struct lookaside_strategy *strategy;
    const char *detail, *why = NULL;

    for (size_t i = 0; !why && (strategy = lookaside_strategy_at(i)); i++) {
        if (strcmp(strategy->name, "malloc") != 0 &&
            (!strategy->supported || strategy->supported(&detail)) &&
            trial.nr_contenders < MAX_CONTENDERS)
            why = add_list(&trial, strategy);
    }
    return why ? why : run(&trial, dir);
}

const char *la_trial_phases(const char *dir, const struct la_trial_time *time)
{
    struct trial trial = {.workload = "pair", .depth = PHASES_DEPTH, .time = time};
    const char *why = add_list(&trial, &la_phases);

    return why ? why : run(&trial, dir);
}
