/* SPDX-License-Identifier: MIT */
/*
 * plot_data.c: data files for the plots of a run: throughput, cost, hit ratio, latency, memory. A
 * panel is a group without its number of threads. How depth adapts over time is in adapt_data.c.
 */
#include "plot_data.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "adapt_data.h"
#include "memory.h"
#include "scopes.h"
#include "tsv.h"

/* Where each group is drawn, and in which order contenders stand. */
struct layout {
    const struct la_plot_input *input;
    size_t *panel; /* of each group, from 1; 0 = it has no accepted block */
    size_t nr_panels;
    size_t *place; /* of each contender, from 1; 0 = not drawn */
    uint32_t *threads;
    size_t nr_threads;
};

static bool same_panel(const struct la_run_group *a, const struct la_run_group *b)
{
    return strcmp(a->workload, b->workload) == 0 && strcmp(a->depth, b->depth) == 0 &&
           strcmp(a->placement, b->placement) == 0 && a->size_bytes == b->size_bytes;
}

const char *la_group_title(const struct la_run *run, size_t group, bool with_threads, char *text,
                           size_t size)
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
        snprintf(part[1], sizeof part[1], ", depth %s", own->depth);
    if (placements)
        snprintf(part[2], sizeof part[2], ", %s", own->placement);
    snprintf(text, size, "%s%s%s%s", own->workload, part[0], part[1], part[2]);
    if (with_threads)
        snprintf(text + strlen(text), size - strlen(text), ", %u thread%s", own->threads,
                 own->threads == 1 ? "" : "s");
    return text;
}

static void lay_out_contenders(struct layout *layout)
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

static void lay_out(struct layout *layout, const struct la_plot_input *input)
{
    const struct la_run *run = input->run;

    layout->input = input;
    layout->panel = la_new_array(run->nr_groups, sizeof *layout->panel);
    layout->threads = la_new_array(run->nr_groups, sizeof *layout->threads);
    layout->nr_threads = la_run_threads(run, layout->threads, run->nr_groups);
    layout->nr_panels = 0;
    for (size_t i = 0; i < run->nr_groups; i++) {
        if (!has_data(&input->by_group[i]))
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

static void free_layout(struct layout *layout)
{
    free(layout->panel);
    free(layout->threads);
    free(layout->place);
}

static size_t thread_place(const struct layout *layout, size_t group)
{
    size_t at = 0;

    while (layout->threads[at] != layout->input->run->groups[group].threads)
        at++;
    return at + 1;
}

/* The group of its panel that has most threads: latency and memory are shown under most load. */
static bool has_most_threads(const struct layout *layout, size_t group)
{
    const struct la_run *run = layout->input->run;

    for (size_t i = 0; i < run->nr_groups; i++) {
        if (layout->panel[i] == layout->panel[group] &&
            run->groups[i].threads > run->groups[group].threads)
            return false;
    }
    return true;
}

/* Calls write for every drawn contender of every group, in the order of drawing. */
typedef void write_row_fn(const struct layout *layout, size_t group,
                          const struct la_standing *standing, FILE *stream);

static const struct la_standing *standing_of(const struct la_choice *choice, size_t contender)
{
    for (size_t i = 0; i < choice->nr_standings; i++) {
        if (choice->standings[i].contender == contender)
            return isnan(choice->standings[i].cost.point) ? NULL : &choice->standings[i];
    }
    return NULL;
}

static void write_rows(const struct layout *layout, write_row_fn *write, FILE *stream)
{
    const struct la_run *run = layout->input->run;

    for (size_t group = 0; group < run->nr_groups; group++) {
        for (size_t place = 1; place <= run->nr_contenders; place++) {
            for (size_t i = 0; i < run->nr_contenders; i++) {
                const struct la_standing *standing =
                    standing_of(&layout->input->by_group[group], i);

                if (layout->place[i] == place && standing)
                    write(layout, group, standing, stream);
            }
        }
    }
}

/* "nan" is spelled as gnuplot knows it. */
static const char *figure(double value, char *text, size_t size)
{
    snprintf(text, size, isnan(value) ? "NaN" : "%.6g", value);
    return text;
}

static void write_start(const struct layout *layout, size_t group, size_t contender, FILE *stream)
{
    char title[LA_LABEL_SIZE];

    fprintf(stream, "%zu\t%s\t%zu\t%s", layout->panel[group],
            la_group_title(layout->input->run, group, false, title, sizeof title),
            layout->place[contender], layout->input->run->contenders[contender]);
}

/* What has too few blocks for an interval is drawn as a point. */
static void write_estimate(const struct la_estimate *estimate, double scale, FILE *stream)
{
    const bool has_interval = !isnan(estimate->low);
    char point[32], low[32], high[32];

    fprintf(stream, "\t%s\t%s\t%s", figure(estimate->point * scale, point, sizeof point),
            figure((has_interval ? estimate->low : estimate->point) * scale, low, sizeof low),
            figure((has_interval ? estimate->high : estimate->point) * scale, high, sizeof high));
}

static void throughput_of(const struct layout *layout, size_t group, size_t contender,
                          struct la_estimate *estimate)
{
    la_estimate_counter(layout->input->by_group[group].scope, LA_OPS_PER_S, contender, -1,
                        layout->input->resampling, estimate);
}

static void write_throughput(const struct layout *layout, size_t group,
                             const struct la_standing *standing, FILE *stream)
{
    struct la_estimate estimate;

    throughput_of(layout, group, standing->contender, &estimate);
    write_start(layout, group, standing->contender, stream);
    fprintf(stream, "\t%u\t%zu", layout->input->run->groups[group].threads,
            thread_place(layout, group));
    write_estimate(&estimate, 1e-6, stream);
    fputc('\n', stream);
}

/* Only the fewest and the most threads of the run: two bars a contender can still be read. */
static void write_cost(const struct layout *layout, size_t group,
                       const struct la_standing *standing, FILE *stream)
{
    const size_t place = thread_place(layout, group);
    char floor[32];

    if (place != 1 && place != layout->nr_threads)
        return;
    write_start(layout, group, standing->contender, stream);
    fprintf(stream, "\t%d\t%u", place == 1 ? 1 : 2, layout->input->run->groups[group].threads);
    write_estimate(&standing->cost, 1, stream);
    fprintf(stream, "\t%s\n",
            figure(layout->input->by_group[group].floor.point, floor, sizeof floor));
}

static void write_memory(const struct layout *layout, size_t group,
                         const struct la_standing *standing, FILE *stream)
{
    struct la_estimate estimate;
    char kept[32] = "-";

    if (!has_most_threads(layout, group))
        return;
    if (!isnan(standing->kept_bytes))
        figure(standing->kept_bytes / 1024, kept, sizeof kept);
    throughput_of(layout, group, standing->contender, &estimate);
    write_start(layout, group, standing->contender, stream);
    fprintf(stream, "\t%s", kept);
    write_estimate(&estimate, 1e-6, stream);
    fputc('\n', stream);
}

/* Rows of one panel stand below each other: contenders in their order, threads within. */
static void write_hits(const struct layout *layout, FILE *stream)
{
    const struct la_run *run = layout->input->run;

    for (size_t panel = 1; panel <= layout->nr_panels; panel++) {
        size_t row = 0;

        for (size_t i = 0; i < run->nr_contenders; i++) {
            for (size_t group = 0; group < run->nr_groups; group++) {
                const struct la_standing *standing =
                    standing_of(&layout->input->by_group[group], i);
                struct la_estimate free_hit;
                char title[LA_LABEL_SIZE], hit[32], kept[32];

                if (layout->panel[group] != panel || !standing || isnan(standing->allocate_hit))
                    continue;
                la_estimate_counter(layout->input->by_group[group].scope, LA_FREE_HIT, i, -1,
                                    layout->input->resampling, &free_hit);
                fprintf(stream, "%zu\t%s\t%zu\t%s\t%u\t%s\t%s\n", panel,
                        la_group_title(run, group, false, title, sizeof title), ++row,
                        run->contenders[i], run->groups[group].threads,
                        figure(standing->allocate_hit, hit, sizeof hit),
                        figure(free_hit.point, kept, sizeof kept));
            }
        }
    }
}

static struct la_plot *add_plot(struct la_plots *plots, const char *name, const char *caption)
{
    struct la_plot *plot = &plots->plots[plots->nr_plots++];

    snprintf(plot->name, sizeof plot->name, "%s", name);
    snprintf(plot->script, sizeof plot->script, "%s", name);
    snprintf(plot->caption, sizeof plot->caption, "%s", caption);
    return plot;
}

static FILE *create(const char *to, const char *name, const char *header, struct la_why *why)
{
    char path[4096];
    FILE *stream;

    snprintf(path, sizeof path, "%s/%s.tsv", to, name);
    stream = fopen(path, "w");
    if (!stream)
        snprintf(why->line, sizeof why->line, "cannot write %.500s: %s", path, strerror(errno));
    else
        fprintf(stream, "%s\n", header);
    return stream;
}

/* Disk full shows here. */
static int finish(FILE *stream, const char *name, struct la_why *why)
{
    const bool failed = ferror(stream);

    if (fclose(stream) == 0 && !failed)
        return 0;
    snprintf(why->line, sizeof why->line, "cannot write %s.tsv: %s", name, strerror(errno));
    return -1;
}

static int write_file(const struct layout *layout, write_row_fn *write, struct la_plot *plot,
                      const char *header, const char *to, struct la_why *why)
{
    FILE *stream = create(to, plot->name, header, why);

    long empty;

    if (!stream)
        return -1;
    empty = ftell(stream);
    write_rows(layout, write, stream);
    if (ftell(stream) == empty)
        snprintf(plot->absent, sizeof plot->absent, "no block was accepted");
    return finish(stream, plot->name, why);
}

static int write_hit_file(const struct layout *layout, struct la_plots *plots, const char *to,
                          struct la_why *why)
{
    struct la_plot *plot =
        add_plot(plots, "hit", "How often the list served an allocation and kept a free.");
    FILE *stream =
        create(to, plot->name, "panel\ttitle\trow\tcontender\tthreads\talloc_hit\tfree_hit", why);
    long empty;

    if (!stream)
        return -1;
    empty = ftell(stream);
    write_hits(layout, stream);
    if (ftell(stream) == empty)
        snprintf(plot->absent, sizeof plot->absent, "no accepted block of a list");
    return finish(stream, plot->name, why);
}

/* What reading the clock takes, divided by the operations that one reading is for. */
static void clock_share(const struct la_run *run, char *text, size_t size)
{
    const char *floor = la_run_context(run, "timer_floor_ns");
    const char *operations = la_run_context(run, "sample_operations");
    const double divisor = operations ? strtod(operations, NULL) : 0;

    figure(floor && divisor > 0 ? strtod(floor, NULL) / divisor : NAN, text, size);
}

/* The rows of latency.tsv that are percentiles of a drawn cell. */
static int copy_percentiles(const struct layout *layout, struct la_tsv *tsv, FILE *stream,
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
            !has_most_threads(layout, (size_t)group) || !(ns > 0))
            continue;
        write_start(layout, (size_t)group, (size_t)index, stream);
        fprintf(stream, "\t%s\t%s\t%s\n", figure(percentile, text[0], sizeof text[0]),
                figure(ns, text[1], sizeof text[1]), floor);
        ++*nr_rows;
    }
    return more;
}

static int write_latency_file(const struct layout *layout, struct la_plots *plots, const char *to,
                              struct la_why *why)
{
    static const char *const columns[] = {"cell", "kind", "key", "value"};
    struct la_plot *plot =
        add_plot(plots, "latency", "Percentiles of sampled operations, at the most threads.");
    struct la_tsv tsv;
    FILE *stream;
    size_t nr_rows = 0;
    int result = la_tsv_open(&tsv, layout->input->dir, "latency.tsv", columns, 4, why);

    if (result < 0)
        return -1;
    if (result == 0) {
        snprintf(plot->absent, sizeof plot->absent, "there is no latency.tsv in this run");
        return 0;
    }
    stream = create(to, plot->name, "panel\ttitle\tcontender\tname\tpercentile\tns\tclock_ns", why);
    result = stream ? copy_percentiles(layout, &tsv, stream, &nr_rows, why) : -1;
    la_tsv_close(&tsv);
    if (!nr_rows)
        snprintf(plot->absent, sizeof plot->absent, "latency.tsv holds no percentile");
    if (stream && finish(stream, plot->name, why))
        result = -1;
    return result;
}

static int write_all(const struct layout *layout, const char *to, struct la_plots *plots,
                     struct la_why *why)
{
    struct la_plot *plot =
        add_plot(plots, "throughput", "Operations per second of all threads, with 95 % intervals.");

    if (write_file(layout, write_throughput, plot,
                   "panel\ttitle\tcontender\tname\tthreads\tplace\tmops\tlow\thigh", to, why))
        return -1;
    plot = add_plot(plots, "cost", "What one operation costs its thread, from the floor on.");
    if (write_file(layout, write_cost, plot,
                   "panel\ttitle\tcontender\tname\tslot\tthreads\tns\tlow\thigh\tfloor_ns", to,
                   why))
        return -1;
    if (write_hit_file(layout, plots, to, why) || write_latency_file(layout, plots, to, why))
        return -1;
    plot = add_plot(plots, "memory", "Throughput and memory kept, at the most threads.");
    if (write_file(layout, write_memory, plot,
                   "panel\ttitle\tcontender\tname\tkept_kib\tmops\tlow\thigh", to, why))
        return -1;
    return la_adapt_data_write(layout->input->dir, to, plots, why);
}

int la_plot_data_write(const struct la_plot_input *input, const char *to, struct la_plots *plots,
                       struct la_why *why)
{
    struct layout layout;
    int result;

    memset(plots, 0, sizeof *plots);
    lay_out(&layout, input);
    result = write_all(&layout, to, plots, why);
    free_layout(&layout);
    return result;
}
