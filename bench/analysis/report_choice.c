/* SPDX-License-Identifier: MIT */
/*
 * report_choice.c: what to adopt, its code, and how each workload came out.
 */
#include "report_section.h"

#include <string.h>

#include "adoption.h"

static void write_answer_row(const struct la_choice *choice, FILE *stream)
{
    const struct la_standing *leader = la_choice_leader(choice);
    char outcome[LA_ADVICE_SIZE], ratio[64] = "n/a", percent[32], bytes[32] = "n/a";

    if (leader) {
        la_ratio_text(&leader->ratio, ratio, sizeof ratio);
        la_bytes_text(leader->kept_bytes, bytes, sizeof bytes);
    }
    fprintf(stream, "| %s | %s | %s | %s | %s | %s | %zu of %zu | %s |\n", choice->scope->name,
            leader ? choice->scope->run->contenders[leader->contender] : "none", ratio,
            leader ? la_verdict_name(leader->judgement.verdict) : "undecided", bytes,
            la_report_noise(choice, percent, sizeof percent), choice->nr_rejected, choice->nr_seen,
            la_outcome(choice, outcome, sizeof outcome));
}

static void write_left_out(const struct la_answers *answers, FILE *stream)
{
    const struct la_scopes *scopes = answers->scopes;
    char label[LA_LABEL_SIZE];

    for (size_t i = 0; i < scopes->nr_left_out; i++) {
        if (i == 0)
            fprintf(stream, "Left out, with fewer than %d usable blocks: ", LA_MIN_BLOCKS);
        fprintf(stream, "%s%s", i ? "; " : "",
                la_group_label(&answers->run->groups[scopes->left_out[i]], label, sizeof label));
    }
    if (scopes->nr_left_out)
        fputs(".\n\n", stream);
}

static void write(const struct la_report *report, FILE *stream)
{
    const struct la_answers *answers = report->answers;
    const size_t nr = answers->scopes->nr_scopes;
    struct la_adoption adoption;

    la_adoption_from(&answers->choices[nr - 1], &adoption);
    fprintf(stream, "> %s\n\n", adoption.advice);
    if (adoption.nr_lines)
        fputs("```c\n", stream);
    for (size_t i = 0; i < adoption.nr_lines; i++)
        fprintf(stream, "%s\n", adoption.code[i]);
    if (adoption.nr_lines)
        fputs("```\n\n", stream);
    fputs("| workload | leader | its ratio | its verdict | kept | A/A | rejected | outcome "
          "|\n|---|---|---|---|---|---|---|---|\n",
          stream);
    for (size_t i = 0; i < nr; i++)
        write_answer_row(&answers->choices[i], stream);
    fputc('\n', stream);
    write_left_out(answers, stream);
}

const struct la_report_section la_report_choice = {
    .heading = "The choice",
    .write = write,
};
