/* SPDX-License-Identifier: MIT */
/*
 * report_sensitivity.c: what changes the answer, as far as that is proven.
 */
#include "report_section.h"

#include <math.h>

static bool available(const struct la_report *report)
{
    return report->decision->sensitivity.nr_lines > 0;
}

static void write_line(const struct la_run *run, const struct la_line *line, FILE *stream)
{
    const char *unit = la_axis_unit(line->axis);
    char text[4 * LA_NAME_SIZE];

    fprintf(stream, "| %s | %s |", la_axis_name(line->axis), line->at);
    for (size_t i = 0; i < line->nr_stretches; i++) {
        const struct la_stretch *stretch = &line->stretches[i];

        fprintf(stream, "%s", i ? "; " : " ");
        if (stretch->from == stretch->to)
            fprintf(stream, "%g%s: ", stretch->from, unit);
        else
            fprintf(stream, "%g to %g%s: ", stretch->from, stretch->to, unit);
        fputs(la_members_text(run, stretch->may_be, text, sizeof text), stream);
    }
    fputs(" |", stream);
    for (size_t i = 1; i < line->nr_stretches; i++)
        fprintf(stream, "%s%g and %g%s", i > 1 ? "; " : " ", line->stretches[i].changed_after,
                line->stretches[i].from, unit);
    fputs(line->nr_stretches > 1 ? " |\n" : " no change is proven |\n", stream);
}

static void write(const struct la_report *report, FILE *stream)
{
    const struct la_sensitivity *sensitivity = &report->decision->sensitivity;

    fputs("Along each line all but one thing stays the same. A change is told where no single "
          "contender can be the answer on both sides; elsewhere it is not known whether the answer "
          "changes.\n\n| along | at | the answer | changes between |\n|---|---|---|---|\n",
          stream);
    for (size_t i = 0; i < sensitivity->nr_lines; i++)
        write_line(report->decision->run, &sensitivity->lines[i], stream);
    fputc('\n', stream);
}

const struct la_report_section la_report_sensitivity = {
    .heading = "What changes the answer",
    .available = available,
    .write = write,
};
