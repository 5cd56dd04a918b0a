/* SPDX-License-Identifier: MIT */
/* manifest_file.c: see manifest_file.h. */
#include "manifest_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int la_manifest_read(const char *dir, json_t **manifest, struct la_why *why)
{
    char path[4096];
    json_error_t error;

    *manifest = NULL;
    snprintf(path, sizeof path, "%s/manifest.json", dir);
    if (access(path, F_OK) != 0)
        return 0;
    *manifest = json_load_file(path, 0, &error);
    if (json_is_object(*manifest))
        return 0;
    if (*manifest) {
        json_decref(*manifest);
        *manifest = NULL;
        snprintf(why->line, sizeof why->line, "%.600s is no JSON object: not a manifest", path);
        return -1;
    }
    snprintf(why->line, sizeof why->line,
             "%.600s is no complete JSON (line %d: %.100s); truncated?", path, error.line,
             error.text);
    return -1;
}

/* A fact, short and on one line, for a message. */
static const char *shown(const json_t *value, char *text, size_t size)
{
    char *dump = json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    snprintf(text, size, "%s",
             json_is_string(value) ? json_string_value(value) : (dump ? dump : "not told"));
    free(dump);
    for (char *at = text; *at; at++) {
        if (iscntrl((unsigned char)*at))
            *at = ' ';
    }
    if (strlen(text) > 60)
        strcpy(text + 57, "...");
    return text;
}

static const json_t *member(const json_t *manifest, const char *section, const char *part,
                            const char *key)
{
    const json_t *object = json_object_get(manifest, section);

    return json_object_get(part ? json_object_get(object, part) : object, key);
}

const char *la_machines_differ(const json_t *base, const json_t *now, char *text, size_t size)
{
    static const struct {
        const char *section, *part, *key, *what;
    } facts[] = {
        {"machine", "cpu", "name", "processor"},
        {"machine", "cpu", "vendor", "processor's vendor"},
        {"machine", "cpu", "family", "processor's family"},
        {"machine", "cpu", "model", "processor's model"},
        {"machine", "cpu", "stepping", "processor's stepping"},
        {"machine", "cpu", "microcode", "microcode"},
        {"host", NULL, "architecture", "architecture"},
        {"machine", NULL, "kernel", "kernel"},
        {"host", NULL, "glibc", "C library"},
        {"machine", NULL, "caches", "caches"},
        {"machine", NULL, "online_cpus", "CPUs"},
        {"machine", NULL, "affinity", "CPUs to be used"},
    };
    char left[256], right[256];

    *text = '\0';
    if (!base || !now) {
        snprintf(text, size, "%s has no manifest.json, so its machine is not known",
                 base ? "NEW" : "BASE");
        return text;
    }
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        const json_t *a = member(base, facts[i].section, facts[i].part, facts[i].key);
        const json_t *b = member(now, facts[i].section, facts[i].part, facts[i].key);

        if ((!a && !b) || (a && b && json_equal(a, b)))
            continue;
        snprintf(text, size, "the %s: %s in BASE, %s in NEW", facts[i].what,
                 shown(a, left, sizeof left), shown(b, right, sizeof right));
        return text;
    }
    return text;
}
