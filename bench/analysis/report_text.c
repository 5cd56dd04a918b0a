/* SPDX-License-Identifier: MIT */
/*
 * report_text.c: what sections of the report have in common: figures, and values of the manifest.
 */
#include "report_section.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "adoption.h"

enum la_verdict la_report_verdict(const struct la_choice *choice, size_t contender)
{
    for (size_t i = 0; i < choice->nr_ranked; i++) {
        if (choice->standings[i].contender == contender)
            return choice->standings[i].judgement.verdict;
    }
    return LA_UNDECIDED;
}

/* What plain malloc against itself shows in this scope. */
const char *la_report_noise(const struct la_choice *choice, char *text, size_t size)
{
    char percent[32];

    if (isnan(choice->half_width))
        snprintf(text, size, "not known");
    else
        snprintf(text, size, "±%s", la_percent_text(choice->half_width, percent, sizeof percent));
    return text;
}

const char *la_report_figure(double value, int nr_decimals, char *text, size_t size)
{
    if (isnan(value))
        snprintf(text, size, "n/a");
    else
        snprintf(text, size, "%.*f", nr_decimals, value);
    return text;
}

const char *la_report_nanoseconds(double value, char *text, size_t size)
{
    return la_report_figure(value, fabs(value) < 10 ? 2 : fabs(value) < 100 ? 1 : 0, text, size);
}

enum { MAX_SHOWN = 400 };

/* Text of a manifest may hold anything; in a table it must not break the row. */
void la_report_plain(const char *text, FILE *stream)
{
    for (size_t i = 0; text[i] && i < MAX_SHOWN; i++) {
        if (strchr("|`*_<>[]\\&#", text[i]))
            fputc('\\', stream);
        fputc((unsigned char)text[i] < ' ' ? ' ' : text[i], stream);
    }
}

void la_report_value(const json_t *value, FILE *stream)
{
    if (json_is_string(value))
        la_report_plain(json_string_value(value), stream);
    else if (json_is_integer(value))
        fprintf(stream, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        fprintf(stream, "%.4g", json_real_value(value));
    else if (json_is_boolean(value))
        fputs(json_is_true(value) ? "yes" : "no", stream);
    else
        fputs("unknown", stream);
}

void la_report_caches(const json_t *caches, FILE *stream)
{
    const json_t *cache;
    size_t i;

    fputs("| caches of CPU 0 | ", stream);
    if (!json_array_size(caches))
        fputs("unknown", stream);
    json_array_foreach(caches, i, cache)
    {
        const json_t *bytes = json_object_get(cache, "size_bytes");
        char text[32];

        fputs(i ? ", L" : "L", stream);
        la_report_value(json_object_get(cache, "level"), stream);
        fputc(' ', stream);
        la_report_value(json_object_get(cache, "type"), stream);
        fprintf(stream, " %s",
                la_bytes_text(json_is_integer(bytes) ? (double)json_integer_value(bytes) : NAN,
                              text, sizeof text));
    }
    fputs(" |\n", stream);
}
