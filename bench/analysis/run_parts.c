/* SPDX-License-Identifier: MIT */
/*
 * run_parts.c: what a result directory holds besides bench.json, in the same form, so that one
 * comparison serves all of it: a block of a cell is a sample, and plain malloc of the same block
 * stands in the same group.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "choice.h"
#include "json_result.h"
#include "run_build.h"

enum { MAX_BLOCKS = 100000 };

const char *la_part_file(enum la_run_part part)
{
    static const char *const names[LA_NR_PARTS] = {[LA_PART_BENCH] = "bench.json",
                                                   [LA_PART_LATENCY] = "latency.json",
                                                   [LA_PART_MEMORY] = "memory.json"};

    return names[part];
}

static int refuse(struct la_why *why, const char *dir, enum la_run_part part, const char *what)
{
    snprintf(why->line, sizeof why->line, "%.600s/%s: %s", dir, la_part_file(part), what);
    return -1;
}

/* --- what both files have --- */

/* Size, placement and threads of the settings; false without. */
static bool take_settings(const json_t *settings, struct la_run_group *group)
{
    const double size = la_json_number(settings, "size_bytes", NULL);
    const double threads = la_json_number(settings, "threads", NULL);

    *group = (struct la_run_group){0};
    if (!(size >= 1 && size < 1e15) || !(threads >= 1 && threads < 1 << 20))
        return false;
    group->size_bytes = (uint64_t)size;
    group->threads = (uint32_t)threads;
    snprintf(group->placement, sizeof group->placement, "%s", la_json_word(settings, "placement"));
    return true;
}

/* The block's numbers that no counter is; false if it has no number. */
static bool take_block(const json_t *block, struct la_sample *sample)
{
    const double number = la_json_number(block, "block", NULL);
    const double process = la_json_number(block, "process", NULL);

    *sample = la_run_no_sample();
    if (!(number >= 0 && number < MAX_BLOCKS) || process < 0 || process >= MAX_BLOCKS)
        return false;
    sample->block = (size_t)number;
    sample->process = isnan(process) ? 0 : (uint32_t)process;
    sample->rejected = json_is_true(json_object_get(block, "rejected"));
    sample->bounded = json_is_true(json_object_get(block, "overloaded"));
    return true;
}

/* Whether every cell has its blocks: files of older versions have none. */
static bool has_blocks(const json_t *cells)
{
    const json_t *cell;
    size_t i;

    json_array_foreach(cells, i, cell)
    {
        if (!json_is_array(json_object_get(cell, "each_block")))
            return false;
    }
    return true;
}

static int add_cell(struct la_run *run, const struct la_run_group *group, const json_t *cell,
                    void (*take_values)(const json_t *block, struct la_sample *sample))
{
    const json_t *block;
    size_t i;

    json_array_foreach(json_object_get(cell, "each_block"), i, block)
    {
        struct la_sample sample;

        if (!take_block(block, &sample))
            return -1;
        take_values(block, &sample);
        la_run_add(run, group, la_json_word(cell, "contender"),
                   json_string_value(json_object_get(cell, "label")), sample);
    }
    return 0;
}

/* --- latency.json --- */

static const struct {
    enum la_counter counter;
    const char *view, *percentile;
} percentiles[] = {
    {LA_RESPONSE_P50_NS, "response", "p50_ns"},
    {LA_RESPONSE_P99_NS, "response", "p99_ns"},
    {LA_RESPONSE_P999_NS, "response", "p999_ns"},
    {LA_OWN_P99_NS, "response_without_machine", "p99_ns"},
    {LA_OWN_P999_NS, "response_without_machine", "p999_ns"},
    {LA_SERVICE_P50_NS, "service", "p50_ns"},
    {LA_SERVICE_P99_NS, "service", "p99_ns"},
    {LA_SERVICE_P999_NS, "service", "p999_ns"},
};

/* The demand and what is asked of it: "open-loop-poisson-exponential-100000-rate-1000000". */
static void name_demand(const json_t *settings, const char *what, double value,
                        struct la_run_group *group)
{
    char name[2 * LA_NAME_SIZE];
    const double remote = la_json_number(settings, "remote_percent", NULL);
    int length =
        snprintf(name, sizeof name, "open-loop-%s-%s-%.0f", la_json_word(settings, "arrivals"),
                 la_json_word(settings, "hold_shape"), la_json_number(settings, "hold_ns", NULL));

    if (remote > 0)
        length += snprintf(name + length, sizeof name - (size_t)length, "-r%.0f", remote);
    snprintf(name + length, sizeof name - (size_t)length, "-%s-%.0f", what, value);
    snprintf(group->workload, sizeof group->workload, "%.*s", LA_NAME_SIZE - 1, name);
}

static void take_percentiles(const json_t *block, struct la_sample *sample)
{
    for (size_t p = 0; p < sizeof percentiles / sizeof *percentiles; p++)
        sample->value[percentiles[p].counter] =
            la_json_number(block, percentiles[p].view, percentiles[p].percentile, NULL);
}

/* Two counters: windows, and how many of them kept the target. */
static void take_tally(const json_t *tally, double *values)
{
    values[0] = la_json_number(tally, "windows", NULL);
    values[1] = la_json_number(tally, "kept", NULL);
}

static void add_target(struct la_run *run, struct la_run_group group, const json_t *settings,
                       const json_t *target)
{
    const json_t *answer;
    size_t i;

    name_demand(settings,
                json_is_true(json_object_get(target, "without_machine")) ? "own-target" : "target",
                la_json_number(target, "p999_ns", NULL), &group);
    json_array_foreach(json_object_get(target, "answers"), i, answer)
    {
        struct la_sample sample = la_run_no_sample();

        sample.value[LA_KEPT_RATE] = la_json_number(answer, "kept_rate", NULL);
        sample.value[LA_MISSED_RATE] = la_json_number(answer, "missed_rate", NULL);
        take_tally(json_object_get(answer, "at_kept_rate"), &sample.value[LA_KEPT_RATE_WINDOWS]);
        take_tally(json_object_get(answer, "at_missed_rate"),
                   &sample.value[LA_MISSED_RATE_WINDOWS]);
        la_run_add(run, &group, la_json_word(answer, "contender"), NULL, sample);
    }
}

/* The operations of one number of threads. */
static int add_latency_run(struct la_run *run, const json_t *from)
{
    const json_t *settings = json_object_get(from, "settings"), *cell;
    const double depth = la_json_number(settings, "depth", NULL);
    struct la_run_group group;
    size_t i;

    if (!take_settings(settings, &group) || isnan(depth))
        return -1;
    snprintf(group.depth, sizeof group.depth, "%.0f", depth);
    json_array_foreach(json_object_get(from, "cells"), i, cell)
    {
        name_demand(settings, "rate", la_json_number(cell, "rate", NULL), &group);
        if (add_cell(run, &group, cell, take_percentiles))
            return -1;
    }
    add_target(run, group, settings, json_object_get(from, "target"));
    return 0;
}

static int add_latency(struct la_run *run, const json_t *file)
{
    const json_t *runs = json_object_get(file, "runs"), *from;
    size_t i;

    if (!json_is_array(runs))
        return -1;
    json_array_foreach(runs, i, from)
    {
        if (!has_blocks(json_object_get(from, "cells")))
            return 0;
    }
    json_array_foreach(runs, i, from)
    {
        if (add_latency_run(run, from))
            return -1;
        run->has[LA_PART_LATENCY] = true;
    }
    return 0;
}

/* --- memory.json --- */

static const enum la_counter figures[] = {
    LA_OPS_PER_S,           LA_ALLOC_HIT,           LA_CACHED_BUSY_BYTES,
    LA_RETAINED_BUSY_BYTES, LA_PEAK_BYTES,          LA_RETAINED_PEAK_BYTES,
    LA_RETAINED_IDLE_BYTES, LA_RETAINED_TRIM_BYTES, LA_RETAINED_PURGE_BYTES,
    LA_CACHED_BYTE_S,       LA_RESIDENT_BYTE_S,
};

static void take_figures(const json_t *block, struct la_sample *sample)
{
    for (size_t f = 0; f < sizeof figures / sizeof *figures; f++)
        sample->value[figures[f]] = la_json_number(block, la_counter_name(figures[f]), NULL);
}

static int add_memory_cell(struct la_run *run, const struct la_run_group *group, const json_t *cell)
{
    return add_cell(run, group, cell, take_figures);
}

/* What all others of a block are compared with. */
static bool is_reference(const json_t *cell)
{
    const char *contender = la_json_word(cell, "contender");

    return strcmp(contender, LA_BASELINE) == 0 || strcmp(contender, LA_TWIN) == 0;
}

static int add_references(struct la_run *run, const struct la_run_group *group, const json_t *cells)
{
    const json_t *cell;
    size_t i;

    json_array_foreach(cells, i, cell)
    {
        if (is_reference(cell) && add_memory_cell(run, group, cell))
            return -1;
    }
    return 0;
}

static void name_depth(const json_t *cell, struct la_run_group *group)
{
    const double depth = la_json_number(cell, "depth", NULL);

    if (isnan(depth))
        snprintf(group->depth, sizeof group->depth, "none");
    else
        snprintf(group->depth, sizeof group->depth, "%.0f", depth);
}

static int add_memory(struct la_run *run, const json_t *file)
{
    const json_t *settings = json_object_get(file, "settings");
    const json_t *cells = json_object_get(file, "cells"), *cell;
    struct la_run_group group;
    size_t i;

    if (!json_is_array(cells) || !take_settings(settings, &group))
        return -1;
    if (!has_blocks(cells))
        return 0;
    snprintf(group.workload, sizeof group.workload, "memory-burst-%.0f-peak-%.0f-%.0fms",
             la_json_number(settings, "longest_burst", NULL),
             la_json_number(settings, "peak_objects", NULL),
             la_json_number(settings, "window_ns", NULL) / 1e6);
    json_array_foreach(cells, i, cell)
    {
        if (is_reference(cell))
            continue;
        name_depth(cell, &group);
        if (la_run_find_group(run, &group) < 0 && add_references(run, &group, cells))
            return -1;
        if (add_memory_cell(run, &group, cell))
            return -1;
    }
    run->has[LA_PART_MEMORY] = true;
    return 0;
}

/* --- all of them --- */

static int add_part(struct la_run *run, const char *dir, enum la_run_part part,
                    int (*add)(struct la_run *run, const json_t *file), struct la_why *why)
{
    json_t *file;
    const int there = la_json_result(dir, la_part_file(part), &file, why);
    int result = 0;

    if (there > 0 && add(run, file))
        result =
            refuse(why, dir, part, "not a result of this tool: settings or blocks are missing");
    json_decref(file);
    return there < 0 ? -1 : result;
}

int la_run_add_latency(struct la_run *run, const char *dir, struct la_why *why)
{
    return add_part(run, dir, LA_PART_LATENCY, add_latency, why);
}

int la_run_add_memory(struct la_run *run, const char *dir, struct la_why *why)
{
    return add_part(run, dir, LA_PART_MEMORY, add_memory, why);
}

static bool has_bench(const char *dir)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/bench.json", dir);
    return access(path, F_OK) == 0;
}

int la_run_load_parts(struct la_run *run, const char *dir, struct la_why *why)
{
    struct la_why detail = {""};

    memset(run, 0, sizeof *run);
    if (has_bench(dir) && la_run_add_bench(run, dir, why))
        goto refused;
    if (la_run_add_latency(run, dir, why) || la_run_add_memory(run, dir, why))
        goto refused;
    /* Without any of the three, bench.json is the one to miss. */
    if (!run->nr_samples && la_run_add_bench(run, dir, why))
        goto refused;
    if (la_run_finish(run, &detail) == 0)
        return 0;
    snprintf(why->line, sizeof why->line, "%.600s: %.300s", dir, detail.line);
refused:
    la_run_unload(run);
    return -1;
}
