/* SPDX-License-Identifier: MIT */
/*
 * plot_degrade.c: data for plots/degrade.gp, of a run's degrade.json: throughput and tail against
 * the rate of what disturbs.
 */
#include <math.h>
#include <string.h>

#include "json_result.h"
#include "plot_data.h"

static const char *const panels[] = {"preempt", "signal", "migrate"};

/* Median, low and high, tab after each; the interval of a figure without one is its median. */
static void write_estimate(FILE *stream, const json_t *figures, const char *name, double unit)
{
    const json_t *figure = json_object_get(figures, name);
    const double median = la_json_number(figure, "median", NULL);
    const double low = la_json_number(figure, "low", NULL);
    const double high = la_json_number(figure, "high", NULL);
    char text[3][32];

    fprintf(stream, "\t%s\t%s\t%s", la_plot_figure(median / unit, text[0], sizeof text[0]),
            la_plot_figure((isnan(low) ? median : low) / unit, text[1], sizeof text[1]),
            la_plot_figure((isnan(high) ? median : high) / unit, text[2], sizeof text[2]));
}

static void write_point(FILE *stream, struct la_plot_names *names, size_t panel, const json_t *cell)
{
    const json_t *figures = json_object_get(cell, "figures");
    const size_t number = la_plot_number_of(names, la_json_word(cell, "contender"));
    char text[2][32];

    if (number == 0)
        return;
    fprintf(stream, "%zu\t%s\t%zu\t%s\t%s\t%s", panel + 1, panels[panel], number,
            la_json_word(cell, "contender"),
            la_plot_figure(la_json_number(cell, "asked_per_s", NULL), text[0], sizeof text[0]),
            la_plot_figure(la_json_number(figures, "events_per_s", "median", NULL), text[1],
                           sizeof text[1]));
    write_estimate(stream, figures, "ops_per_s", 1e6);
    write_estimate(stream, figures, "p999_ns", 1e3);
    fputc('\n', stream);
}

/* What is not disturbed begins every panel. */
static void write_panel(FILE *stream, struct la_plot_names *names, size_t panel,
                        const json_t *cells)
{
    const json_t *cell;
    size_t i;

    json_array_foreach(cells, i, cell)
    {
        const char *nuisance = la_json_word(cell, "nuisance");

        if (strcmp(nuisance, "none") == 0 || strcmp(nuisance, panels[panel]) == 0)
            write_point(stream, names, panel, cell);
    }
}

/* Without a degrade.json the report has no section for it, and so no plot that is absent. */
int la_plot_degrade(const struct la_plot_input *input, struct la_plots *plots, struct la_why *why)
{
    struct la_plot_names names = {.nr = 0};
    struct la_plot *plot;
    FILE *stream;
    json_t *json;
    int result = la_json_result(input->dir, "degrade.json", &json, why);

    if (result <= 0)
        return result;
    plot = la_plot_add(plots, "degrade",
                       "Throughput and tail under preemption, signals and migrations");
    plot->elsewhere = true;
    plot->table = "nuisance=disturbed by|name=contender|asked=events asked for, per second and "
                  "thread|got=events that came|mops=million operations per second|low=low|"
                  "high=high|p999_us=p99.9 of a turn, \u00b5s|p999_low=low|p999_high=high";
    plot->view = "lines panel=nuisance series=name x=asked ordinal y=mops,p999_us "
                 "low=low,p999_low high=high,p999_high log=p999_us zero shared";
    stream = la_plot_create(input, plot,
                            "panel\tnuisance\tnumber\tname\tasked\tgot\tmops\tlow\thigh\t"
                            "p999_us\tp999_low\tp999_high",
                            why);
    for (size_t i = 0; stream && i < sizeof panels / sizeof *panels; i++)
        write_panel(stream, &names, i, json_object_get(json, "cells"));
    result = stream ? la_plot_finish(stream, plot, why) : -1;
    json_decref(json);
    return result;
}
