/* SPDX-License-Identifier: MIT */
/* json_result.c: see json_result.h. */
#include "json_result.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

int la_json_result(const char *dir, const char *name, json_t **json, struct la_why *why)
{
    char path[4096];
    json_error_t error;

    *json = NULL;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (access(path, F_OK) != 0)
        return 0;
    *json = json_load_file(path, 0, &error);
    if (*json)
        return 1;
    snprintf(why->line, sizeof why->line,
             "%.600s is no complete JSON (line %d: %.100s); truncated?", path, error.line,
             error.text);
    return -1;
}

double la_json_number(const json_t *from, ...)
{
    const char *name;
    va_list names;

    va_start(names, from);
    while ((name = va_arg(names, const char *)))
        from = json_object_get(from, name);
    va_end(names);
    return json_is_number(from) ? json_number_value(from) : NAN;
}

const char *la_json_word(const json_t *from, const char *name)
{
    const char *text = json_string_value(json_object_get(from, name));

    return text && la_is_word(text) ? text : "unknown";
}
