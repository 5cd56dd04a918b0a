/* SPDX-License-Identifier: MIT */
/*
 * report_ranking.c: every contender over all workloads, best first.
 */
#include "report_section.h"

#include <math.h>
#include <string.h>

#include "adoption.h"

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

static void write(const struct la_report *report, FILE *stream)
{
    const struct la_choice *choice =
        &report->answers->choices[report->answers->scopes->nr_scopes - 1];

    fprintf(stream,
            "Geometric mean over %zu group%s of cells, each workload with the same "
            "weight.\n\n",
            choice->scope->nr_groups, choice->scope->nr_groups == 1 ? "" : "s");
    fputs("| contender | ratio | verdict | to best malloc | kept at most |\n"
          "|---|---|---|---|---|\n",
          stream);
    for (size_t i = 0; i < choice->nr_ranked; i++)
        write_ranking_row(choice, &choice->standings[i], stream);
    fputc('\n', stream);
    for (size_t i = choice->nr_ranked; i < choice->nr_standings; i++)
        fprintf(stream, "%s%s",
                i == choice->nr_ranked ? "Not ranked, with no usable block in some cell: " : ", ",
                choice->scope->run->contenders[choice->standings[i].contender]);
    if (choice->nr_ranked < choice->nr_standings)
        fputs(".\n\n", stream);
}

const struct la_report_section la_report_ranking = {
    .heading = "Ranking",
    .write = write,
};
