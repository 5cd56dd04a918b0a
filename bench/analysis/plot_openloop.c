/* SPDX-License-Identifier: MIT */
/*
 * plot_openloop.c: data for plots/openloop.gp and plots/tail.gp, of a run's latency.json: response
 * percentiles against the rate, and what the slowest responses were slow for.
 */
#include <math.h>
#include <string.h>

#include "json_result.h"
#include "plot_data.h"

static const struct {
    const char *view, *percentile, *title;
} panels[] = {
    {"response", "p50_ns", "median"},
    {"response_without_machine", "p99_ns", "p99 without machine"},
    {"response_without_machine", "p999_ns", "p99.9 without machine"},
};

enum { NR_PANELS = sizeof panels / sizeof *panels };

/* A contender's place among the run's, from 1: its colour is by name, its order by this. */
static size_t number_of(const json_t *cells, size_t index)
{
    const json_t *first = json_object_get(json_array_get(cells, 0), "rate");
    size_t nr = 0;

    while (nr < json_array_size(cells) &&
           json_number_value(json_object_get(json_array_get(cells, nr), "rate")) ==
               json_number_value(first))
        nr++;
    return nr ? index % nr + 1 : 1;
}

static void write_point(FILE *stream, size_t panel, const char *title, size_t number,
                        const json_t *cell, size_t what)
{
    const json_t *estimate =
        json_object_get(json_object_get(json_object_get(cell, panels[what].view), "by_block"),
                        panels[what].percentile);
    const double ns = la_json_number(estimate, "median", NULL);
    const double low = la_json_number(estimate, "low", NULL);
    char text[4][32];

    /* An overloaded cell's percentiles are bounds, not values. */
    if (isnan(ns) || json_is_true(json_object_get(cell, "overloaded")))
        return;
    fprintf(stream, "%zu\t%s\t%zu\t%s\t%s\t%s\t%s\t%s\n", panel, title, number,
            la_json_word(cell, "contender"),
            la_plot_figure(la_json_number(cell, "rate", NULL) / 1e6, text[0], sizeof text[0]),
            la_plot_figure(ns, text[1], sizeof text[1]),
            la_plot_figure(isnan(low) ? ns : low, text[2], sizeof text[2]),
            la_plot_figure(isnan(low) ? ns : la_json_number(estimate, "high", NULL), text[3],
                           sizeof text[3]));
}

static void write_run(FILE *stream, const json_t *run, size_t index)
{
    const json_t *cells = json_object_get(run, "cells"), *cell;
    char title[64];
    size_t i;

    for (size_t what = 0; what < NR_PANELS; what++) {
        snprintf(title, sizeof title, "%.0f threads, %s",
                 la_json_number(run, "settings", "threads", NULL), panels[what].title);
        json_array_foreach(cells, i, cell) write_point(stream, index * NR_PANELS + what + 1, title,
                                                       number_of(cells, i), cell, what);
    }
}

static int write_responses(const struct la_plot_input *input, const json_t *runs,
                           struct la_plots *plots, struct la_why *why)
{
    struct la_plot *plot =
        la_plot_add(plots, "openloop", "Response times against the rate of operations");
    const json_t *run;
    FILE *stream;
    size_t i;

    plot->elsewhere = true;
    plot->table = "title=threads, percentile|name=contender|mops=million operations per second|ns="
                  "ns|low=low|high=high";
    plot->view = "lines panel=title series=name x=mops ordinal y=ns low=low high=high log";
    stream = la_plot_create(input, plot, "panel\ttitle\tcontender\tname\tmops\tns\tlow\thigh", why);
    if (!stream)
        return -1;
    json_array_foreach(runs, i, run) write_run(stream, run, i);
    return la_plot_finish(stream, plot, why);
}

/* Stacked: each cause's share of the responses beyond p99, from where the one before ended. */
static void write_stack(FILE *stream, size_t panel, const char *title, size_t number,
                        const json_t *cell)
{
    const json_t *causes = json_object_get(cell, "causes"), *cause;
    double all = 0, from = 0;
    const char *name;

    json_object_foreach((json_t *)(uintptr_t)causes, name, cause) all +=
        fmax(0, la_json_number(cause, "beyond_p99", NULL));
    json_object_foreach((json_t *)(uintptr_t)causes, name, cause)
    {
        const double share = fmax(0, la_json_number(cause, "beyond_p99", NULL)) / all;

        if (!la_is_word(name) || !(share > 0))
            continue;
        fprintf(stream, "%zu\t%s\t%zu\t%s\t%s\t%.6g\t%.6g\n", panel, title, number,
                la_json_word(cell, "contender"), name, from, share);
        from += share;
    }
}

static void write_stacks(FILE *stream, const json_t *run, size_t *panel)
{
    const json_t *cells = json_object_get(run, "cells"), *cell;
    double before = NAN;
    char title[64];
    size_t i;

    json_array_foreach(cells, i, cell)
    {
        const double rate = la_json_number(cell, "rate", NULL);

        if (!(la_json_number(cell, "blocks", NULL) > 0))
            continue;
        *panel += rate != before;
        before = rate;
        snprintf(title, sizeof title, "%.0f threads, %.3g million/s",
                 la_json_number(cell, "threads", NULL), rate / 1e6);
        write_stack(stream, *panel, title, number_of(cells, i), cell);
    }
}

static int write_tails(const struct la_plot_input *input, const json_t *runs,
                       struct la_plots *plots, struct la_why *why)
{
    struct la_plot *plot =
        la_plot_add(plots, "openloop-tail", "What the slowest hundredth of responses was slow for");
    const json_t *run;
    size_t i, panel = 0;
    FILE *stream;

    strcpy(plot->script, "tail");
    plot->elsewhere = true;
    plot->table = "title=threads, rate|name=contender|cause=cause|tail_share=share of the slowest "
                  "hundredth";
    stream =
        la_plot_create(input, plot, "panel\ttitle\tcontender\tname\tcause\tfrom\ttail_share", why);
    if (!stream)
        return -1;
    json_array_foreach(runs, i, run) write_stacks(stream, run, &panel);
    return la_plot_finish(stream, plot, why);
}

static bool any_block(const json_t *runs)
{
    const json_t *run, *cell;
    size_t i, j;

    json_array_foreach(runs, i, run)
    {
        json_array_foreach(json_object_get(run, "cells"), j, cell)
        {
            if (la_json_number(cell, "blocks", NULL) > 0)
                return true;
        }
    }
    return false;
}

/* Without a latency.json the report has no section for it, and so no plot that is absent. */
int la_plot_openloop(const struct la_plot_input *input, struct la_plots *plots, struct la_why *why)
{
    json_t *json;
    const json_t *runs;
    int result = la_json_result(input->dir, "latency.json", &json, why);

    if (result <= 0)
        return result;
    runs = json_object_get(json, "runs");
    result = any_block(runs) && (write_responses(input, runs, plots, why) ||
                                 write_tails(input, runs, plots, why))
                 ? -1
                 : 0;
    json_decref(json);
    return result;
}
