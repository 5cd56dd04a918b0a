/* SPDX-License-Identifier: MIT */
/*
 * plot_layout.c: see plot_layout.h.
 */
#include "plot_layout.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "point.h"
#include "scopes.h"

static bool same_panel(const struct la_run_group *a, const struct la_run_group *b)
{
    return strcmp(a->workload, b->workload) == 0 && strcmp(a->depth, b->depth) == 0 &&
           strcmp(a->placement, b->placement) == 0 && a->size_bytes == b->size_bytes;
}

const char *la_group_title(const struct la_run *run, size_t group, char *text, size_t size)
{
    const struct la_run_group *own = &run->groups[group];
    bool sizes = false, depths = false, placements = false;
    char part[3][LA_NAME_SIZE + 16] = {"", "", ""};

    for (size_t i = 0; i < run->nr_groups; i++) {
        sizes |= run->groups[i].size_bytes != own->size_bytes;
        depths |= strcmp(run->groups[i].depth, own->depth) != 0;
        placements |= strcmp(run->groups[i].placement, own->placement) != 0;
    }
    if (sizes)
        snprintf(part[0], sizeof part[0], ", %llu B", (unsigned long long)own->size_bytes);
    if (depths)
        snprintf(part[1], sizeof part[1],
                 isdigit((unsigned char)*own->depth) ? ", depth %s" : ", %s", own->depth);
    if (placements)
        snprintf(part[2], sizeof part[2], ", %s", own->placement);
    snprintf(text, size, "%s%s%s%s", own->workload, part[0], part[1], part[2]);
    return text;
}

static void lay_out_contenders(struct la_plot_layout *layout)
{
    const struct la_run *run = layout->input->run;
    size_t nr = 0;

    layout->place = la_new_array(run->nr_contenders, sizeof *layout->place);
    for (enum la_role role = LA_ROLE_PLAIN; role <= LA_ROLE_LIST; role++) {
        for (size_t i = 0; i < run->nr_contenders; i++) {
            if (run->roles[i] == role)
                layout->place[i] = ++nr;
        }
    }
}

static bool has_data(const struct la_choice *choice)
{
    for (size_t i = 0; i < choice->nr_standings; i++) {
        if (!isnan(choice->standings[i].cost.point))
            return true;
    }
    return false;
}

/* More points of a grid than this are a map. */
enum { GRID_PANELS = 8 };

static size_t count_points(const struct la_run *run)
{
    size_t nr = 0;

    for (size_t i = 0; i < run->nr_groups; i++)
        nr += la_point_of(run->groups[i].workload).on_grid;
    return nr;
}

const char *la_plot_empty(const struct la_plot_layout *layout)
{
    return layout->mapped ? "the map shows the points of the grid" : "no block was accepted";
}

void la_plot_layout_init(struct la_plot_layout *layout, const struct la_plot_input *input)
{
    const struct la_run *run = input->run;

    layout->input = input;
    layout->panel = la_new_array(run->nr_groups, sizeof *layout->panel);
    layout->threads = la_new_array(run->nr_groups, sizeof *layout->threads);
    layout->nr_threads = la_run_threads(run, layout->threads);
    layout->nr_panels = 0;
    layout->mapped = count_points(run) > GRID_PANELS;
    for (size_t i = 0; i < run->nr_groups; i++) {
        if (!has_data(&input->by_group[i]) ||
            (layout->mapped && la_point_of(run->groups[i].workload).on_grid))
            continue;
        for (size_t j = 0; j < i && !layout->panel[i]; j++) {
            if (same_panel(&run->groups[i], &run->groups[j]))
                layout->panel[i] = layout->panel[j];
        }
        if (!layout->panel[i])
            layout->panel[i] = ++layout->nr_panels;
    }
    lay_out_contenders(layout);
}

void la_plot_layout_fini(struct la_plot_layout *layout)
{
    free(layout->panel);
    free(layout->threads);
    free(layout->place);
}

size_t la_plot_thread_place(const struct la_plot_layout *layout, size_t group)
{
    size_t at = 0;

    while (layout->threads[at] != layout->input->run->groups[group].threads)
        at++;
    return at + 1;
}

bool la_plot_has_most_threads(const struct la_plot_layout *layout, size_t group)
{
    const struct la_run *run = layout->input->run;

    for (size_t i = 0; i < run->nr_groups; i++) {
        if (layout->panel[i] == layout->panel[group] &&
            run->groups[i].threads > run->groups[group].threads)
            return false;
    }
    return true;
}

bool la_plot_has_fewest_threads(const struct la_plot_layout *layout, size_t group)
{
    const struct la_run *run = layout->input->run;

    for (size_t i = 0; i < run->nr_groups; i++) {
        if (layout->panel[i] == layout->panel[group] &&
            run->groups[i].threads < run->groups[group].threads)
            return false;
    }
    return true;
}

const struct la_standing *la_plot_standing(const struct la_plot_layout *layout, size_t group,
                                           size_t contender)
{
    const struct la_choice *choice = &layout->input->by_group[group];

    for (size_t i = 0; layout->panel[group] && i < choice->nr_standings; i++) {
        if (choice->standings[i].contender == contender)
            return isnan(choice->standings[i].cost.point) ? NULL : &choice->standings[i];
    }
    return NULL;
}

static void write_group(const struct la_plot_layout *layout, size_t group, la_plot_row_fn *row,
                        FILE *stream)
{
    const struct la_run *run = layout->input->run;

    for (size_t place = 1; place <= run->nr_contenders; place++) {
        for (size_t i = 0; i < run->nr_contenders; i++) {
            const struct la_standing *standing = la_plot_standing(layout, group, i);

            if (layout->place[i] == place && standing)
                row(layout, group, standing, stream);
        }
    }
}

int la_plot_write_rows(const struct la_plot_input *input, struct la_plot *plot, const char *columns,
                       la_plot_row_fn *row, struct la_why *why)
{
    FILE *stream = la_plot_create(input, plot, columns, why);
    long empty;

    if (!stream)
        return -1;
    empty = ftell(stream);
    for (size_t group = 0; group < input->run->nr_groups; group++)
        write_group(input->layout, group, row, stream);
    if (ftell(stream) == empty)
        snprintf(plot->absent, sizeof plot->absent, "%s", la_plot_empty(input->layout));
    return la_plot_finish(stream, plot, why);
}

void la_plot_row_start(const struct la_plot_layout *layout, size_t group, size_t contender,
                       FILE *stream)
{
    char title[LA_LABEL_SIZE];

    fprintf(stream, "%zu\t%s\t%zu\t%s", layout->panel[group],
            la_group_title(layout->input->run, group, title, sizeof title),
            layout->place[contender], layout->input->run->contenders[contender]);
}

/* What has too few blocks for an interval is drawn as a point. */
void la_plot_row_estimate(const struct la_estimate *estimate, double scale, FILE *stream)
{
    const bool has_interval = !isnan(estimate->low);
    char point[32], low[32], high[32];

    fprintf(
        stream, "\t%s\t%s\t%s", la_plot_figure(estimate->point * scale, point, sizeof point),
        la_plot_figure((has_interval ? estimate->low : estimate->point) * scale, low, sizeof low),
        la_plot_figure((has_interval ? estimate->high : estimate->point) * scale, high,
                       sizeof high));
}

void la_plot_throughput_of(const struct la_plot_layout *layout, size_t group, size_t contender,
                           struct la_estimate *estimate)
{
    la_estimate_counter(layout->input->by_group[group].scope, LA_OPS_PER_S, contender, -1,
                        layout->input->resampling, estimate);
}
