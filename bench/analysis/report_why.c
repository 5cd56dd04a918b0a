/* SPDX-License-Identifier: MIT */
/*
 * report_why.c: what the choice rests on, in a few lines and one plot: how far ahead, of whom,
 * where not, and how sure that is.
 */
#include "report_section.h"

#include <math.h>
#include <string.h>

#include "adoption.h"

static const struct la_choice *overall(const struct la_report *report)
{
    return &report->answers->choices[report->answers->scopes->nr_scopes - 1];
}

static bool available(const struct la_report *report)
{
    return la_choice_leader(overall(report)) != NULL;
}

static void write_lead(const struct la_choice *choice, const struct la_standing *leader,
                       FILE *stream)
{
    const struct la_run *run = choice->scope->run;
    const bool is_best = choice->best_plain == (int)leader->contender;
    char text[64];

    fprintf(stream, "- **By how much**: %s leads with %s times the throughput of plain malloc (%s)",
            run->contenders[leader->contender], la_ratio_text(&leader->ratio, text, sizeof text),
            la_verdict_name(leader->judgement.verdict));
    if (is_best)
        fputs("; it is itself the best malloc", stream);
    else if (choice->best_plain >= 0)
        fprintf(stream, ", and with %s times that of the best malloc, %s (%s)",
                la_ratio_text(&leader->to_best, text, sizeof text),
                run->contenders[choice->best_plain],
                la_verdict_name(leader->best_judgement.verdict));
    fputs(".\n", stream);
}

/* "; worse in mstress, phase" of the workloads that have the verdict, if there are any. */
static void write_those(const struct la_report *report, size_t nr, size_t contender,
                        enum la_verdict verdict, FILE *stream)
{
    size_t nr_named = 0;

    for (size_t i = 0; i < nr; i++) {
        const struct la_choice *choice = &report->answers->choices[i];

        if (la_report_verdict(choice, contender) != verdict)
            continue;
        if (nr_named++)
            fprintf(stream, ", %s", choice->scope->name);
        else
            fprintf(stream, "; %s in %s", la_verdict_name(verdict), choice->scope->name);
    }
}

/* The leader's verdict against plain malloc in each workload, counted; those that are not better
 * are named. */
static void write_workloads(const struct la_report *report, size_t contender, FILE *stream)
{
    static const enum la_verdict others[] = {LA_WORSE, LA_SAME, LA_UNDECIDED};
    const struct la_scopes *scopes = report->answers->scopes;
    const size_t nr = scopes->nr_scopes - scopes->has_overall;
    size_t nr_better = 0;

    if (!scopes->has_overall)
        return;
    for (size_t i = 0; i < nr; i++)
        nr_better += la_report_verdict(&report->answers->choices[i], contender) == LA_BETTER;
    fprintf(stream, "- **Where**: better than plain malloc in %zu of %zu workloads", nr_better, nr);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        write_those(report, nr, contender, others[i], stream);
    fputs(".\n", stream);
}

static void write_certainty(const struct la_report *report, FILE *stream)
{
    const struct la_choice *choice = overall(report);
    char percent[32];

    fprintf(stream, "- **How sure**: %.0f %% intervals from blocks in which all contenders ran; ",
            100 * report->answers->settings->resampling.level);
    if (isnan(choice->half_width))
        fputs("what plain malloc differs from itself by is not known, so nothing can be claimed; ",
              stream);
    else
        fprintf(stream,
                "plain malloc differs from itself by up to %s, and nothing smaller is claimed; ",
                la_percent_text(choice->half_width, percent, sizeof percent));
    fprintf(stream, "%zu of %zu blocks were rejected.\n\n", choice->nr_rejected, choice->nr_seen);
}

static void write(const struct la_report *report, FILE *stream)
{
    const struct la_choice *choice = overall(report);
    const struct la_standing *leader = la_choice_leader(choice);

    if (strcmp(choice->scope->run->contenders[leader->contender], LA_BASELINE) == 0) {
        fputs("- **By how much**: nothing measured is ahead of plain malloc.\n", stream);
    } else {
        write_lead(choice, leader, stream);
        write_workloads(report, leader->contender, stream);
    }
    write_certainty(report, stream);
    la_report_plots_named(report, "ranking", stream);
}

const struct la_report_section la_report_why = {
    .heading = "Why",
    .available = available,
    .write = write,
};
