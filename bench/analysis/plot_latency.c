/* SPDX-License-Identifier: MIT */
/*
 * plot_latency.c: data for plots/latency.gp, of a run's latency.tsv.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot_layout.h"
#include "tsv.h"

/* What reading the clock takes, divided by the operations that one reading is for. */
static void clock_share(const struct la_run *run, char *text, size_t size)
{
    const char *floor = la_run_context(run, "timer_floor_ns");
    const char *operations = la_run_context(run, "sample_operations");
    const double divisor = operations ? strtod(operations, NULL) : 0;

    la_plot_figure(floor && divisor > 0 ? strtod(floor, NULL) / divisor : NAN, text, size);
}

/* The rows of latency.tsv that are percentiles of a drawn cell. */
static int copy_percentiles(const struct la_plot_layout *layout, struct la_tsv *tsv, FILE *stream,
                            size_t *nr_rows, struct la_why *why)
{
    const struct la_run *run = layout->input->run;
    char floor[32];
    int more;

    clock_share(run, floor, sizeof floor);

    while ((more = la_tsv_next(tsv, why)) > 0) {
        char contender[LA_NAME_SIZE], text[2][32];
        struct la_run_group cell;
        double percentile, ns;
        int group, index;

        if (strcmp(tsv->fields[1], "percentile") != 0)
            continue;
        if (!la_tsv_number(tsv, 2, &percentile, why) || !la_tsv_number(tsv, 3, &ns, why))
            return -1;
        if (!la_cell_parse(tsv->fields[0], &cell, contender) ||
            (group = la_run_find_group(run, &cell)) < 0 ||
            (index = la_run_contender(run, contender)) < 0) {
            snprintf(why->line, sizeof why->line, "%.500s: line %zu is of no cell in bench.json",
                     tsv->path, tsv->nr_lines);
            return -1;
        }
        if (!layout->place[index] || !layout->panel[group] ||
            !la_plot_has_most_threads(layout, (size_t)group) || !(ns > 0))
            continue;
        la_plot_row_start(layout, (size_t)group, (size_t)index, stream);
        fprintf(stream, "\t%s\t%s\t%s\n", la_plot_figure(percentile, text[0], sizeof text[0]),
                la_plot_figure(ns, text[1], sizeof text[1]), floor);
        ++*nr_rows;
    }
    return more;
}

int la_plot_latency(const struct la_plot_input *input, struct la_plots *plots, struct la_why *why)
{
    static const char *const columns[] = {"cell", "kind", "key", "value"};
    struct la_plot *plot =
        la_plot_add(plots, "latency", "Percentiles of sampled operations, at the most threads");
    struct la_tsv tsv;
    FILE *stream;
    size_t nr_rows = 0;
    int result = la_tsv_open(&tsv, input->dir, "latency.tsv", columns, 4, why);

    if (result < 0)
        return -1;
    if (result == 0) {
        snprintf(plot->absent, sizeof plot->absent, "there is no latency.tsv in this run");
        return 0;
    }
    plot->table = "title=workload|name=contender|percentile=percentile|ns=ns";
    plot->view = "lines panel=title series=name x=percentile y=ns ordinal log shared";
    stream =
        la_plot_create(input, plot, "panel\ttitle\tcontender\tname\tpercentile\tns\tclock_ns", why);
    result = stream ? copy_percentiles(input->layout, &tsv, stream, &nr_rows, why) : -1;
    la_tsv_close(&tsv);
    if (!nr_rows)
        snprintf(plot->absent, sizeof plot->absent, "latency.tsv holds no percentile");
    if (stream && la_plot_finish(stream, plot, why))
        result = -1;
    return result;
}
