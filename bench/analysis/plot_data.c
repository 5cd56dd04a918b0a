/* SPDX-License-Identifier: MIT */
/*
 * plot_data.c: see plot_data.h.
 */
#include "plot_data.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "plot_layout.h"

static la_plot_write_fn *const writers[] = {
#define LA_PLOT(name) la_##name,
#include "plots.def"
#undef LA_PLOT
};

struct la_plot *la_plot_add(struct la_plots *plots, const char *name, const char *caption)
{
    struct la_plot *plot = &plots->plots[plots->nr_plots++];

    snprintf(plot->name, sizeof plot->name, "%s", name);
    snprintf(plot->script, sizeof plot->script, "%s", name);
    snprintf(plot->caption, sizeof plot->caption, "%s", caption);
    return plot;
}

FILE *la_plot_create(const struct la_plot_input *input, const struct la_plot *plot,
                     const char *columns, struct la_why *why)
{
    char path[4096];
    FILE *stream;

    snprintf(path, sizeof path, "%s/%s.tsv", input->to, plot->name);
    stream = fopen(path, "w");
    if (!stream)
        snprintf(why->line, sizeof why->line, "cannot write %.500s: %s", path, strerror(errno));
    else
        fprintf(stream, "%s\n", columns);
    return stream;
}

int la_plot_finish(FILE *stream, const struct la_plot *plot, struct la_why *why)
{
    const bool failed = ferror(stream);

    if (fclose(stream) == 0 && !failed)
        return 0;
    snprintf(why->line, sizeof why->line, "cannot write %s.tsv: %s", plot->name, strerror(errno));
    return -1;
}

size_t la_plot_number_of(struct la_plot_names *names, const char *name)
{
    for (size_t i = 0; i < names->nr; i++) {
        if (strcmp(names->name[i], name) == 0)
            return i + 1;
    }
    if (names->nr == LA_MAX_SERIES || !la_is_word(name))
        return 0;
    snprintf(names->name[names->nr], LA_NAME_SIZE, "%s", name);
    return ++names->nr;
}

const char *la_plot_figure(double value, char *text, size_t size)
{
    snprintf(text, size, isnan(value) ? "NaN" : "%.6g", value);
    return text;
}

int la_plot_data_write(struct la_plot_input *input, struct la_plots *plots, struct la_why *why)
{
    struct la_plot_layout layout;
    int result = 0;

    memset(plots, 0, sizeof *plots);
    la_plot_layout_init(&layout, input);
    input->layout = &layout;
    for (size_t i = 0; i < sizeof writers / sizeof *writers && result == 0; i++)
        result = writers[i](input, plots, why);
    input->layout = NULL;
    la_plot_layout_fini(&layout);
    return result;
}
