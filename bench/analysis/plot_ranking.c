/* SPDX-License-Identifier: MIT */
/*
 * plot_ranking.c: data for plots/ranking.gp: how every contender stands to plain malloc, over all
 * workloads and in each. The section Why shows it.
 */
#include <math.h>
#include <string.h>

#include "plot_data.h"

static void write_row(const struct la_choice *choice, size_t panel, size_t row,
                      const struct la_standing *standing, FILE *stream)
{
    const struct la_estimate *ratio = &standing->ratio;
    const bool has_interval = !isnan(ratio->low);
    char text[3][32];

    fprintf(stream, "%zu\t%s\t%zu\t%s\t%s\t%s\t%s\t%s\t1\n", panel, choice->scope->name, row,
            choice->scope->run->contenders[standing->contender],
            la_plot_figure(exp(ratio->point), text[0], sizeof text[0]),
            la_plot_figure(exp(has_interval ? ratio->low : ratio->point), text[1], sizeof text[1]),
            la_plot_figure(exp(has_interval ? ratio->high : ratio->point), text[2], sizeof text[2]),
            la_verdict_name(standing->judgement.verdict));
}

/* The ranked ones, best first, without what they are compared with. */
static size_t write_panel(const struct la_choice *choice, size_t panel, FILE *stream)
{
    size_t nr_rows = 0;

    for (size_t i = 0; i < choice->nr_ranked; i++) {
        const struct la_standing *standing = &choice->standings[i];
        const char *name = choice->scope->run->contenders[standing->contender];

        if (strcmp(name, LA_BASELINE) != 0 && !isnan(standing->ratio.point))
            write_row(choice, panel, ++nr_rows, standing, stream);
    }
    return nr_rows;
}

int la_plot_ranking(const struct la_plot_input *input, struct la_plots *plots, struct la_why *why)
{
    struct la_plot *plot = la_plot_add(
        plots, "ranking", "Throughput as a multiple of plain malloc's, with 95 % intervals");
    FILE *stream =
        la_plot_create(input, plot, "panel\ttitle\trow\tname\tratio\tlow\thigh\tverdict\tone", why);
    size_t nr_rows = 0, nr_panels = 0;

    plot->elsewhere = true;
    plot->table = "title=workload|name=contender|ratio=times plain malloc|low=low|high=high|"
                  "verdict=verdict";
    plot->view = "bars panel=title series=name x=ratio low=low high=high base=one dot log shared";
    if (!stream)
        return -1;
    /* Over all first, which stands last among the choices. */
    for (size_t i = 0; i < input->nr_choices; i++) {
        const struct la_choice *choice = &input->choices[i ? i - 1 : input->nr_choices - 1];
        const size_t nr = write_panel(choice, nr_panels + 1, stream);

        nr_rows += nr;
        nr_panels += nr > 0;
    }
    if (!nr_rows)
        snprintf(plot->absent, sizeof plot->absent, "no contender could be compared");
    return la_plot_finish(stream, plot, why);
}
