/* SPDX-License-Identifier: MIT */
/*
 * report_cells.c: a table for each group of cells.
 */
#include "report_section.h"

#include <math.h>
#include <string.h>

#include "adoption.h"
#include "scopes.h"

/* The median over usable blocks; NaN if the counter is nowhere. */
static double median_of(const struct la_report *report, const struct la_choice *choice,
                        enum la_counter counter, size_t contender)
{
    struct la_estimate estimate;

    la_estimate_counter(choice->scope, counter, contender, -1,
                        &report->answers->settings->resampling, &estimate);
    return estimate.point;
}

static const char *with_interval(const struct la_estimate *estimate, char *text, size_t size)
{
    char point[32], low[32], high[32];

    la_report_nanoseconds(estimate->point, point, sizeof point);
    if (isnan(estimate->low))
        snprintf(text, size, "%.16s", point);
    else
        snprintf(text, size, "%.16s [%.16s, %.16s]", point,
                 la_report_nanoseconds(estimate->low, low, sizeof low),
                 la_report_nanoseconds(estimate->high, high, sizeof high));
    return text;
}

static void write_cell(const struct la_report *report, const struct la_choice *choice,
                       const struct la_standing *standing, FILE *stream)
{
    const char *name = choice->scope->run->contenders[standing->contender];
    const bool is_base = strcmp(name, LA_BASELINE) == 0;
    const size_t contender = standing->contender;
    char text[8][64];

    fprintf(stream, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", name,
            is_base ? "1 (baseline)" : la_ratio_text(&standing->ratio, text[0], sizeof text[0]),
            is_base ? "" : la_verdict_name(standing->judgement.verdict),
            with_interval(&standing->cost, text[1], sizeof text[1]),
            la_report_nanoseconds(standing->net.point, text[2], sizeof text[2]),
            la_report_figure(100 * standing->allocate_hit, 2, text[3], sizeof text[3]),
            la_report_figure(100 * median_of(report, choice, LA_FREE_HIT, contender), 2, text[4],
                             sizeof text[4]),
            la_bytes_text(standing->kept_bytes, text[5], sizeof text[5]),
            la_report_nanoseconds(median_of(report, choice, LA_P99_NS, contender), text[6],
                                  sizeof text[6]),
            la_report_figure(median_of(report, choice, LA_SHARE_MIN, contender), 2, text[7],
                             sizeof text[7]));
}

static void write_group(const struct la_report *report, size_t group, FILE *stream)
{
    const struct la_choice *choice = &report->by_group[group];
    char label[LA_LABEL_SIZE], percent[32], floor[32];

    fprintf(stream, "### %s\n\n%zu of %zu blocks rejected; A/A %s; floor %s ns.\n\n",
            la_group_label(&report->answers->run->groups[group], label, sizeof label),
            choice->nr_rejected, choice->nr_seen, la_report_noise(choice, percent, sizeof percent),
            la_report_nanoseconds(choice->floor.point, floor, sizeof floor));
    if (choice->nr_ranked == 0) {
        fputs("No block was accepted.\n\n", stream);
        return;
    }
    fputs(
        "| contender | ratio | verdict | ns per operation | net | allocate hits % | free hits % | "
        "kept | p99 ns | slowest thread |\n|---|---|---|---|---|---|---|---|---|---|\n",
        stream);
    for (size_t i = 0; i < choice->nr_ranked; i++)
        write_cell(report, choice, &choice->standings[i], stream);
    fputc('\n', stream);
}

static void write(const struct la_report *report, FILE *stream)
{
    fputs(
        "One table for each group of cells, best first. *Slowest thread*: its operations over the "
        "fair share. Verdicts here are corrected for the number of all cells.\n\n",
        stream);
    for (size_t i = 0; i < report->answers->run->nr_groups; i++)
        write_group(report, i, stream);
}

const struct la_report_section la_report_cells = {
    .heading = "Cells",
    .write = write,
};
