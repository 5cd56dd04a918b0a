/* SPDX-License-Identifier: MIT */
/* plot_adaptation.c: data for plots/adaptation.gp. */
#include <math.h>
#include <string.h>

#include "adaptation.h"
#include "plot_data.h"

enum { MAX_POLICIES = 64 };

/* Lists that never held anything have no policy to speak of. */
static bool is_shown(const struct la_adaptation_line *line)
{
    return line->figures[LA_ADAPTATION_KEPT].median > 0;
}

/* The policy's number, from 1, in the order in which they come. */
static size_t policy_number(const struct la_adaptation *adaptation, size_t line)
{
    const char *seen[MAX_POLICIES];
    size_t nr = 0;

    for (size_t i = 0; i <= line; i++) {
        size_t at = 0;

        if (!is_shown(&adaptation->lines[i]))
            continue;
        while (at < nr && strcmp(seen[at], adaptation->lines[i].policy) != 0)
            at++;
        if (at == nr && nr < MAX_POLICIES)
            seen[nr++] = adaptation->lines[i].policy;
        if (i == line)
            return at + 1;
    }
    return 0;
}

static void write_value(const struct la_adaptation_value *value, double scale, FILE *stream)
{
    char point[32], low[32], high[32];
    const bool has_interval = !isnan(value->low);

    fprintf(
        stream, "\t%s\t%s\t%s", la_plot_figure(value->median * scale, point, sizeof point),
        la_plot_figure((has_interval ? value->low : value->median) * scale, low, sizeof low),
        la_plot_figure((has_interval ? value->high : value->median) * scale, high, sizeof high));
}

/* Returns the number of rows. */
static size_t write_lines(const struct la_adaptation *adaptation, FILE *stream)
{
    size_t panel = 0, nr = 0;

    for (size_t i = 0; i < adaptation->nr_lines; i++) {
        const struct la_adaptation_line *line = &adaptation->lines[i];

        if (i == 0 || strcmp(line->profile, adaptation->lines[i - 1].profile) != 0)
            panel++;
        if (!is_shown(line))
            continue;
        fprintf(stream, "%zu\t%s\t%zu\t%s", panel, line->profile, policy_number(adaptation, i),
                line->policy);
        write_value(&line->figures[LA_ADAPTATION_KEPT], 1 / 1024.0, stream);
        write_value(&line->figures[LA_ADAPTATION_LOST], 1, stream);
        fputc('\n', stream);
        nr++;
    }
    return nr;
}

static int write_plot(const struct la_adaptation *adaptation, const struct la_plot_input *input,
                      struct la_plot *plot, struct la_why *why)
{
    FILE *stream = la_plot_create(input, plot,
                                  "panel\tprofile\tpolicy_number\tpolicy\tkept_kib\tkept_low\t"
                                  "kept_high\tlost\tlost_low\tlost_high",
                                  why);

    if (!stream)
        return -1;
    if (write_lines(adaptation, stream) == 0)
        strcpy(plot->absent, "adaptation.tsv shows no list that held an entry");
    return la_plot_finish(stream, plot, why);
}

int la_plot_adaptation(const struct la_plot_input *input, struct la_plots *plots,
                       struct la_why *why)
{
    struct la_adaptation adaptation;
    struct la_plot *plot;
    int result = la_adaptation_load(&adaptation, input->dir, why);

    if (result <= 0)
        return result;
    plot = la_plot_add(plots, "adaptation",
                       "Hits lost against memory kept, for each depth policy and profile");
    plot->elsewhere = true;
    plot->table = "profile=profile|policy=policy|kept_kib=KiB kept|lost=hits lost|lost_low=low|"
                  "lost_high=high";
    plot->view = "points panel=profile series=policy x=kept_kib y=lost low=lost_low high=lost_high "
                 "zero";
    result = write_plot(&adaptation, input, plot, why);
    la_adaptation_unload(&adaptation);
    return result;
}
