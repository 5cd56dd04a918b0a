/* SPDX-License-Identifier: MIT */
/*
 * report_openloop.c: response times when operations do not wait for each other, and how much of
 * that each contender can take.
 */
#include <math.h>

#include "json_result.h"
#include "report_section.h"

static bool available(const struct la_report *report)
{
    struct la_why why;
    json_t *json;
    const bool there = la_json_result(report->dir, "latency.json", &json, &why) > 0;

    json_decref(json);
    return there;
}

static void write_ns(const json_t *cell, const char *view, const char *percentile, FILE *stream)
{
    const json_t *estimate =
        json_object_get(json_object_get(json_object_get(cell, view), "by_block"), percentile);
    char text[3][32];

    fprintf(
        stream, " %s%s |", json_is_true(json_object_get(cell, "overloaded")) ? "over " : "",
        la_report_nanoseconds(la_json_number(estimate, "median", NULL), text[0], sizeof text[0]));
}

static void write_cells(const json_t *run, FILE *stream)
{
    const json_t *cell;
    size_t i;

    fputs("| million operations/s | contender | median | p99 | p99.9 | p99 without machine | p99.9 "
          "without machine | blocks |\n|---|---|---|---|---|---|---|---|\n",
          stream);
    json_array_foreach(json_object_get(run, "cells"), i, cell)
    {
        fprintf(stream, "| %.3g | %s |", la_json_number(cell, "rate", NULL) / 1e6,
                la_json_word(cell, "contender"));
        write_ns(cell, "response", "p50_ns", stream);
        write_ns(cell, "response", "p99_ns", stream);
        write_ns(cell, "response", "p999_ns", stream);
        write_ns(cell, "response_without_machine", "p99_ns", stream);
        write_ns(cell, "response_without_machine", "p999_ns", stream);
        fprintf(stream, " %.0f |\n", la_json_number(cell, "blocks", NULL));
    }
    fputc('\n', stream);
}

static void write_rate(double rate, FILE *stream)
{
    if (isnan(rate))
        fputs(" none |", stream);
    else
        fprintf(stream, " %.3f |", rate / 1e6);
}

static void write_target(const json_t *target, FILE *stream)
{
    const json_t *answer;
    size_t i;

    if (!json_is_object(target))
        return;
    fprintf(
        stream,
        "Highest rate, million operations a second, that keeps the response's p99.9 within %.0f "
        "ns%s:\n\n| contender | kept at | missed from | answer |\n|---|---|---|---|\n",
        la_json_number(target, "p999_ns", NULL),
        json_is_true(json_object_get(target, "without_machine"))
            ? ", without what the machine caused"
            : "");
    json_array_foreach(json_object_get(target, "answers"), i, answer)
    {
        fprintf(stream, "| %s |", la_json_word(answer, "contender"));
        write_rate(la_json_number(answer, "kept_rate", NULL), stream);
        write_rate(la_json_number(answer, "missed_rate", NULL), stream);
        fputc(' ', stream);
        la_report_value(json_object_get(answer, "answer"), stream);
        fputs(" |\n", stream);
    }
    fputc('\n', stream);
}

static void write_json(const struct la_report *report, const json_t *json, FILE *stream)
{
    const json_t *run;
    size_t i;

    fprintf(
        stream,
        "Operations are due at times planned beforehand; response time is counted from then, so "
        "that a stall is late for all that was due meanwhile. Nanoseconds, medians over blocks; "
        "the clock's own %.0f ns are in every figure. *Without machine* leaves out what a "
        "stopped thread made late.\n\n",
        la_json_number(json, "timer_floor_ns", NULL));
    la_report_plots_named(report, "openloop", stream);
    json_array_foreach(json_object_get(json, "runs"), i, run)
    {
        fprintf(stream, "### Response times, threads: %.0f\n\n",
                la_json_number(run, "settings", "threads", NULL));
        write_target(json_object_get(run, "target"), stream);
        write_cells(run, stream);
    }
}

static void write(const struct la_report *report, FILE *stream)
{
    struct la_why why;
    json_t *json;

    if (la_json_result(report->dir, "latency.json", &json, &why) > 0)
        write_json(report, json, stream);
    json_decref(json);
}

const struct la_report_section la_report_openloop = {
    .heading = "Latency under planned arrivals",
    .available = available,
    .write = write,
};
