/* SPDX-License-Identifier: MIT */
/* publish.c: see publish.h. */
#include "publish.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "build_info.h"
#include "clock.h"
#include "gaps.h"
#include "latency_tsv.h"
#include "result_dir.h"
#include "schedule.h"
#include "shim.h"
#include "table.h"

static void context(const char *key, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void context(const char *key, const char *format, ...)
{
    char value[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    shim_context(key, value);
}

static double timer_floor_ns(void)
{
    return la_clock_ns(la_clock.floor);
}

static void describe_run(const struct la_plan *plan, const struct la_outcome *outcome)
{
    context("schema", "1");
    context("library_version", "%s", shim_library_version());
    context("lookaside_version", "%s", la_build_version());
    context("suite", "%s", plan->suite->name);
    context("seed", "%" PRIu64, plan->seed);
    context("window_ns", "%" PRIu64, plan->window_ns);
    context("warmup_ns", "%" PRIu64, plan->warmup_ns);
    context("blocks", "%u", plan->blocks);
    if (plan->budget_s > 0)
        context("budget_s", "%.0f", plan->budget_s);
    context("processes", "%u", plan->processes);
    context("complete", "%s", outcome->complete ? "true" : "false");
    context("blocks_rejected", "%zu", outcome->nr_rejected);
    context("lost_limit", "%g", LA_LOST_LIMIT);
    context("clock", "%s", la_clock_name());
    context("timer_floor_ns", "%.2f", timer_floor_ns());
    context("sample_operations", "%d", LA_SAMPLE_OPERATIONS);
}

static int end_file(struct la_result_file *file, bool good)
{
    if (good && !ferror(file->stream))
        return la_result_file_commit(file);
    la_result_file_abandon(file);
    return -EIO;
}

int la_publish_rows(const char *dir, const struct la_outcome *outcome)
{
    struct la_result_file file;
    int error = la_result_file_open(&file, dir, "bench.json");

    if (error)
        return error;
    return end_file(&file, shim_write(file.stream, outcome->rows, outcome->nr_rows));
}

static int write_latency(const char *dir, const struct la_plan *plan)
{
    const struct la_latency_scale scale = {.ns_per_tick = la_clock.ns_per_tick,
                                           .operations = LA_SAMPLE_OPERATIONS,
                                           .timer_floor_ns = timer_floor_ns()};
    struct la_result_file file;
    int error = la_result_file_open(&file, dir, "latency.tsv");

    if (error)
        return error;
    la_latency_tsv_begin(file.stream, &scale);
    for (size_t i = 0; i < plan->nr_cells; i++)
        la_latency_tsv_cell(file.stream, &scale, plan->cells[i].name, plan->cells[i].latency);
    return end_file(&file, true);
}

static json_t *params_json(void)
{
    const struct la_workload_params params = LA_WORKLOAD_DEFAULTS;

    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "burst_objects", (int)params.burst,
                     "live_objects", (int)params.live, "ring_places", (int)params.ring,
                     "table_places", (int)params.table, "cold_bytes", LA_COLD_BYTES, "aside_bytes",
                     (int)params.aside);
}

static json_t *contenders_json(const struct la_plan *plan)
{
    json_t *names = json_array();

    for (size_t i = 0; i < plan->nr_contenders; i++)
        json_array_append_new(names, json_string(plan->contenders[i].name));
    return names;
}

static json_t *groups_json(const struct la_plan *plan)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < plan->nr_groups; i++) {
        const struct la_group *group = &plan->groups[i];
        json_t *cpus = json_array();
        char depth[LA_DEPTH_BYTES];

        for (unsigned t = 0; t < group->placement.nr_threads; t++)
            json_array_append_new(cpus, json_integer(group->placement.cpu[t]));
        json_array_append_new(
            rows,
            json_pack("{s:s, s:I, s:o, s:s, s:i, s:o, s:b, s:I}", "workload",
                      group->setting.workload->name, "size_bytes", (json_int_t)group->setting.size,
                      "depth",
                      group->setting.policy
                          ? json_string(la_depth_text(&group->setting, depth, sizeof depth))
                          : json_integer(group->setting.depth),
                      "placement", group->placement.name, "threads",
                      (int)group->placement.nr_threads, "cpus", cpus, "oversubscribed",
                      group->oversubscribed, "window_ns", (json_int_t)group->setting.window_ns));
    }
    return rows;
}

/* The CPUs of each placement's threads in one process, by "placement:threads". */
static json_t *cpus_json(const struct la_plan *plan, uint64_t process_seed)
{
    json_t *all = json_object();

    for (size_t i = 0; i < plan->nr_groups; i++) {
        struct la_placement placement = plan->groups[i].placement;
        char key[128];
        json_t *cpus;

        snprintf(key, sizeof key, "%s:%u", placement.name, placement.nr_threads);
        if (json_object_get(all, key))
            continue;
        la_schedule_cpus(process_seed, placement.cpu, placement.nr_threads);
        cpus = json_array();
        for (unsigned t = 0; t < placement.nr_threads; t++)
            json_array_append_new(cpus, json_integer(placement.cpu[t]));
        json_object_set_new(all, key, cpus);
    }
    return all;
}

static json_t *processes_json(const struct la_plan *plan, const struct la_outcome *outcome)
{
    json_t *rows = json_array();

    for (unsigned i = 0; i < outcome->crew.nr_members; i++) {
        const struct la_crew_member *member = &outcome->crew.members[i];

        json_array_append_new(rows, json_pack("{s:I, s:I, s:I, s:I, s:s?, s:o}", "seed",
                                              (json_int_t)member->luck.seed, "environment_bytes",
                                              (json_int_t)member->luck.environment_bytes,
                                              "heap_offset_bytes",
                                              (json_int_t)member->luck.heap_offset_bytes, "blocks",
                                              (json_int_t)member->nr_blocks, "lost",
                                              member->ended[0] ? member->ended : NULL, "cpus",
                                              cpus_json(plan, member->luck.seed)));
    }
    return rows;
}

/* Null without one. */
static json_t *budget_json(const struct la_plan *plan)
{
    if (!(plan->budget_s > 0))
        return json_null();
    return json_pack("{s:f, s:i, s:i}", "seconds", plan->budget_s, "screening_blocks",
                     (int)plan->screening_blocks, "base_blocks", (int)plan->blocks);
}

json_t *la_publish_settings(const struct la_plan *plan, const struct la_outcome *outcome)
{
    return json_pack("{s:s, s:b, s:I, s:i, s:I, s:I, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "suite",
                     plan->suite->name, "complete", outcome->complete, "seed",
                     (json_int_t)plan->seed, "blocks", (int)plan->blocks, "window_ns",
                     (json_int_t)plan->window_ns, "warmup_ns", (json_int_t)plan->warmup_ns,
                     "batch_operations", LA_BATCH_OPERATIONS, "sample_operations",
                     LA_SAMPLE_OPERATIONS, "workload_parameters", params_json(), "contenders",
                     contenders_json(plan), "groups", groups_json(plan), "budget",
                     budget_json(plan), "processes", processes_json(plan, outcome));
}

static json_t *aa_json(const struct la_plan *plan, const struct la_outcome *outcome)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < plan->nr_groups; i++) {
        const struct la_group *group = &plan->groups[i];
        size_t twin = la_table_twin(plan, group);
        struct la_ratio ratio = la_table_ratio(plan, outcome, twin, group->reference);
        json_t *row =
            json_pack("{s:s, s:I}", "cell", plan->cells[twin].name, "blocks", (json_int_t)ratio.nr);

        if (ratio.nr)
            json_object_set_new(row, "ratio", json_real(ratio.median));
        if (ratio.interval_known) {
            json_object_set_new(row, "low", json_real(ratio.low));
            json_object_set_new(row, "high", json_real(ratio.high));
        }
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *trust_json(const struct la_trust *trust)
{
    json_t *reasons = json_array();

    for (size_t i = 0; i < trust->nr_reasons; i++)
        json_array_append_new(reasons, json_string(trust->reasons[i]));
    return json_pack("{s:s, s:o}", "verdict", la_trust_name(trust->verdict), "reasons", reasons);
}

/* Rows that have a counter, and those of them for which it is not 0. */
static json_t *counted(const struct la_outcome *outcome, enum la_bench_counter counter)
{
    size_t nr_known = 0, nr = 0;

    for (size_t i = 0; i < outcome->nr_rows; i++) {
        nr_known += la_bench_counter_known(&outcome->rows[i], counter);
        nr += outcome->rows[i].counters[counter] > 0;
    }
    return json_pack("{s:I, s:I}", "known", (json_int_t)nr_known, "above_0", (json_int_t)nr);
}

json_t *la_publish_noise(const struct la_plan *plan, const struct la_outcome *outcome,
                         const struct la_trust *trust)
{
    return json_pack("{s:s, s:f, s:I, s:I, s:f, s:s, s:o, s:o, s:o, s:I, s:I, s:o, s:o}", "clock",
                     la_clock_name(), "timer_floor_ns", timer_floor_ns(), "blocks",
                     (json_int_t)outcome->nr_blocks, "blocks_rejected",
                     (json_int_t)outcome->nr_rejected, "lost_limit", LA_LOST_LIMIT, "run_delay",
                     outcome->run_delay_known ? "known" : "unavailable: the kernel does not say",
                     "rows_stolen", counted(outcome, LA_BENCH_STEAL_FRACTION), "rows_throttled",
                     counted(outcome, LA_BENCH_THROTTLED), "rows_steady",
                     counted(outcome, LA_BENCH_STEADY), "rows_warmed_longer",
                     (json_int_t)outcome->nr_warmed_longer, "rows_miscounted",
                     (json_int_t)outcome->nr_miscounted, "aa", aa_json(plan, outcome), "trust",
                     trust_json(trust));
}

int la_publish(const char *dir, const struct la_plan *plan, const struct la_outcome *outcome,
               const char **file)
{
    int error;

    *file = "bench.json";
    describe_run(plan, outcome);
    error = la_publish_rows(dir, outcome);
    if (error)
        return error;
    *file = "latency.tsv";
    return write_latency(dir, plan);
}
