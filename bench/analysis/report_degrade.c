/* SPDX-License-Identifier: MIT */
/*
 * report_degrade.c: what preemption, signals and migrations leave of throughput and tail.
 */
#include <math.h>
#include <string.h>

#include "json_result.h"
#include "report_section.h"

static bool available(const struct la_report *report)
{
    struct la_why why;
    json_t *json;
    const bool there = la_json_result(report->dir, "degrade.json", &json, &why) > 0;

    json_decref(json);
    return there;
}

static void write_figure(const json_t *figures, const char *name, double unit, int nr_decimals,
                         FILE *stream)
{
    char text[3][32];
    const json_t *figure = json_object_get(figures, name);
    const double low = la_json_number(figure, "low", NULL);

    fprintf(stream, " %s",
            la_report_figure(la_json_number(figure, "median", NULL) / unit, nr_decimals, text[0],
                             sizeof text[0]));
    if (!isnan(low))
        fprintf(stream, " (%s to %s)",
                la_report_figure(low / unit, nr_decimals, text[1], sizeof text[1]),
                la_report_figure(la_json_number(figure, "high", NULL) / unit, nr_decimals, text[2],
                                 sizeof text[2]));
    fputs(" |", stream);
}

static void write_cell(const json_t *cell, FILE *stream)
{
    const json_t *figures = json_object_get(cell, "figures");
    char text[32];

    fprintf(stream, "| %s | %s | %s |", la_json_word(cell, "contender"),
            la_json_word(cell, "nuisance"),
            la_report_figure(la_json_number(cell, "asked_per_s", NULL), 0, text, sizeof text));
    write_figure(figures, "events_per_s", 1, 0, stream);
    write_figure(figures, "ops_per_s", 1e6, 1, stream);
    write_figure(figures, "kept", 0.01, 0, stream);
    write_figure(figures, "p999_ns", 1e3, 1, stream);
    fputc('\n', stream);
}

static void write_json(const struct la_report *report, const json_t *json, FILE *stream)
{
    const json_t *settings = json_object_get(json, "settings");
    const json_t *cell;
    size_t i;

    fprintf(
        stream,
        "One list, %.0f threads, turns of up to %.0f allocations and as many frees; each trial "
        "in a process of its own, each figure a median over %.0f blocks with its interval. "
        "*Preempt*: a thread of %s takes the CPU for %.0f \u00b5s. *Signal*: a handler that only "
        "counts. *Migrate*: the threads change CPUs. Events are per second and thread, as they "
        "came about. *Kept*: of the own throughput undisturbed, in the same block.\n\n",
        la_json_number(settings, "threads", NULL), la_json_number(settings, "longest_turn", NULL),
        la_json_number(json, "noise", "blocks", NULL),
        json_is_false(json_object_get(json_object_get(json, "noise"), "real_time"))
            ? "the best nice value permitted"
            : "real-time priority",
        la_json_number(settings, "preempt_ns", NULL) / 1e3);
    la_report_plots_named(report, "degrade", stream);
    fputs(
        "| contender | disturbed by | asked/s | events/s | million operations/s | kept, % | p99.9 "
        "of a turn, \u00b5s |\n|---|---|---|---|---|---|---|\n",
        stream);
    json_array_foreach(json_object_get(json, "cells"), i, cell) write_cell(cell, stream);
    fputc('\n', stream);
}

static void write(const struct la_report *report, FILE *stream)
{
    struct la_why why;
    json_t *json;

    if (la_json_result(report->dir, "degrade.json", &json, &why) > 0)
        write_json(report, json, stream);
    json_decref(json);
}

const struct la_report_section la_report_degrade = {
    .heading = "On a noisy machine",
    .available = available,
    .write = write,
};
