/* SPDX-License-Identifier: MIT */
/*
 * report_adaptation.c: what each depth policy cost in hits and in memory while demand moved.
 */
#include <stdlib.h>
#include <string.h>

#include "adaptation.h"
#include "memory.h"
#include "report_section.h"

static bool available(const struct la_report *report)
{
    struct la_adaptation adaptation;
    struct la_why why;

    if (la_adaptation_load(&adaptation, report->dir, &why) <= 0)
        return false;
    la_adaptation_unload(&adaptation);
    return true;
}

static bool same_figures(const struct la_adaptation_line *a, const struct la_adaptation_line *b)
{
    char left[64], right[64];

    for (int figure = 0; figure < LA_ADAPTATION_NR_FIGURES; figure++) {
        la_adaptation_text(a, (enum la_adaptation_figure)figure, true, left, sizeof left);
        la_adaptation_text(b, (enum la_adaptation_figure)figure, true, right, sizeof right);
        if (strcmp(left, right) != 0)
            return false;
    }
    return true;
}

/* The names of all strategies whose list did the same: for one thread every strategy is one list.
 * Marks them as written. */
static void write_strategies(const struct la_adaptation *adaptation, size_t first, bool *written,
                             FILE *stream)
{
    const struct la_adaptation_line *line = &adaptation->lines[first];

    for (size_t i = first; i < adaptation->nr_lines; i++) {
        const struct la_adaptation_line *other = &adaptation->lines[i];

        if (written[i] || strcmp(line->profile, other->profile) != 0 ||
            strcmp(line->policy, other->policy) != 0 || !same_figures(line, other))
            continue;
        fprintf(stream, "%s%s", i > first ? ", " : "", other->strategy);
        written[i] = true;
    }
}

static void write_head(const char *profile, FILE *stream)
{
    char text[64];

    fprintf(stream, "### %s\n\n| policy | strategies |", profile);
    for (int figure = 0; figure < LA_ADAPTATION_NR_FIGURES; figure++)
        fprintf(stream, " %s |",
                la_adaptation_head((enum la_adaptation_figure)figure, text, sizeof text));
    fputs("\n|---|---|", stream);
    for (int figure = 0; figure < LA_ADAPTATION_NR_FIGURES; figure++)
        fputs("---|", stream);
    fputc('\n', stream);
}

static void write_profile(const struct la_adaptation *adaptation, size_t first, bool *written,
                          FILE *stream)
{
    const char *profile = adaptation->lines[first].profile;
    char text[64];

    write_head(profile, stream);
    for (size_t i = first; i < adaptation->nr_lines; i++) {
        const struct la_adaptation_line *line = &adaptation->lines[i];

        if (written[i] || strcmp(line->profile, profile) != 0)
            continue;
        fprintf(stream, "| %s | ", line->policy);
        write_strategies(adaptation, i, written, stream);
        for (int figure = 0; figure < LA_ADAPTATION_NR_FIGURES; figure++)
            fprintf(stream, " | %s",
                    la_adaptation_text(line, (enum la_adaptation_figure)figure, true, text,
                                       sizeof text));
        fputs(" |\n", stream);
    }
    fputc('\n', stream);
}

static void write(const struct la_report *report, FILE *stream)
{
    struct la_adaptation adaptation;
    struct la_why why;
    bool *written;

    if (la_adaptation_load(&adaptation, report->dir, &why) <= 0)
        return;
    fputs(
        "What each depth policy cost in hits and kept in memory while one thread's demand moved, "
        "medians over runs with chance in the demand, with 95 % intervals. *Hits lost* are misses "
        "beyond those of a list that is as deep as the largest burst from the start, for each "
        "1000 allocations; *wanted* is what the largest burst of each second takes; *to 95 %* is "
        "the time from the top of the demand until the hit ratio is at 95 % of its steady "
        "value.\n\n",
        stream);
    la_report_plots_named(report, "adaptation", stream);
    written = la_new_array(adaptation.nr_lines, sizeof *written);
    for (size_t i = 0; i < adaptation.nr_lines; i++) {
        if (!written[i])
            write_profile(&adaptation, i, written, stream);
    }
    free(written);
    la_adaptation_unload(&adaptation);
}

const struct la_report_section la_report_adaptation = {
    .heading = "Depth adaptation",
    .available = available,
    .write = write,
};
