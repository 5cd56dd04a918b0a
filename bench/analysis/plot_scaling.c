/* SPDX-License-Identifier: MIT */
/* plot_scaling.c: data for plots/scaling.gp. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "plot_layout.h"
#include "scaling.h"

enum { NR_STEPS = 60 };

static unsigned read_cpus(const char *dir)
{
    char path[4096];
    json_t *manifest;
    unsigned nr_cpus;

    snprintf(path, sizeof path, "%s/manifest.json", dir);
    manifest = json_load_file(path, 0, NULL);
    nr_cpus = la_scaling_cpus(manifest);
    json_decref(manifest);
    return nr_cpus;
}

static void write_start(const struct la_plot_layout *layout, const struct la_scaling_curve *curve,
                        size_t panel, double threads, FILE *stream)
{
    const struct la_run *run = layout->input->run;
    char title[LA_LABEL_SIZE];

    fprintf(stream, "%zu\t%s\t%zu\t%s\t%.4g", panel,
            la_group_title(run, (size_t)(curve->group - run->groups), title, sizeof title),
            layout->place[curve->contender], run->contenders[curve->contender], threads);
}

static void write_values(double value, double low, double high, FILE *stream)
{
    char text[3][32];

    fprintf(stream, "\t%s\t%s\t%s", la_plot_figure(value / 1e6, text[0], sizeof text[0]),
            la_plot_figure((isnan(low) ? value : low) / 1e6, text[1], sizeof text[1]),
            la_plot_figure((isnan(high) ? value : high) / 1e6, text[2], sizeof text[2]));
}

static void write_points(const struct la_plot_layout *layout, const struct la_scaling_curve *curve,
                         size_t panel, FILE *stream)
{
    for (size_t i = 0; i < curve->nr_points; i++) {
        const struct la_scaling_point *point = &curve->points[i];

        write_start(layout, curve, panel, point->threads, stream);
        write_values(exp(point->throughput.point), exp(point->throughput.low),
                     exp(point->throughput.high), stream);
        fprintf(stream, "\t%d\n", point->shares_cpus);
    }
}

/* The law with its band, to twice as many threads as were measured. */
static void write_law(const struct la_plot_layout *layout, const struct la_scaling_curve *curve,
                      size_t panel, FILE *stream)
{
    const double last = 2 * (double)la_scaling_reach(curve);

    for (int i = 0; i <= NR_STEPS && curve->fitted; i++) {
        const double threads = pow(last, (double)i / NR_STEPS);
        const struct la_usl_interval band = la_usl_band(&curve->law, threads);

        write_start(layout, curve, panel, threads, stream);
        write_values(la_usl_throughput(&curve->law.law, threads), band.low, band.high, stream);
        fputc('\n', stream);
    }
}

/* Returns the number of panels. */
static size_t write_curves(const struct la_plot_layout *layout, const struct la_scaling *scaling,
                           FILE *points, FILE *laws)
{
    const struct la_run_group *before = NULL;
    size_t panel = 0;

    for (size_t i = 0; i < scaling->nr_curves; i++) {
        const struct la_scaling_curve *curve = &scaling->curves[i];

        if (layout->place[curve->contender] == 0)
            continue;
        panel += curve->group != before;
        before = curve->group;
        write_points(layout, curve, panel, points);
        write_law(layout, curve, panel, laws);
    }
    return panel;
}

/* The laws are in a file of their own, which only the script reads: the points alone are what was
 * measured. It has a row of no panel, as gnuplot takes no file without one. */
static int write_plot(const struct la_plot_input *input, const struct la_scaling *scaling,
                      struct la_plot *plot, struct la_why *why)
{
    const struct la_plot law = {.name = "scaling-law"};
    FILE *points = la_plot_create(
        input, plot, "panel\ttitle\tcontender\tname\tthreads\tmops\tlow\thigh\tshares_cpus", why);
    FILE *laws =
        la_plot_create(input, &law, "panel\ttitle\tcontender\tname\tthreads\tmops\tlow\thigh", why);
    int result = points && laws ? 0 : -1;

    if (result == 0) {
        fputs("0\t\t0\t\t1\tNaN\tNaN\tNaN\n", laws);
        if (write_curves(input->layout, scaling, points, laws) == 0)
            strcpy(plot->absent, "no contender was measured with several numbers of threads");
    }
    if (points && la_plot_finish(points, plot, why))
        result = -1;
    if (laws && la_plot_finish(laws, &law, why))
        result = -1;
    return result;
}

int la_plot_scaling(const struct la_plot_input *input, struct la_plots *plots, struct la_why *why)
{
    struct la_plot *plot =
        la_plot_add(plots, "scaling", "Throughput by threads, and the law where one is fitted");
    struct la_scaling scaling;
    int result;

    plot->table = "title=workload|name=contender|threads=threads|mops=million operations per "
                  "second|low=low|high=high|shares_cpus=threads share CPUs";
    plot->view = "lines panel=title series=name x=threads y=mops low=low high=high log";
    plot->elsewhere = true;
    la_scaling_make(&scaling, input->run, read_cpus(input->dir), input->resampling);
    result = write_plot(input, &scaling, plot, why);
    la_scaling_fini(&scaling);
    return result;
}
