/* SPDX-License-Identifier: MIT */
/*
 * goals_md.c: the table of goals as a page. It names no file or directory of the machine that it
 * was made on, so that it can be published.
 */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "choice.h"
#include "goals_text.h"
#include "report_section.h"

static const json_t *at(const json_t *object, const char *first, const char *second)
{
    return json_object_get(json_object_get(object, first), second);
}

static void write_row(const char *name, const json_t *value, FILE *stream)
{
    fprintf(stream, "| %s | ", name);
    la_report_value(value, stream);
    fputs(" |\n", stream);
}

static void write_head(const struct la_run *run, const json_t *manifest, FILE *stream)
{
    const json_t *settings = at(manifest, "settings", "bench");
    const json_t *started = json_object_get(settings, "started_utc");

    fputs("# Goals\n\nMeasured ", stream);
    la_report_value(started ? started : json_object_get(manifest, "started_utc"), stream);
    fputs(" by lookaside ", stream);
    la_report_value(at(manifest, "tool", "describe"), stream);
    fprintf(stream,
            ", and drawn by `lookaside goals`.\n\n"
            "Ratios are medians over blocks in which all contenders of a row ran next to each "
            "other, in random order; the brackets hold the 95 %% interval by resampling processes "
            "and their blocks. "
            "*Net* is less the floor, the harness's own cost in the same block. *Met* and *not "
            "met* need the whole interval on one side of the bound.%s\n\n",
            strcmp(la_run_context(run, "complete") ? la_run_context(run, "complete") : "", "false")
                ? ""
                : " **The run was not completed.**");
}

static void write_lines(const struct la_goals *goals, FILE *stream)
{
    const struct la_goal *goal = NULL;
    char value[64], bound[64];

    fputs("| goal | of | bound | measured | verdict |\n|---|---|---|---|---|\n", stream);
    for (size_t i = 0; i < goals->nr_lines; i++) {
        const struct la_goal_line *line = &goals->lines[i];

        fprintf(stream, "| %s | %s | %s | %s | %s%s%s |\n",
                line->goal == goal ? "" : line->goal->title, line->what,
                la_goal_bound_text(line, bound, sizeof bound),
                la_goal_value_text(line, value, sizeof value), la_goal_verdict_name(line->verdict),
                *line->note ? ": " : "", line->note);
        goal = line->goal;
    }
    fputc('\n', stream);
    for (enum la_goal_verdict verdict = 0; verdict < LA_NR_GOAL_VERDICTS; verdict++)
        fprintf(stream, "%s%zu %s", verdict ? ", " : "", la_goals_count(goals, verdict),
                la_goal_verdict_name(verdict));
    fputs(".\n\n", stream);
}

/* The widest interval of plain malloc against itself. */
static double aa_half_width(const struct la_run *run)
{
    const int base = la_run_contender(run, LA_BASELINE), twin = la_run_contender(run, LA_TWIN);
    double widest = NAN;
    size_t weightless = 0;

    for (size_t i = 0; base >= 0 && twin >= 0 && i < run->nr_groups; i++) {
        double weight = 1;
        const struct la_scope scope = {
            .run = run, .groups = &(size_t){i}, .weights = &weight, .nr_groups = 1};
        struct la_estimate estimate;

        la_compare(&scope, LA_THROUGHPUT, (size_t)twin, (size_t)base, &la_resampling_default,
                   &estimate);
        weightless += isnan(estimate.low);
        widest = fmax(widest, la_half_width(&estimate));
    }
    return weightless < run->nr_groups ? widest : NAN;
}

static void write_noise(const struct la_run *run, const json_t *manifest, FILE *stream)
{
    const json_t *noise = at(manifest, "noise", "bench");
    const double width = aa_half_width(run);

    fputs("Blocks: ", stream);
    la_report_value(json_object_get(noise, "blocks"), stream);
    fputs(", rejected for lost time: ", stream);
    la_report_value(json_object_get(noise, "blocks_rejected"), stream);
    if (isnan(width))
        fputs(". Plain malloc against itself: not known.\n\n", stream);
    else
        fprintf(stream,
                ". Plain malloc against itself differs by up to %.1f %% in the noisiest group.\n\n",
                100 * expm1(width));
}

static const char *context(const struct la_run *run, const char *key)
{
    const char *value = la_run_context(run, key);

    return value && la_is_word(value) ? value : "unknown";
}

static void write_commands(const struct la_goals *goals, const struct la_run *run, FILE *stream)
{
    const struct la_goal *goal = NULL;

    fprintf(stream,
            "## Commands\n\nAll of it, from a bare machine: `./run.sh goals`. This run was\n\n```\n"
            "lookaside bench --suite %s --repetitions %s --seed %s --out DIR\n"
            "lookaside goals DIR\n```\n\n"
            "Each row by itself:\n\n| goal | command |\n|---|---|\n",
            context(run, "suite"), context(run, "blocks"), context(run, "seed"));
    for (size_t i = 0; i < goals->nr_lines; i++) {
        if (goals->lines[i].goal != goal)
            fprintf(stream, "| %s | `%s` |\n", goals->lines[i].goal->title,
                    goals->lines[i].goal->command);
        goal = goals->lines[i].goal;
    }
    fputc('\n', stream);
}

static void write_versions(const json_t *rows, const char *what, FILE *stream)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const bool available = json_is_true(json_object_get(row, "available"));
        const json_t *version = json_object_get(row, "version");

        fprintf(stream, "| %s ", what);
        la_report_value(json_object_get(row, "name"), stream);
        fputs(" | ", stream);
        if (!available)
            fputs("unavailable: ", stream);
        if (available && json_is_string(version))
            la_report_value(version, stream);
        else if (json_is_string(json_object_get(row, "detail")))
            la_report_value(json_object_get(row, "detail"), stream);
        else
            fputs(available ? "available" : "no reason given", stream);
        fputs(" |\n", stream);
    }
}

static void write_cpu(const json_t *cpu, FILE *stream)
{
    static const char *const numbers[] = {"family", "model", "stepping"};

    fputs("| CPU | ", stream);
    la_report_value(json_object_get(cpu, "name"), stream);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        fprintf(stream, ", %s ", numbers[i]);
        la_report_value(json_object_get(cpu, numbers[i]), stream);
    }
    fputs(" |\n", stream);
}

static void write_machine(const struct la_run *run, const json_t *manifest, FILE *stream)
{
    const json_t *machine = json_object_get(manifest, "machine");

    fputs("## Machine and versions\n\n| | |\n|---|---|\n", stream);
    write_cpu(json_object_get(machine, "cpu"), stream);
    write_row("CPUs of this process", json_object_get(machine, "affinity"), stream);
    la_report_caches(json_object_get(machine, "caches"), stream);
    write_row("virtual machine", json_object_get(machine, "hypervisor"), stream);
    write_row("kernel", json_object_get(machine, "kernel"), stream);
    write_row("transparent huge pages", json_object_get(machine, "thp"), stream);
    write_row("clock source", json_object_get(machine, "clocksource"), stream);
    write_row("restartable sequences", json_object_get(manifest, "rseq"), stream);
    write_row("compiler", at(manifest, "tool", "compiler"), stream);
    write_row("flags", at(manifest, "tool", "flags"), stream);
    write_row("C library (glibc)", at(manifest, "host", "glibc"), stream);
    write_row("hwloc", at(manifest, "topology", "hwloc"), stream);
    fprintf(stream, "| Google Benchmark | %s |\n", context(run, "library_version"));
    write_versions(json_object_get(manifest, "strategies"), "strategy", stream);
    write_versions(json_object_get(manifest, "allocators"), "allocator", stream);
}

void la_goals_md_write(const struct la_goals *goals, const struct la_run *run,
                       const struct json_t *manifest, FILE *stream)
{
    write_head(run, manifest, stream);
    write_lines(goals, stream);
    write_noise(run, manifest, stream);
    write_commands(goals, run, stream);
    write_machine(run, manifest, stream);
}
