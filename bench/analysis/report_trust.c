/* SPDX-License-Identifier: MIT */
/*
 * report_trust.c: what the run says of its own trustworthiness, before anything that rests on it.
 */
#include "report_section.h"

#include <jansson.h>

static const json_t *trust_of(const struct la_report *report)
{
    const json_t *noise = json_object_get(report->manifest, "noise");

    return json_object_get(json_object_get(noise, "bench"), "trust");
}

static bool available(const struct la_report *report)
{
    return json_is_string(json_object_get(trust_of(report), "verdict"));
}

static void write(const struct la_report *report, FILE *stream)
{
    const json_t *reason;
    size_t i;

    fputs("**Trust in this run: ", stream);
    la_report_value(json_object_get(trust_of(report), "verdict"), stream);
    fputs("**\n\n", stream);
    json_array_foreach(json_object_get(trust_of(report), "reasons"), i, reason)
    {
        fputs("- ", stream);
        la_report_value(reason, stream);
        fputc('\n', stream);
    }
    fputc('\n', stream);
}

const struct la_report_section la_report_trust = {
    .available = available,
    .write = write,
};
