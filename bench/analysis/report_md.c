/* SPDX-License-Identifier: MIT */
/*
 * report_md.c: see report_md.h. The head, then the sections of report_sections.def that this run
 * has data for.
 */
#include "report_md.h"

#include <jansson.h>
#include <string.h>

static const struct la_report_section *const sections[] = {
#define LA_REPORT_SECTION(name) &la_##name,
#include "report_sections.def"
#undef LA_REPORT_SECTION
};

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
    if (started) {
        fputs("Measured ", stream);
        la_report_plain(started, stream);
        fputs("; ", stream);
    }
    fprintf(stream, "%zu groups of cells, %zu contenders, up to %zu blocks", run->nr_groups,
            run->nr_contenders, run->nr_blocks);
    if (suite) {
        fputs("; suite ", stream);
        la_report_plain(suite, stream);
    }
    if (version) {
        fputs("; lookaside ", stream);
        la_report_plain(version, stream);
    }
    fputs(".\n\n", stream);
}

void la_report_md_write(const struct la_report *report, FILE *stream)
{
    write_head(report, stream);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        if (sections[i]->available && !sections[i]->available(report))
            continue;
        if (sections[i]->heading)
            fprintf(stream, "## %s\n\n", sections[i]->heading);
        sections[i]->write(report, stream);
    }
}
