/* SPDX-License-Identifier: MIT */
/*
 * plot_throughput.c: data for plots/throughput.gp.
 */
#include "plot_layout.h"

static void write_row(const struct la_plot_layout *layout, size_t group,
                      const struct la_standing *standing, FILE *stream)
{
    struct la_estimate estimate;

    la_plot_throughput_of(layout, group, standing->contender, &estimate);
    la_plot_row_start(layout, group, standing->contender, stream);
    fprintf(stream, "\t%u\t%zu", layout->input->run->groups[group].threads,
            la_plot_thread_place(layout, group));
    la_plot_row_estimate(&estimate, 1e-6, stream);
    fputc('\n', stream);
}

int la_plot_throughput(const struct la_plot_input *input, struct la_plots *plots,
                       struct la_why *why)
{
    struct la_plot *plot = la_plot_add(plots, "throughput",
                                       "Operations per second of all threads, with 95 % intervals");

    plot->table = "title=workload|name=contender|threads=threads|mops=million operations per "
                  "second|low=low|high=high";
    plot->view = "lines panel=title series=name x=threads y=mops low=low high=high zero";
    return la_plot_write_rows(input, plot,
                              "panel\ttitle\tcontender\tname\tthreads\tplace\tmops\tlow\thigh",
                              write_row, why);
}
