/* SPDX-License-Identifier: MIT */
/* block.c: see block.h. */
#include "block.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arithmetic.h"
#include "clock.h"
#include "schedule.h"
#include "shim.h"

struct block {
    struct la_plan *plan;
    const struct la_block_hooks *hooks;
    bool stopped;
    char why[512]; /* the first failure */
};

struct slot {
    struct block *block;
    size_t cell;
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

static void fill_noise(struct la_bench_row *row, const struct la_measurement *from)
{
    const struct la_interference *interference = &from->interference;
    const enum la_steadiness steadiness = la_steady(&from->course);

    row->counters[LA_BENCH_LOST_FRACTION] = from->lost_ns / from->thread_ns;
    row->counters[LA_BENCH_LOST_WORST_CPU] = from->lost_worst;
    if (interference->steal_known)
        row->counters[LA_BENCH_STEAL_FRACTION] = interference->steal_ns / from->thread_ns;
    if (interference->throttled_known)
        row->counters[LA_BENCH_THROTTLED] = (double)interference->throttled;
    if (steadiness != LA_STEADINESS_UNKNOWN)
        row->counters[LA_BENCH_STEADY] = steadiness == LA_STEADY;
}

struct la_bench_row la_block_row(const struct la_bench_cell *cell,
                                 const struct la_measurement *from,
                                 const struct la_histogram *latency, unsigned threads)
{
    struct la_bench_row row = la_bench_row_empty();

    row.name = cell->name;
    row.label = la_contender_label(cell->contender);
    row.threads = threads;
    row.operations = (int64_t)from->window.operations;
    row.cpu_ns_per_op = from->cpu_ns / (double)from->window.operations;
    row.counters[LA_BENCH_OPS_PER_S] = from->window.ops_per_s;
    row.counters[LA_BENCH_NS_PER_OP] = from->window.ns_per_op;
    row.counters[LA_BENCH_FULL_CONCURRENCY] = from->window.full_concurrency;
    row.counters[LA_BENCH_SHARE_MIN] = from->window.share_min;
    row.counters[LA_BENCH_SHARE_MAX] = from->window.share_max;
    if (from->rss_known)
        row.counters[LA_BENCH_RSS_BYTES] = (double)from->rss_bytes;
    fill_noise(&row, from);
    fill_list(&row, from);
    fill_latency(&row, latency);
    return row;
}

/* Called by Google Benchmark. */
static bool take_turn(void *context, double *seconds)
{
    static struct la_turn turn; /* large */
    const struct slot *slot = context;
    struct block *block = slot->block;
    const struct la_bench_cell *cell = &block->plan->cells[slot->cell];
    const struct la_group *group = &block->plan->groups[cell->group];
    struct la_measurement measurement;
    const char *why;

    if (block->why[0] || block->stopped)
        return false;
    la_histogram_reset(&turn.latency);
    if (!la_engine_measure(cell->contender, &group->setting, &turn.latency, &measurement, &why)) {
        snprintf(block->why, sizeof block->why, "%s: %s", cell->name, why);
        return false;
    }
    turn.cell = slot->cell;
    turn.row = la_block_row(cell, &measurement, &turn.latency, group->placement.nr_threads);
    turn.seconds = *seconds = measurement.window.wall_ns / 1e9;
    turn.lost_ns = measurement.lost_ns;
    turn.thread_ns = measurement.thread_ns;
    turn.steal_ns = measurement.interference.steal_ns;
    turn.warmups = measurement.warmups;
    turn.run_delay_known = measurement.run_delay_known;
    turn.miscounted = measurement.miscounted;
    block->stopped = !block->hooks->turn(block->hooks->context, &turn);
    return !block->stopped;
}

size_t la_block_run(struct la_plan *plan, const struct la_block_place *place,
                    const struct la_block_hooks *hooks, const char **why)
{
    static struct block block;
    struct la_group *group = &plan->groups[place->group];
    size_t *order = calloc(group->nr_cells, sizeof *order);
    struct slot *slots = calloc(group->nr_cells, sizeof *slots);
    size_t measured = 0;

    block = (struct block){.plan = plan, .hooks = hooks};
    if (order && slots) {
        group->setting.window_ns = group->window_ns[place->stage];
        group->setting.seed = la_schedule_block(place->process_seed, place->group, place->block);
        la_schedule_order(place->run_seed, place->group, place->block, order, group->nr_cells);
        for (size_t i = 0; i < group->nr_cells; i++) {
            slots[i] = (struct slot){&block, group->first + order[i]};
            shim_add(plan->cells[slots[i].cell].name, take_turn, &slots[i]);
        }
        measured = shim_run();
    } else {
        snprintf(block.why, sizeof block.why, "%s", strerror(ENOMEM));
    }
    free(order);
    free(slots);
    *why = block.why[0] ? block.why : NULL;
    return measured;
}
