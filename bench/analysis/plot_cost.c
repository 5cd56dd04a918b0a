/* SPDX-License-Identifier: MIT */
/*
 * plot_cost.c: data for plots/cost.gp.
 */
#include "plot_layout.h"

/* Only the fewest and the most threads of the panel: two bars a contender can still be read. */
static void write_row(const struct la_plot_layout *layout, size_t group,
                      const struct la_standing *standing, FILE *stream)
{
    const bool fewest = la_plot_has_fewest_threads(layout, group);
    char floor[32];

    if (!fewest && !la_plot_has_most_threads(layout, group))
        return;
    la_plot_row_start(layout, group, standing->contender, stream);
    fprintf(stream, "\t%d\t%u", fewest ? 1 : 2, layout->input->run->groups[group].threads);
    la_plot_row_estimate(&standing->cost, 1, stream);
    fprintf(stream, "\t%s\n",
            la_plot_figure(layout->input->by_group[group].floor.point, floor, sizeof floor));
}

int la_plot_cost(const struct la_plot_input *input, struct la_plots *plots, struct la_why *why)
{
    struct la_plot *plot =
        la_plot_add(plots, "cost", "What one operation costs its thread, from the floor on");

    plot->table = "title=workload|name=contender|threads=threads|ns=ns per "
                  "operation|low=low|high=high|floor_ns=floor, ns";
    plot->view =
        "bars panel=title series=name slot=threads x=ns low=low high=high base=floor_ns log shared";
    return la_plot_write_rows(
        input, plot, "panel\ttitle\tcontender\tname\tslot\tthreads\tns\tlow\thigh\tfloor_ns",
        write_row, why);
}
