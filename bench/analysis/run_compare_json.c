/* SPDX-License-Identifier: MIT */
/* run_compare_json.c: a comparison of two runs for programs; bench/README.md has the schema. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "run_compare.h"
#include "sample_size.h"

enum { PRECISION = 9 };

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* Ratios, or differences of shares as they are. */
static json_t *amount(const struct la_run_line *line, double value)
{
    return number(line->measure->kind == LA_MEASURE_SHARE ? value : exp(value));
}

static json_t *cell_object(const struct la_run *run, size_t group, size_t contender)
{
    const struct la_run_group *of = &run->groups[group];

    return json_pack("{s:s, s:s, s:I, s:s, s:s, s:I}", "workload", of->workload, "contender",
                     run->contenders[contender], "size_bytes", (json_int_t)of->size_bytes, "depth",
                     of->depth, "placement", of->placement, "threads", (json_int_t)of->threads);
}

static json_t *line_object(const struct la_run_compare *result, const struct la_run_line *line)
{
    json_t *object =
        cell_object(result->runs[LA_BASE], line->group[LA_BASE], line->contender[LA_BASE]);
    const bool share = line->measure->kind == LA_MEASURE_SHARE;

    json_object_set_new(object, "counter", json_string(la_counter_name(line->measure->counter)));
    json_object_set_new(object, "change_is", json_string(share ? "difference" : "ratio"));
    json_object_set_new(object, "basis",
                        json_string(line->basis == LA_BASIS_MALLOC ? "malloc" : "absolute"));
    json_object_set_new(object, "base", number(line->median[LA_BASE] / line->measure->scale));
    json_object_set_new(object, "new", number(line->median[LA_NEW] / line->measure->scale));
    json_object_set_new(object, "change", amount(line, line->change.point));
    json_object_set_new(object, "low", amount(line, line->change.low));
    json_object_set_new(object, "high", amount(line, line->change.high));
    json_object_set_new(object, "verdict", json_string(la_verdict_name(line->judgement.verdict)));
    json_object_set_new(object, "reason", json_string(la_reason_text(line->judgement.reason)));
    json_object_set_new(object, "claimed_beyond", amount(line, line->bound));
    json_object_set_new(object, "p_adjusted", number(line->p_adjusted));
    json_object_set_new(object, "apart_at_most", amount(line, la_apart_at_most(&line->change)));
    json_object_set_new(object, "blocks", json_integer((json_int_t)line->change.nr_values));
    return object;
}

static json_t *lines_array(const struct la_run_compare *result)
{
    json_t *array = json_array();

    for (size_t i = 0; i < result->nr_lines; i++)
        json_array_append_new(array, line_object(result, &result->lines[i]));
    return array;
}

static json_t *lone_array(const struct la_run_compare *result, enum la_side side)
{
    json_t *array = json_array();

    for (size_t i = 0; i < result->nr_lone; i++) {
        const struct la_lone_cell *lone = &result->lone[i];

        if (lone->side == side)
            json_array_append_new(array,
                                  cell_object(result->runs[side], lone->group, lone->contender));
    }
    return array;
}

/* The notes that people get, one string each. */
static json_t *notes_array(const struct la_run_compare *result,
                           const struct la_run_compare_files *files)
{
    json_t *array = json_array();
    char *text = NULL, *rest, *line;
    size_t size;
    FILE *stream = la_new_text(&text, &size);

    la_run_compare_notes(result, files, "", stream);
    la_end_text(stream);
    rest = text;
    while ((line = strsep(&rest, "\n"))) {
        if (*line)
            json_array_append_new(array, json_string(line));
    }
    free(text);
    return array;
}

static json_t *summary_object(const struct la_run_compare *result)
{
    json_t *object =
        json_pack("{s:I, s:I, s:I, s:I}", "worse", (json_int_t)result->nr_verdicts[LA_WORSE],
                  "better", (json_int_t)result->nr_verdicts[LA_BETTER], "same",
                  (json_int_t)result->nr_verdicts[LA_SAME], "undecided",
                  (json_int_t)result->nr_verdicts[LA_UNDECIDED]);

    json_object_set_new(object, "cells", json_integer((json_int_t)result->nr_cells));
    json_object_set_new(object, "cells_in_one_run", json_integer((json_int_t)result->nr_lone));
    json_object_set_new(object, "values_in_one_run", json_integer((json_int_t)result->nr_half));
    json_object_set_new(object, "detectable_throughput", number(exp(result->detectable)));
    return object;
}

void la_run_compare_json(const struct la_run_compare *result,
                         const struct la_run_compare_files *files, FILE *stream)
{
    const struct la_run_compare_settings *settings = result->settings;
    json_t *root =
        json_pack("{s:i, s:s, s:s, s:o, s:o, s:b, s:b}", "schema", 1, "base", files->dirs[LA_BASE],
                  "new", files->dirs[LA_NEW], "margin", number(settings->margin),
                  "false_discovery_rate", number(LA_FALSE_DISCOVERY_RATE), "absolute",
                  settings->absolute, "across_machines", settings->across_machines);

    json_object_set_new(root, "notes", notes_array(result, files));
    json_object_set_new(root, "summary", summary_object(result));
    if (files->agreement)
        json_object_set_new(root, "choices", la_agreement_json(files->agreement));
    json_object_set_new(root, "lines", lines_array(result));
    json_object_set_new(root, "only_in_base", lone_array(result, LA_BASE));
    json_object_set_new(root, "only_in_new", lone_array(result, LA_NEW));
    json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(PRECISION));
    fputc('\n', stream);
    json_decref(root);
}
