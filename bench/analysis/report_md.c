/* SPDX-License-Identifier: MIT */
/*
 * report_md.c: see report_md.h. The choice stands first, what it rests on behind it, and the
 * machine and the caveats last, in the order in which a reader needs them.
 */
#include "report_md.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "adoption.h"

const char *la_report_title(const struct la_report *report, char *text, size_t size)
{
    const json_t *host = json_object_get(report->manifest, "host");
    const char *name = json_string_value(json_object_get(host, "name"));

    if (name && la_is_word(name))
        snprintf(text, size, "Lookaside lists on %s", name);
    else
        snprintf(text, size, "Lookaside lists");
    return text;
}

static void write_head(const struct la_report *report, FILE *stream)
{
    const struct la_run *run = report->answers->run;
    const json_t *tool = json_object_get(report->manifest, "tool");
    const char *started = json_string_value(json_object_get(report->manifest, "started_utc"));
    const char *suite = la_run_context(run, "suite");
    const char *version = json_string_value(json_object_get(tool, "describe"));
    char title[256];

    fprintf(stream, "# %s\n\n", la_report_title(report, title, sizeof title));
    fprintf(stream, "%s%s%s%zu groups of cells, %zu contenders, up to %zu blocks",
            started ? "Measured " : "", started ? started : "", started ? "; " : "", run->nr_groups,
            run->nr_contenders, run->nr_blocks);
    if (suite)
        fprintf(stream, "; suite %s", suite);
    if (version)
        fprintf(stream, "; lookaside %s", version);
    fputs(".\n\n", stream);
}

/* What plain malloc against itself shows in this scope. */
static const char *noise(const struct la_choice *choice, char *text, size_t size)
{
    char percent[32];

    if (isnan(choice->half_width))
        snprintf(text, size, "not known");
    else
        snprintf(text, size, "±%s", la_percent_text(choice->half_width, percent, sizeof percent));
    return text;
}

static void write_answer_row(const struct la_choice *choice, FILE *stream)
{
    const struct la_standing *leader = la_choice_leader(choice);
    char outcome[LA_ADVICE_SIZE], ratio[64] = "n/a", percent[32], bytes[32] = "n/a";

    if (leader) {
        la_ratio_text(&leader->ratio, ratio, sizeof ratio);
        la_bytes_text(leader->kept_bytes, bytes, sizeof bytes);
    }
    fprintf(stream, "| %s | %s | %s | %s | %s | %zu of %zu | %s |\n", choice->scope->name, ratio,
            leader ? la_verdict_name(leader->judgement.verdict) : "undecided", bytes,
            noise(choice, percent, sizeof percent), choice->nr_rejected, choice->nr_seen,
            la_outcome(choice, outcome, sizeof outcome));
}

static void write_choice(const struct la_report *report, FILE *stream)
{
    const struct la_answers *answers = report->answers;
    const size_t nr = answers->scopes->nr_scopes;
    struct la_adoption adoption;
    char label[LA_LABEL_SIZE];

    la_adoption_from(&answers->choices[nr - 1], &adoption);
    fprintf(stream, "## The choice\n\n> %s\n\n", adoption.advice);
    if (adoption.nr_lines)
        fputs("```c\n", stream);
    for (size_t i = 0; i < adoption.nr_lines; i++)
        fprintf(stream, "%s\n", adoption.code[i]);
    if (adoption.nr_lines)
        fputs("```\n\n", stream);
    fputs("| workload | leader's ratio | its verdict | kept | A/A | rejected | outcome "
          "|\n|---|---|---|---|---|---|---|\n",
          stream);
    for (size_t i = 0; i < nr; i++)
        write_answer_row(&answers->choices[i], stream);
    fputc('\n', stream);
    for (size_t i = 0; i < answers->scopes->nr_left_out; i++)
        fprintf(stream, "Left out, with fewer than %d usable blocks: %s.\n\n", LA_MIN_BLOCKS,
                la_group_label(&answers->run->groups[answers->scopes->left_out[i]], label,
                               sizeof label));
}

static void write_how_to_read(FILE *stream)
{
    fputs(
        "## How to read\n\n"
        "- **Ratio**: operations per second over those of `" LA_BASELINE "` in the same block. "
        "Above 1 is faster. The brackets hold its 95 % interval, by resampling blocks.\n"
        "- **Verdict**: *better* and *worse* are said only beyond the difference that plain malloc "
        "shows against itself in this run (A/A), and after a correction for the number of "
        "comparisons. *same* means proven to lie within 3 % of 1 (or within A/A, up to 10 %). "
        "Everything else is *undecided*, which is not the same as equal.\n"
        "- **To best malloc**: the ratio to the fastest plain malloc of that row's cells; better "
        "means better than each plain malloc.\n"
        "- **Net**: nanoseconds without what the harness itself costs (the floor); n/a where the "
        "floor is most of the figure.\n"
        "- **Kept**: the most bytes that the list was seen to hold. What a malloc keeps for itself "
        "cannot be seen from outside: n/a.\n"
        "- Contenders are strategy+allocator: `percpu+glibc` is a lookaside list of strategy "
        "percpu "
        "with glibc behind it; `malloc+jemalloc` is jemalloc without a list.\n\n",
        stream);
}

static void write_ranking_row(const struct la_choice *choice, const struct la_standing *standing,
                              FILE *stream)
{
    const char *name = choice->scope->run->contenders[standing->contender];
    const bool is_base = strcmp(name, LA_BASELINE) == 0;
    char ratio[64], bytes[32], best[64];

    snprintf(best, sizeof best, "%.2f, %s", exp(standing->to_best.point),
             la_verdict_name(standing->best_judgement.verdict));
    fprintf(stream, "| %s%s | %s | %s | %s | %s |\n", name,
            standing->tied ? " (tied with the first)" : "",
            is_base ? "1 (baseline)" : la_ratio_text(&standing->ratio, ratio, sizeof ratio),
            is_base ? "" : la_verdict_name(standing->judgement.verdict),
            choice->best_plain == (int)standing->contender ? "the best malloc" : best,
            la_bytes_text(standing->kept_bytes, bytes, sizeof bytes));
}

static void write_ranking(const struct la_report *report, FILE *stream)
{
    const struct la_choice *choice =
        &report->answers->choices[report->answers->scopes->nr_scopes - 1];

    fprintf(stream,
            "## Ranking\n\nGeometric mean over %zu group%s of cells, each workload with the same "
            "weight.\n\n",
            choice->scope->nr_groups, choice->scope->nr_groups == 1 ? "" : "s");
    fputs("| contender | ratio | verdict | to best malloc | kept at most |\n"
          "|---|---|---|---|---|\n",
          stream);
    for (size_t i = 0; i < choice->nr_ranked; i++)
        write_ranking_row(choice, &choice->standings[i], stream);
    fputc('\n', stream);
    for (size_t i = choice->nr_ranked; i < choice->nr_standings; i++)
        fprintf(stream, "Not ranked, with no usable block in some cell: %s.\n\n",
                choice->scope->run->contenders[choice->standings[i].contender]);
}

static void write_plots(const struct la_report *report, FILE *stream)
{
    fputs("## Plots\n\n", stream);
    for (size_t i = 0; i < report->plots->nr_plots; i++) {
        const struct la_plot *plot = &report->plots->plots[i];

        if (*plot->absent)
            fprintf(stream, "*No plot of %s: %s.*\n\n", plot->script, plot->absent);
        else
            fprintf(stream, "![%s](plots/%s.svg)\n\n", plot->caption, plot->name);
    }
}

/* The median over usable blocks; NaN if the counter is nowhere. */
static double median_of(const struct la_report *report, const struct la_choice *choice,
                        enum la_counter counter, size_t contender)
{
    struct la_estimate estimate;

    la_estimate_counter(choice->scope, counter, contender, -1,
                        &report->answers->settings->resampling, &estimate);
    return estimate.point;
}

static const char *figure(double value, int nr_decimals, char *text, size_t size)
{
    if (isnan(value))
        snprintf(text, size, "n/a");
    else
        snprintf(text, size, "%.*f", nr_decimals, value);
    return text;
}

static const char *nanoseconds(double value, char *text, size_t size)
{
    return figure(value, fabs(value) < 10 ? 2 : fabs(value) < 100 ? 1 : 0, text, size);
}

static const char *with_interval(const struct la_estimate *estimate, char *text, size_t size)
{
    char point[32], low[32], high[32];

    nanoseconds(estimate->point, point, sizeof point);
    if (isnan(estimate->low))
        snprintf(text, size, "%.16s", point);
    else
        snprintf(text, size, "%.16s [%.16s, %.16s]", point,
                 nanoseconds(estimate->low, low, sizeof low),
                 nanoseconds(estimate->high, high, sizeof high));
    return text;
}

static void write_cell(const struct la_report *report, const struct la_choice *choice,
                       const struct la_standing *standing, FILE *stream)
{
    const char *name = choice->scope->run->contenders[standing->contender];
    const bool is_base = strcmp(name, LA_BASELINE) == 0;
    const size_t contender = standing->contender;
    char text[8][64];

    fprintf(
        stream, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", name,
        is_base ? "1 (baseline)" : la_ratio_text(&standing->ratio, text[0], sizeof text[0]),
        is_base ? "" : la_verdict_name(standing->judgement.verdict),
        with_interval(&standing->cost, text[1], sizeof text[1]),
        nanoseconds(standing->net.point, text[2], sizeof text[2]),
        figure(100 * standing->allocate_hit, 2, text[3], sizeof text[3]),
        figure(100 * median_of(report, choice, LA_FREE_HIT, contender), 2, text[4], sizeof text[4]),
        la_bytes_text(standing->kept_bytes, text[5], sizeof text[5]),
        nanoseconds(median_of(report, choice, LA_P99_NS, contender), text[6], sizeof text[6]),
        figure(median_of(report, choice, LA_SHARE_MIN, contender), 2, text[7], sizeof text[7]));
}

static void write_group(const struct la_report *report, size_t group, FILE *stream)
{
    const struct la_choice *choice = &report->by_group[group];
    char label[LA_LABEL_SIZE], percent[32], floor[32];

    fprintf(stream, "### %s\n\n%zu of %zu blocks rejected; A/A %s; floor %s ns.\n\n",
            la_group_label(&report->answers->run->groups[group], label, sizeof label),
            choice->nr_rejected, choice->nr_seen, noise(choice, percent, sizeof percent),
            nanoseconds(choice->floor.point, floor, sizeof floor));
    fputs(
        "| contender | ratio | verdict | ns per operation | net | allocate hits % | free hits % | "
        "kept | p99 ns | slowest thread |\n|---|---|---|---|---|---|---|---|---|---|\n",
        stream);
    for (size_t i = 0; i < choice->nr_ranked; i++)
        write_cell(report, choice, &choice->standings[i], stream);
    fputc('\n', stream);
}

static void write_groups(const struct la_report *report, FILE *stream)
{
    fputs(
        "## Cells\n\n"
        "One table for each group of cells, best first. *Slowest thread*: its operations over the "
        "fair share. Verdicts here are corrected for the number of all cells.\n\n",
        stream);
    for (size_t i = 0; i < report->answers->run->nr_groups; i++)
        write_group(report, i, stream);
}

void la_report_md_write(const struct la_report *report, FILE *stream)
{
    write_head(report, stream);
    write_choice(report, stream);
    write_how_to_read(stream);
    write_ranking(report, stream);
    write_plots(report, stream);
    write_groups(report, stream);
    la_report_machine(report, stream);
    la_report_caveats(report, stream);
    la_report_reproduce(report, stream);
}
