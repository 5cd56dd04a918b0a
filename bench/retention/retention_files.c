/* SPDX-License-Identifier: MIT */
/* retention_files.c: see retention_files.h. */
#include "retention_files.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

size_t la_retention_within(const struct la_retention_outcome *outcome,
                           const struct la_contender *contender, double budget_bytes)
{
    struct la_frontier_point *points = calloc(outcome->nr_cells, sizeof *points);
    bool *eligible = calloc(outcome->nr_cells, sizeof *eligible);
    size_t best = outcome->nr_cells;

    if (points && eligible) {
        la_retention_points(outcome, points);
        for (size_t i = 0; i < outcome->nr_cells; i++)
            eligible[i] = outcome->cells[i].contender == contender;
        best = la_frontier_best(points, eligible, outcome->nr_cells, budget_bytes);
    }
    free(points);
    free(eligible);
    return best;
}

/* --- memory.tsv --- */

static void write_bytes(FILE *stream, int64_t bytes, bool known)
{
    if (known)
        fprintf(stream, "\t%" PRId64, bytes);
    else
        fputs("\tnan", stream);
}

static void write_glance(FILE *stream, const struct la_retention_cell *cell,
                         const struct la_glance *at)
{
    fprintf(stream, "%s\t%s\t%u\t%s\t%.6f\t%" PRId64, cell->name, cell->contender->name,
            cell->depth, la_stage_name(at->stage), at->seconds, at->live_bytes);
    write_bytes(stream, at->cached_bytes, at->cached_bytes >= 0);
    if (isnan(cell->metadata_bytes[at->stage]))
        fputs("\tnan", stream);
    else
        fprintf(stream, "\t%.0f", cell->metadata_bytes[at->stage]);
    write_bytes(stream, at->resident_bytes, at->resident_bytes != INT64_MIN);
    fputc('\n', stream);
}

void la_retention_tsv_write(FILE *stream, const struct la_retention_outcome *outcome)
{
    fputs("# one trial of each cell; resident: growth since its beginning; depth 0: no list\n"
          "cell\tcontender\tdepth\tstage\tseconds\tlive_bytes\tcached_bytes\tslab_bytes\t"
          "resident_bytes\n",
          stream);
    for (size_t i = 0; i < outcome->nr_cells; i++) {
        const struct la_retention_cell *cell = &outcome->cells[i];

        for (unsigned g = 0; g < cell->shown.nr_glances; g++)
            write_glance(stream, cell, &cell->shown.glances[g]);
    }
}

/* --- memory.json --- */

/* JSON has no NAN: what is not known is null. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *estimate_json(const struct la_retention_estimate *estimate)
{
    return json_pack("{s:o, s:o, s:o}", "median", number(estimate->median), "low",
                     number(estimate->low), "high", number(estimate->high));
}

static json_t *figures_json(const struct la_retention_cell *cell)
{
    json_t *object = json_object();

    for (int i = 0; i < LA_NR_FIGURES; i++) {
        const struct la_retention_estimate estimate =
            la_retention_estimate(cell, NULL, (enum la_retention_figure)i);

        json_object_set_new(object, la_retention_figure_name((enum la_retention_figure)i),
                            estimate_json(&estimate));
    }
    return object;
}

/* What estimates of other programs, and comparisons with other runs, are made from. */
static json_t *each_block_json(const struct la_retention_cell *cell)
{
    json_t *all = json_array();

    for (unsigned block = 0; block < cell->nr_blocks; block++) {
        json_t *object =
            json_pack("{s:i, s:b}", "block", (int)block, "rejected", cell->rejected[block]);

        for (int i = 0; i < LA_NR_FIGURES; i++)
            json_object_set_new(object, la_retention_figure_name((enum la_retention_figure)i),
                                number(cell->figures[i][block]));
        json_array_append_new(all, object);
    }
    return all;
}

static json_t *slab_json(const struct la_retention_cell *cell)
{
    json_t *object = json_object();

    for (int i = 0; i < LA_NR_STAGES; i++)
        json_object_set_new(object, la_stage_name((enum la_stage)i),
                            number(cell->metadata_bytes[i]));
    return object;
}

static json_t *cell_json(const struct la_retention_outcome *outcome,
                         const struct la_retention_cell *cell)
{
    const struct la_retention_estimate ratio =
        la_retention_estimate(cell, &outcome->cells[0], LA_FIGURE_OPS_PER_S);

    return json_pack(
        "{s:s, s:s, s:s, s:o, s:i, s:o, s:o, s:b, s:o, s:o, s:o}", "name", cell->name, "contender",
        cell->contender->name, "label", la_contender_label(cell->contender), "depth",
        cell->depth ? json_integer(cell->depth) : json_null(), "blocks", (int)cell->nr_blocks,
        "slab_bytes", number(cell->metadata_bytes[LA_STAGE_BUSY]), "slab_bytes_after",
        slab_json(cell), "pareto_optimal", cell->optimal, "figures", figures_json(cell),
        "ops_to_malloc", estimate_json(&ratio), "each_block", each_block_json(cell));
}

static json_t *within_json(const struct la_retention_outcome *outcome,
                           const struct la_contender *contender, size_t best,
                           const struct la_retention_cell *malloc_cell)
{
    struct la_retention_estimate ratio;

    if (best == outcome->nr_cells)
        return json_pack("{s:s, s:n, s:n, s:n}", "contender", contender->name, "cell", "depth",
                         "ops_ratio");
    ratio = la_retention_estimate(&outcome->cells[best], malloc_cell, LA_FIGURE_OPS_PER_S);
    return json_pack("{s:s, s:s, s:i, s:o}", "contender", contender->name, "cell",
                     outcome->cells[best].name, "depth", (int)outcome->cells[best].depth,
                     "ops_ratio", estimate_json(&ratio));
}

/* What a list reaches within the memory that this malloc keeps. */
static json_t *budget_json(const struct la_retention_plan *plan,
                           const struct la_retention_outcome *outcome,
                           const struct la_retention_cell *malloc_cell)
{
    const double budget = la_retention_estimate(malloc_cell, NULL, LA_FIGURE_RETAINED_BUSY).median;
    json_t *within = json_array();

    for (size_t i = 0; i < plan->nr_contenders; i++) {
        const size_t best = la_retention_within(outcome, &plan->contenders[i], budget);

        if (la_contender_has_list(&plan->contenders[i]))
            json_array_append_new(within,
                                  within_json(outcome, &plan->contenders[i], best, malloc_cell));
    }
    return json_pack("{s:s, s:o, s:o}", "malloc", malloc_cell->contender->name, "budget_bytes",
                     number(budget), "within", within);
}

static json_t *equal_memory_json(const struct la_retention_plan *plan,
                                 const struct la_retention_outcome *outcome)
{
    json_t *all = json_array();

    for (size_t i = 0; i < outcome->nr_cells; i++) {
        if (outcome->cells[i].contender->role == LA_ROLE_MALLOC)
            json_array_append_new(all, budget_json(plan, outcome, &outcome->cells[i]));
    }
    return all;
}

json_t *la_retention_settings_json(const struct la_retention_plan *plan)
{
    const struct la_trial_setting *setting = &plan->setting;
    json_t *contenders = json_array(), *depths = json_array();

    for (size_t i = 0; i < plan->nr_contenders; i++)
        json_array_append_new(contenders, json_string(plan->contenders[i].name));
    for (size_t i = 0; i < plan->nr_depths; i++)
        json_array_append_new(depths, json_integer(plan->depths[i]));
    return json_pack("{s:o, s:o, s:i, s:s, s:I, s:i, s:i, s:I, s:I, s:i, s:I}", "contenders",
                     contenders, "depths", depths, "threads", (int)setting->placement->nr_threads,
                     "placement", setting->placement->name, "size_bytes", (json_int_t)setting->size,
                     "longest_burst", (int)setting->longest, "peak_objects", (int)setting->peak,
                     "warmup_ns", (json_int_t)setting->warmup_ns, "window_ns",
                     (json_int_t)setting->window_ns, "blocks", (int)plan->blocks, "seed",
                     (json_int_t)plan->seed);
}

/* The farthest that plain malloc against itself lies from 1. */
static json_t *twin_json(const struct la_retention_outcome *outcome,
                         enum la_retention_figure figure)
{
    const struct la_retention_estimate twin =
        la_retention_estimate(&outcome->cells[1], &outcome->cells[0], figure);

    return number(isnan(twin.low) ? NAN : fmax(1 / twin.low, twin.high));
}

json_t *la_retention_noise_json(const struct la_retention_outcome *outcome)
{
    return json_pack("{s:i, s:i, s:b, s:o, s:o}", "blocks_accepted", (int)outcome->nr_blocks,
                     "blocks_rejected", (int)outcome->nr_rejected, "rejected_count",
                     outcome->nr_blocks == 0, "aa_ops_ratio",
                     twin_json(outcome, LA_FIGURE_OPS_PER_S), "aa_retained_ratio",
                     twin_json(outcome, LA_FIGURE_RETAINED_BUSY));
}

json_t *la_retention_json(const struct la_retention_plan *plan,
                          const struct la_retention_outcome *outcome)
{
    json_t *cells = json_array();

    for (size_t i = 0; i < outcome->nr_cells; i++)
        json_array_append_new(cells, cell_json(outcome, &outcome->cells[i]));
    return json_pack("{s:i, s:b, s:o, s:o, s:o, s:o}", "schema", LA_RETENTION_SCHEMA, "interrupted",
                     outcome->interrupted, "settings", la_retention_settings_json(plan), "noise",
                     la_retention_noise_json(outcome), "cells", cells, "equal_memory",
                     equal_memory_json(plan, outcome));
}
