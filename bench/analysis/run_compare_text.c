/* SPDX-License-Identifier: MIT */
/*
 * run_compare_text.c: a comparison of two runs for people: what is proven first, worst at the top;
 * what is the same is counted, and what only one run has is named.
 */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "adoption.h"
#include "run_compare.h"
#include "sample_size.h"

enum { FEW = 10 }; /* undecided lines shown without being asked for */

static const char *const side_names[LA_NR_RUN_SIDES] = {[LA_BASE] = "BASE", [LA_NEW] = "NEW"};

const char *la_run_cell_text(const struct la_run *run, size_t group, size_t contender, char *text,
                             size_t size)
{
    const struct la_run_group *of = &run->groups[group];

    snprintf(text, size, "%s/%s, %llu B, depth %s, %s, %u thread%s", of->workload,
             run->contenders[contender], (unsigned long long)of->size_bytes, of->depth,
             of->placement, of->threads, of->threads == 1 ? "" : "s");
    return text;
}

static bool is_share(const struct la_run_line *line)
{
    return line->measure->kind == LA_MEASURE_SHARE;
}

static const char *change_text(const struct la_run_line *line, char *text, size_t size)
{
    const struct la_estimate *change = &line->change;

    if (!is_share(line))
        return la_ratio_text(change, text, size);
    if (isnan(change->low))
        snprintf(text, size, "%+.2f points", 100 * change->point);
    else
        snprintf(text, size, "%+.2f [%+.2f, %+.2f] points", 100 * change->point, 100 * change->low,
                 100 * change->high);
    return text;
}

static const char *apart_text(const struct la_run_line *line, char *text, size_t size)
{
    const double apart = la_apart_at_most(&line->change);

    if (isnan(apart))
        snprintf(text, size, "?");
    else if (is_share(line))
        snprintf(text, size, "%.2f points", 100 * apart);
    else
        la_percent_text(apart, text, size);
    return text;
}

static void print_figure(double value, FILE *stream)
{
    const double size = fabs(value);

    fprintf(stream, size >= 1000 ? "%.0f" : size >= 100 ? "%.1f" : "%.2f", value);
}

/* More than ten times apart or as much less: that is not to know. */
#define LOOSE log(10)

static void print_open(const struct la_run_line *line, FILE *stream)
{
    char apart[48];

    fprintf(stream, "           %s", la_reason_text(line->judgement.reason));
    if (!(la_apart_at_most(&line->change) > LOOSE))
        fprintf(stream, "; no more than %s apart", apart_text(line, apart, sizeof apart));
    fputc('\n', stream);
}

static void print_line(const struct la_run_compare *result, const struct la_run_line *line,
                       FILE *stream)
{
    char change[96], cell[LA_LABEL_SIZE + LA_NAME_SIZE];

    fprintf(stream, "%-9s  %-31s %-12s ", la_verdict_name(line->judgement.verdict),
            change_text(line, change, sizeof change), la_counter_name(line->measure->counter));
    print_figure(line->median[LA_BASE], stream);
    fputs(" -> ", stream);
    print_figure(line->median[LA_NEW], stream);
    fprintf(stream, " %s\n           %s\n", line->measure->unit,
            la_run_cell_text(result->runs[LA_BASE], line->group[LA_BASE], line->contender[LA_BASE],
                             cell, sizeof cell));
    if (line->judgement.verdict == LA_UNDECIDED)
        print_open(line, stream);
}

static void print_lines(const struct la_run_compare *result, bool all, FILE *stream)
{
    size_t nr_undecided = 0, nr_hidden = 0;

    for (size_t i = 0; i < result->nr_lines; i++) {
        const struct la_run_line *line = &result->lines[i];
        const bool open = line->judgement.verdict == LA_UNDECIDED;

        nr_undecided += open;
        if (!all && ((open && nr_undecided > FEW) || line->judgement.verdict == LA_SAME))
            nr_hidden++;
        else
            print_line(result, line, stream);
    }
    if (nr_hidden)
        fprintf(stream, "%zu more undecided or the same: --all shows them\n", nr_hidden);
}

static void print_lone(const struct la_run_compare *result, FILE *stream)
{
    char cell[LA_LABEL_SIZE + LA_NAME_SIZE];

    for (size_t i = 0; i < result->nr_lone; i++) {
        const struct la_lone_cell *lone = &result->lone[i];

        fprintf(stream, "only in %-4s  %s\n", side_names[lone->side],
                la_run_cell_text(result->runs[lone->side], lone->group, lone->contender, cell,
                                 sizeof cell));
    }
}

static void note_drift(const char *prefix, const char *what, double low, double high, FILE *stream)
{
    if (!isnan(low))
        fprintf(stream, "%s%s is %.2f to %.2f times as fast in NEW as in BASE, by group\n", prefix,
                what, low, high);
}

static void note_process(const struct la_run_compare *result, const char *prefix, FILE *stream)
{
    if (result->nr_one_process)
        fprintf(stream,
                "%s%zu of %zu values are of one process in a run: what differs between processes "
                "may pass for a change\n",
                prefix, result->nr_one_process, result->nr_lines);
}

static void note_parts(const struct la_run_compare *result, const char *prefix, FILE *stream)
{
    for (enum la_run_part part = 0; part < LA_NR_PARTS; part++) {
        const bool base = result->runs[LA_BASE]->has[part], now = result->runs[LA_NEW]->has[part];

        if (base != now)
            fprintf(stream, "%s%s has no %s with single blocks: not compared\n", prefix,
                    side_names[base ? LA_NEW : LA_BASE], la_part_file(part));
    }
}

static const char *trust(const json_t *manifest)
{
    const json_t *noise = json_object_get(json_object_get(manifest, "noise"), "bench");
    const json_t *found = json_object_get(json_object_get(noise, "trust"), "verdict");
    const char *text = json_string_value(found);

    return text && (strcmp(text, "doubtful") == 0 || strcmp(text, "unusable") == 0) ? text : NULL;
}

static void note_settings(const struct la_run_compare *result, const char *key, const char *prefix,
                          FILE *stream)
{
    const char *base = la_run_context(result->runs[LA_BASE], key);
    const char *now = la_run_context(result->runs[LA_NEW], key);

    if (base && now && strcmp(base, now) != 0 && la_is_word(base) && la_is_word(now))
        fprintf(stream, "%s%s differs: %.40s in BASE, %.40s in NEW\n", prefix, key, base, now);
}

void la_run_compare_notes(const struct la_run_compare *result,
                          const struct la_run_compare_files *files, const char *prefix,
                          FILE *stream)
{
    if (*files->machines)
        fprintf(stream,
                "%sdifferent machines (%s): only ratios to plain malloc, hits and entries are "
                "compared, and these depend on the machine too\n",
                prefix, files->machines);
    for (enum la_side side = 0; side < LA_NR_RUN_SIDES; side++) {
        const char *complete = la_run_context(result->runs[side], "complete");

        if (trust(files->manifests[side]))
            fprintf(stream, "%s%s says of itself that it is %s\n", prefix, side_names[side],
                    trust(files->manifests[side]));
        if (complete && strcmp(complete, "true") != 0)
            fprintf(stream, "%s%s is not complete\n", prefix, side_names[side]);
    }
    note_parts(result, prefix, stream);
    note_process(result, prefix, stream);
    note_settings(result, "window_ns", prefix, stream);
    note_settings(result, "warmup_ns", prefix, stream);
    note_drift(prefix, "plain malloc", result->drift_low, result->drift_high, stream);
    note_drift(prefix, "the floor", result->floor_low, result->floor_high, stream);
    if (result->nr_half)
        fprintf(stream, "%s%zu values are in one of the runs only, of cells that are in both\n",
                prefix, result->nr_half);
    if (result->nr_bounded)
        fprintf(
            stream,
            "%s%zu times are lower bounds in both runs, of overloaded cells, and are left out\n",
            prefix, result->nr_bounded);
    if (result->nr_no_ratio)
        fprintf(
            stream,
            "%s%zu values have no ratio and are left out: resident bytes that did not grow, times "
            "without plain malloc's\n",
            prefix, result->nr_no_ratio);
}

/* Nothing that ends a line or steers a terminal: it comes from a file. */
static bool is_plain(const char *text)
{
    while (isprint((unsigned char)*text))
        text++;
    return !*text;
}

static const char *describe(const json_t *manifest)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(manifest, "tool"), "describe"));

    return text && is_plain(text) ? text : "unknown version";
}

static void print_head(const struct la_run_compare *result,
                       const struct la_run_compare_files *files, FILE *stream)
{
    for (enum la_side side = 0; side < LA_NR_RUN_SIDES; side++)
        fprintf(stream, "%-4s %s (%.60s)\n", side_names[side], files->dirs[side],
                describe(files->manifests[side]));
    fprintf(stream,
            "\nHow to read: above 1 (points: above 0) NEW is better: faster, later percentiles "
            "shorter, less\nheld, with the %.0f %% interval; then the medians. %s\n"
            "worse, better: beyond %.3g %% and beyond what any malloc shows between the runs; "
            "same: within\n%.3g %%. Of all these verdicts no more than %.0f %% are expected to be "
            "false.\n\n",
            100 * result->settings->resampling.level,
            result->settings->absolute ? "Times are compared as they are."
                                       : "Times are compared as ratios to plain malloc.",
            100 * result->settings->margin, 100 * result->settings->margin,
            100 * LA_FALSE_DISCOVERY_RATE);
}

static void print_summary(const struct la_run_compare *result, FILE *stream)
{
    char percent[48];

    fprintf(stream,
            "%zu worse, %zu better, %zu the same within %.3g %%, %zu undecided: %zu values "
            "of %zu cells",
            result->nr_verdicts[LA_WORSE], result->nr_verdicts[LA_BETTER],
            result->nr_verdicts[LA_SAME], 100 * result->settings->margin,
            result->nr_verdicts[LA_UNDECIDED], result->nr_lines, result->nr_cells);
    if (result->nr_lone)
        fprintf(stream, "; %zu cells in one run only", result->nr_lone);
    fputc('\n', stream);
    if (!isnan(result->detectable))
        fprintf(stream, "found four times in five: a throughput that differs by %s\n",
                la_percent_text(result->detectable, percent, sizeof percent));
}

void la_run_compare_text(const struct la_run_compare *result,
                         const struct la_run_compare_files *files, bool all, FILE *stream)
{
    print_head(result, files, stream);
    print_lines(result, all, stream);
    print_lone(result, stream);
    fputc('\n', stream);
    la_run_compare_notes(result, files, "note: ", stream);
    print_summary(result, stream);
    if (files->agreement)
        la_agreement_text(files->agreement, stream);
}
