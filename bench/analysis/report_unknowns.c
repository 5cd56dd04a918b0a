/* SPDX-License-Identifier: MIT */
/*
 * report_unknowns.c: what the run does not know.
 */
#include "report_section.h"

static void write(const struct la_report *report, FILE *stream)
{
    const struct la_unknowns *unknowns = &report->decision->unknowns;

    for (size_t i = 0; i < unknowns->nr_lines; i++)
        fprintf(stream, "- %s\n", unknowns->lines[i]);
    fputc('\n', stream);
}

const struct la_report_section la_report_unknowns = {
    .heading = "What this run does not know",
    .write = write,
};
