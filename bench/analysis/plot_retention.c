/* SPDX-License-Identifier: MIT */
/*
 * plot_retention.c: data for plots/frontier.gp, of a run's memory.json, and for plots/retention.gp,
 * of its memory.tsv: throughput against memory, and memory over time.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json_result.h"
#include "plot_data.h"
#include "tsv.h"

enum { SHOWN_DEPTH = 256 };

/* --- the frontier --- */

/* What a list is known to hold for itself: entries and its own bytes. */
static double own_kib(const json_t *cell)
{
    return (la_json_number(cell, "figures", "cached_busy_bytes", "median", NULL) +
            la_json_number(cell, "slab_bytes", NULL)) /
           1024;
}

static void write_point(FILE *stream, struct la_plot_names *names, const json_t *cell)
{
    const json_t *figures = json_object_get(cell, "figures");
    const json_t *speed = json_object_get(figures, "ops_per_s");
    const double mops = la_json_number(speed, "median", NULL) / 1e6;
    const double low = la_json_number(speed, "low", NULL) / 1e6;
    const double depth = la_json_number(cell, "depth", NULL);
    char text[6][32];
    size_t number;

    /* The twin is malloc+glibc once more. */
    if (isnan(mops) || strcmp(la_json_word(cell, "label"), "malloc-aa") == 0)
        return;
    number = la_plot_number_of(names, la_json_word(cell, "contender"));
    if (number == 0)
        return;
    fprintf(stream, "%zu\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\n", number,
            la_json_word(cell, "contender"),
            la_plot_figure(isnan(depth) ? 0 : depth, text[0], sizeof text[0]),
            la_plot_figure(la_json_number(figures, "retained_busy_bytes", "median", NULL) / 1024,
                           text[1], sizeof text[1]),
            isnan(own_kib(cell)) ? "-" : la_plot_figure(own_kib(cell), text[2], sizeof text[2]),
            la_plot_figure(mops, text[3], sizeof text[3]),
            la_plot_figure(isnan(low) ? mops : low, text[4], sizeof text[4]),
            la_plot_figure(isnan(low) ? mops : la_json_number(speed, "high", NULL) / 1e6, text[5],
                           sizeof text[5]),
            json_is_true(json_object_get(cell, "pareto_optimal")));
}

static int write_frontier(const struct la_plot_input *input, const json_t *json,
                          struct la_plots *plots, struct la_why *why)
{
    struct la_plot *plot =
        la_plot_add(plots, "retention-frontier", "Throughput against retained memory, every depth");
    struct la_plot_names names = {.nr = 0};
    const json_t *cell;
    FILE *stream;
    size_t i;

    strcpy(plot->script, "frontier");
    plot->elsewhere = true;
    plot->table = "name=contender|depth=depth|retained_kib=KiB retained|own_kib=KiB cached and "
                  "own|mops=million operations per second|low=low|high=high|optimal=Pareto-optimal";
    plot->view = "points series=name x=retained_kib y=mops low=low high=high log";
    stream = la_plot_create(
        input, plot, "number\tname\tdepth\tretained_kib\town_kib\tmops\tlow\thigh\toptimal", why);
    if (!stream)
        return -1;
    json_array_foreach(json_object_get(json, "cells"), i, cell) write_point(stream, &names, cell);
    return la_plot_finish(stream, plot, why);
}

/* --- over time --- */

enum column { CONTENDER, DEPTH, STAGE, SECONDS, LIVE, CACHED, RESIDENT, NR_COLUMNS };

static const char *const columns[NR_COLUMNS] = {
    "contender", "depth", "stage", "seconds", "live_bytes", "cached_bytes", "resident_bytes",
};

/* Of the lists one depth is shown: the usual one, or the first that is deeper, or the deepest. */
static double shown_depth(const json_t *json)
{
    const json_t *depth;
    double shown = 0;
    size_t i;

    json_array_foreach(json_object_get(json_object_get(json, "settings"), "depths"), i, depth)
    {
        if (shown < SHOWN_DEPTH)
            shown = json_number_value(depth);
    }
    return shown;
}

static int write_glance(FILE *stream, struct la_plot_names *names, struct la_tsv *tsv, double depth,
                        struct la_why *why)
{
    double value[NR_COLUMNS];
    char text[4][32];
    size_t number;

    for (size_t i = 0; i < NR_COLUMNS; i++) {
        if (i != CONTENDER && i != STAGE && !la_tsv_number(tsv, i, &value[i], why))
            return -1;
    }
    if ((value[DEPTH] > 0 && value[DEPTH] != depth) ||
        strncmp(tsv->fields[CONTENDER], "malloc-aa", strlen("malloc-aa")) == 0)
        return 0;
    number = la_plot_number_of(names, tsv->fields[CONTENDER]);
    if (number == 0 || !la_is_word(tsv->fields[STAGE]))
        return 0;
    fprintf(stream, "%zu\t%s\t%s\t%s\t%s\t%s\t%s\n", number, tsv->fields[CONTENDER],
            tsv->fields[STAGE], la_plot_figure(value[SECONDS], text[0], sizeof text[0]),
            la_plot_figure(value[LIVE] / 1024, text[1], sizeof text[1]),
            la_plot_figure(value[CACHED] / 1024, text[2], sizeof text[2]),
            la_plot_figure(value[RESIDENT] / 1024, text[3], sizeof text[3]));
    return 0;
}

static int write_glances(FILE *stream, struct la_tsv *tsv, double depth, struct la_why *why)
{
    struct la_plot_names names = {.nr = 0};
    int more;

    while ((more = la_tsv_next(tsv, why)) > 0) {
        if (write_glance(stream, &names, tsv, depth, why))
            return -1;
    }
    return more;
}

static int write_times(const struct la_plot_input *input, const json_t *json,
                       struct la_plots *plots, struct la_why *why)
{
    struct la_plot *plot;
    struct la_tsv tsv;
    FILE *stream;
    int result = la_tsv_open(&tsv, input->dir, "memory.tsv", columns, NR_COLUMNS, why);

    if (result <= 0)
        return result;
    plot = la_plot_add(plots, "retention-time", "Live, cached and resident memory over time");
    snprintf(plot->caption, sizeof plot->caption,
             "Live, cached and resident memory over time, lists at depth %.0f", shown_depth(json));
    strcpy(plot->script, "retention");
    plot->elsewhere = true;
    plot->table = "name=contender|stage=stage|seconds=seconds|live_kib=KiB live|cached_kib=KiB "
                  "cached|resident_kib=KiB resident";
    plot->view = "lines panel=name x=seconds y=resident_kib,cached_kib,live_kib unit=KiB zero "
                 "shared step";
    stream = la_plot_create(
        input, plot, "number\tname\tstage\tseconds\tlive_kib\tcached_kib\tresident_kib", why);
    result = stream ? write_glances(stream, &tsv, shown_depth(json), why) : -1;
    if (stream && la_plot_finish(stream, plot, why))
        result = -1;
    la_tsv_close(&tsv);
    return result;
}

/* Without a memory.json the report has no section for it, and so no plot that is absent. */
int la_plot_retention(const struct la_plot_input *input, struct la_plots *plots, struct la_why *why)
{
    json_t *json;
    int result = la_json_result(input->dir, "memory.json", &json, why);

    if (result <= 0)
        return result;
    result =
        write_frontier(input, json, plots, why) || write_times(input, json, plots, why) ? -1 : 0;
    json_decref(json);
    return result;
}
