/* SPDX-License-Identifier: MIT */
/* degrade_files.c: see degrade_files.h. */
#include "degrade_files.h"

#include <math.h>

/* JSON has no NAN: what is not known is null. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

void la_degrade_tsv_write(FILE *stream, const struct la_degrade_outcome *outcome)
{
    fputs("# one line for each trial; rates are per second and thread\n"
          "block\tcontender\tnuisance\tasked_per_s",
          stream);
    for (int f = 0; f < LA_DEGRADE_NR_FIGURES; f++)
        fprintf(stream, "\t%s", la_degrade_figure_name((enum la_degrade_figure)f));
    fputc('\n', stream);
    for (unsigned block = 0; block < outcome->nr_blocks; block++) {
        for (size_t i = 0; i < outcome->nr_cells; i++) {
            const struct la_degrade_cell *cell = &outcome->cells[i];

            fprintf(stream, "%u\t%s\t%s\t%g", block, cell->contender->name,
                    la_nuisance_name(cell->nuisance), cell->rate);
            for (int f = 0; f < LA_DEGRADE_NR_FIGURES; f++)
                fprintf(stream, "\t%.9g", cell->figures[f][block]);
            fputc('\n', stream);
        }
    }
}

static json_t *figures_json(const struct la_degrade_outcome *outcome,
                            const struct la_degrade_cell *cell)
{
    json_t *object = json_object();

    for (int f = 0; f < LA_DEGRADE_NR_FIGURES; f++) {
        const struct la_degrade_estimate estimate =
            la_degrade_estimate(outcome, cell, (enum la_degrade_figure)f);

        json_object_set_new(object, la_degrade_figure_name((enum la_degrade_figure)f),
                            json_pack("{s:o, s:o, s:o}", "median", number(estimate.median), "low",
                                      number(estimate.low), "high", number(estimate.high)));
    }
    return object;
}

json_t *la_degrade_settings_json(const struct la_degrade_plan *plan)
{
    const struct la_trial_setting *setting = &plan->setting;
    json_t *rates = json_array();

    for (size_t i = 0; i < plan->nr_rates; i++)
        json_array_append_new(rates, json_real(plan->rates[i]));
    return json_pack("{s:o, s:i, s:s, s:I, s:i, s:i, s:i, s:I, s:I, s:i, s:I}", "asked_per_s",
                     rates, "threads", (int)setting->placement->nr_threads, "placement",
                     setting->placement->name, "size_bytes", (json_int_t)setting->size, "depth",
                     (int)setting->depth, "longest_turn", (int)setting->longest, "preempt_ns",
                     LA_PREEMPT_NS, "warmup_ns", (json_int_t)setting->warmup_ns, "window_ns",
                     (json_int_t)setting->window_ns, "blocks", (int)plan->blocks, "seed",
                     (json_int_t)plan->seed);
}

json_t *la_degrade_noise_json(const struct la_degrade_outcome *outcome)
{
    json_t *real_time =
        la_degrade_wants_priority(outcome) ? json_boolean(outcome->real_time) : json_null();

    return json_pack("{s:i, s:o}", "blocks", (int)outcome->nr_blocks, "real_time", real_time);
}

json_t *la_degrade_json(const struct la_degrade_plan *plan,
                        const struct la_degrade_outcome *outcome)
{
    json_t *cells = json_array();

    for (size_t i = 0; i < outcome->nr_cells; i++) {
        const struct la_degrade_cell *cell = &outcome->cells[i];

        json_array_append_new(cells,
                              json_pack("{s:s, s:s, s:f, s:o}", "contender", cell->contender->name,
                                        "nuisance", la_nuisance_name(cell->nuisance), "asked_per_s",
                                        cell->rate, "figures", figures_json(outcome, cell)));
    }
    return json_pack("{s:i, s:b, s:o, s:o, s:o}", "schema", LA_DEGRADE_SCHEMA, "interrupted",
                     outcome->interrupted, "settings", la_degrade_settings_json(plan), "noise",
                     la_degrade_noise_json(outcome), "cells", cells);
}
