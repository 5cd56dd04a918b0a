/* SPDX-License-Identifier: MIT */
/* goals_files.c: see goals_files.h. */
#include "goals_files.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "goals_text.h"
#include "manifest_file.h"
#include "result_dir.h"

enum { PRECISION = 6 };

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *line_object(const struct la_goal_line *line)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:I, s:s, s:s}", "of", line->what, "side",
                     la_goal_side_text(line->bound.side), "bound", number(line->bound.value),
                     "measured", number(line->value.point), "interval",
                     json_pack("[o, o]", number(line->value.low), number(line->value.high)),
                     "values", (json_int_t)line->value.nr_values, "verdict",
                     la_goal_verdict_name(line->verdict), "note", line->note);
}

static json_t *goal_object(const struct la_goals *goals, const struct la_goal *goal)
{
    json_t *lines = json_array();

    for (size_t i = 0; i < goals->nr_lines; i++) {
        if (goals->lines[i].goal == goal)
            json_array_append_new(lines, line_object(&goals->lines[i]));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:o}", "name", goal->name, "title", goal->title, "unit",
                     goal->unit, "command", goal->command, "lines", lines);
}

int la_goals_json_write(const struct la_goals *goals, FILE *stream)
{
    json_t *rows = json_array(), *counts = json_object(), *root;
    const struct la_goal *goal;
    int error;

    for (size_t i = 0; (goal = la_goal_at(i)); i++)
        json_array_append_new(rows, goal_object(goals, goal));
    for (enum la_goal_verdict verdict = 0; verdict < LA_NR_GOAL_VERDICTS; verdict++)
        json_object_set_new(counts, la_goal_verdict_name(verdict),
                            json_integer((json_int_t)la_goals_count(goals, verdict)));
    root = json_pack("{s:i, s:f, s:o, s:o}", "schema", 1, "level", la_resampling_default.level,
                     "goals", rows, "verdicts", counts);
    error = json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(PRECISION));
    json_decref(root);
    return error || fputc('\n', stream) == EOF ? -EIO : 0;
}

static int end_file(struct la_result_file *file, int error)
{
    if (!error && !ferror(file->stream))
        return la_result_file_commit(file);
    la_result_file_abandon(file);
    return error ? error : -EIO;
}

static int save(const struct la_goals *goals, const struct la_run *run, const json_t *manifest,
                const char *dir, struct la_why *why)
{
    const char *name = "goals.json";
    struct la_result_file file;
    int error = la_result_file_open(&file, dir, name);

    if (!error)
        error = end_file(&file, la_goals_json_write(goals, file.stream));
    if (!error) {
        name = "goals.md";
        error = la_result_file_open(&file, dir, name);
        if (!error) {
            la_goals_md_write(goals, run, manifest, file.stream);
            error = end_file(&file, 0);
        }
    }
    if (error)
        snprintf(why->line, sizeof why->line, "cannot write %s into %.900s: %s", name, dir,
                 strerror(-error));
    return error ? -1 : 0;
}

int la_goals_make(const char *dir, struct la_goals *goals, struct la_why *why)
{
    json_t *manifest;
    struct la_run run;
    int result;

    if (la_run_load(&run, dir, why))
        return -1;
    result = la_manifest_read(dir, &manifest, why);
    if (!result) {
        la_goals_judge(&run, &la_resampling_default, goals);
        result = save(goals, &run, manifest, dir, why);
        json_decref(manifest);
    }
    la_run_unload(&run);
    return result;
}
