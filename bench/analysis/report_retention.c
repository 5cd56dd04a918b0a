/* SPDX-License-Identifier: MIT */
/*
 * report_retention.c: what throughput costs in memory, and who gives it back.
 */
#include <math.h>

#include "json_result.h"
#include "report_section.h"

static bool available(const struct la_report *report)
{
    struct la_why why;
    json_t *json;
    const bool there = la_json_result(report->dir, "memory.json", &json, &why) > 0;

    json_decref(json);
    return there;
}

static void write_figure(double value, double unit, int nr_decimals, FILE *stream)
{
    char text[32];

    fprintf(stream, " %s |", la_report_figure(value / unit, nr_decimals, text, sizeof text));
}

static void write_cell(const json_t *cell, FILE *stream)
{
    static const char *const retained[] = {"retained_busy_bytes", "peak_bytes",
                                           "retained_idle_bytes", "retained_purge_bytes"};
    const json_t *figures = json_object_get(cell, "figures");

    fprintf(stream, "| %s%s |", la_json_word(cell, "contender"),
            json_is_true(json_object_get(cell, "pareto_optimal")) ? " (optimal)" : "");
    write_figure(la_json_number(cell, "depth", NULL), 1, 0, stream);
    write_figure(la_json_number(figures, "ops_per_s", "median", NULL), 1e6, 1, stream);
    write_figure(la_json_number(figures, "alloc_hit", "median", NULL), 0.01, 1, stream);
    write_figure(la_json_number(figures, "cached_busy_bytes", "median", NULL), 1024, 0, stream);
    write_figure(la_json_number(cell, "slab_bytes", NULL), 1024, 0, stream);
    for (size_t i = 0; i < sizeof retained / sizeof *retained; i++)
        write_figure(la_json_number(figures, retained[i], "median", NULL), 1024, 0, stream);
    fputc('\n', stream);
}

/* Whether a list has a cell within a malloc's memory, and which. */
static void write_within(const json_t *budget, FILE *stream)
{
    const json_t *within;
    bool any = false;
    size_t i;

    fprintf(stream, "| %s |", la_json_word(budget, "malloc"));
    write_figure(la_json_number(budget, "budget_bytes", NULL), 1024, 0, stream);
    json_array_foreach(json_object_get(budget, "within"), i, within)
    {
        const double ratio = la_json_number(within, "ops_ratio", "median", NULL);

        if (isnan(ratio))
            continue;
        fprintf(stream, "%s %s at depth %.0f: %.2f times its throughput", any ? ";" : "",
                la_json_word(within, "contender"), la_json_number(within, "depth", NULL), ratio);
        any = true;
    }
    fputs(any ? " |\n" : " none |\n", stream);
}

static void write_json(const struct la_report *report, const json_t *json, FILE *stream)
{
    const json_t *row;
    size_t i;

    fputs(
        "Lists at every depth and plain mallocs under bursts of random length, each trial in a "
        "process of its own. *Retained* is the growth of resident memory when nothing is live any "
        "more. *Optimal*: no other one is as fast and retains no more after being busy.\n\n",
        stream);
    if (json_is_true(json_object_get(json_object_get(json, "noise"), "rejected_count")))
        fputs("**Doubtful: every block lost over 5 % of its time to other work.**\n\n", stream);
    la_report_plots_named(report, "retention", stream);
    fputs(
        "| contender | depth | million operations/s | hits, % | KiB cached | list's own | retained "
        "after busy | at most | after idle | after purge |\n"
        "|---|---|---|---|---|---|---|---|---|---|\n",
        stream);
    json_array_foreach(json_object_get(json, "cells"), i, row) write_cell(row, stream);
    fputs("\nAt equal memory, the fastest of each list that retains no more than a malloc:\n\n| "
          "malloc | KiB retained | lists |\n|---|---|---|\n",
          stream);
    json_array_foreach(json_object_get(json, "equal_memory"), i, row) write_within(row, stream);
    fputc('\n', stream);
}

static void write(const struct la_report *report, FILE *stream)
{
    struct la_why why;
    json_t *json;

    if (la_json_result(report->dir, "memory.json", &json, &why) > 0)
        write_json(report, json, stream);
    json_decref(json);
}

const struct la_report_section la_report_retention = {
    .heading = "Memory over time, and what it buys",
    .available = available,
    .write = write,
};
