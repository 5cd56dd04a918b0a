/* SPDX-License-Identifier: MIT */
/*
 * plot_memory.c: data for plots/memory.gp.
 */
#include <math.h>

#include "plot_layout.h"

static void write_row(const struct la_plot_layout *layout, size_t group,
                      const struct la_standing *standing, FILE *stream)
{
    struct la_estimate estimate;
    char kept[32] = "-";

    if (!la_plot_has_most_threads(layout, group))
        return;
    if (!isnan(standing->kept_bytes))
        la_plot_figure(standing->kept_bytes / 1024, kept, sizeof kept);
    la_plot_throughput_of(layout, group, standing->contender, &estimate);
    la_plot_row_start(layout, group, standing->contender, stream);
    fprintf(stream, "\t%s", kept);
    la_plot_row_estimate(&estimate, 1e-6, stream);
    fputc('\n', stream);
}

int la_plot_memory(const struct la_plot_input *input, struct la_plots *plots, struct la_why *why)
{
    struct la_plot *plot =
        la_plot_add(plots, "memory", "Throughput and memory kept, at the most threads");

    plot->table = "title=workload|name=contender|kept_kib=KiB kept|mops=million operations per "
                  "second|low=low|high=high";
    plot->view = "points panel=title series=name x=kept_kib y=mops low=low high=high zero across";
    return la_plot_write_rows(
        input, plot, "panel\ttitle\tcontender\tname\tkept_kib\tmops\tlow\thigh", write_row, why);
}
