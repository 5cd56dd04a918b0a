/* SPDX-License-Identifier: MIT */
/*
 * plot_hit.c: data for plots/hit.gp.
 */
#include <math.h>

#include "plot_layout.h"
#include "scopes.h"

/* Rows of one panel stand below each other: contenders in their order, threads within. */
static void write_hits(const struct la_plot_layout *layout, FILE *stream)
{
    const struct la_run *run = layout->input->run;

    for (size_t panel = 1; panel <= layout->nr_panels; panel++) {
        size_t row = 0;

        for (size_t i = 0; i < run->nr_contenders; i++) {
            for (size_t group = 0; group < run->nr_groups; group++) {
                const struct la_standing *standing = la_plot_standing(layout, group, i);
                struct la_estimate free_hit;
                char title[LA_LABEL_SIZE], hit[32], kept[32];

                if (layout->panel[group] != panel || !standing || isnan(standing->allocate_hit))
                    continue;
                la_estimate_counter(layout->input->by_group[group].scope, LA_FREE_HIT, i, -1,
                                    layout->input->resampling, &free_hit);
                fprintf(stream, "%zu\t%s\t%zu\t%s\t%u\t%s\t%s\n", panel,
                        la_group_title(run, group, title, sizeof title), ++row, run->contenders[i],
                        run->groups[group].threads,
                        la_plot_figure(standing->allocate_hit, hit, sizeof hit),
                        la_plot_figure(free_hit.point, kept, sizeof kept));
            }
        }
    }
}

int la_plot_hit(const struct la_plot_input *input, struct la_plots *plots, struct la_why *why)
{
    struct la_plot *plot =
        la_plot_add(plots, "hit", "How often the list served an allocation and kept a free");
    FILE *stream = la_plot_create(
        input, plot, "panel\ttitle\trow\tcontender\tthreads\talloc_hit\tfree_hit", why);
    long empty;

    plot->table = "title=workload|contender=contender|threads=threads|alloc_hit=allocations "
                  "served|free_hit=frees kept";
    plot->view = "bars panel=title series=contender slot=threads x=alloc_hit ring=free_hit percent";
    if (!stream)
        return -1;
    empty = ftell(stream);
    write_hits(input->layout, stream);
    if (ftell(stream) == empty)
        snprintf(plot->absent, sizeof plot->absent, "%s", la_plot_empty(input->layout));
    return la_plot_finish(stream, plot, why);
}
