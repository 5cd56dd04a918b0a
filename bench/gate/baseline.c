/* SPDX-License-Identifier: MIT */
/* baseline.c: see baseline.h. */
#include "baseline.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *la_gate_outcome_name(enum la_gate_outcome outcome)
{
    return outcome == LA_GATE_PASS ? "pass" : outcome == LA_GATE_FAIL ? "fail" : "undecided";
}

json_t *la_gate_load(const char *path, struct la_why *why)
{
    json_error_t error;
    json_t *baseline;

    if (access(path, F_OK) != 0 && errno == ENOENT)
        return json_pack("{s:i, s:{}, s:{}}", "schema", 1, "counts", "instructions");
    baseline = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (json_integer_value(json_object_get(baseline, "schema")) == 1 &&
        json_is_object(json_object_get(baseline, "counts")) &&
        json_is_object(json_object_get(baseline, "instructions")))
        return baseline;
    snprintf(why->line, sizeof why->line, "%.500s is no baseline of counts%s%.200s", path,
             baseline ? "" : ": ", baseline ? "" : error.text);
    json_decref(baseline);
    return NULL;
}

static json_t *section_of(const json_t *baseline, const char *key)
{
    return key ? json_object_get(json_object_get(baseline, "instructions"), key)
               : json_object_get(baseline, "counts");
}

static void tell_change(const struct la_gate_count *count, uint64_t before, FILE *stream)
{
    fprintf(stream, "  %s: %llu -> %llu", count->name, (unsigned long long)before,
            (unsigned long long)count->value);
    if (before)
        fprintf(stream, " (%+.2f %%)",
                100 * ((double)count->value - (double)before) / (double)before);
    if (count->operations)
        fprintf(stream, ", %.3f -> %.3f an operation", (double)before / (double)count->operations,
                (double)count->value / (double)count->operations);
    fputc('\n', stream);
}

static bool is_counted(const struct la_gate_counts *counts, const char *name)
{
    for (size_t i = 0; i < counts->nr; i++) {
        if (strcmp(counts->counts[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Those in the baseline that were not taken here. */
static size_t tell_missing(const json_t *section, const struct la_gate_counts *counts, FILE *stream)
{
    const char *name;
    json_t *value;
    size_t nr = 0;

    json_object_foreach((json_t *)(uintptr_t)section, name, value)
    {
        if (is_counted(counts, name))
            continue;
        fprintf(stream, "  %s: in the baseline, not counted here\n", name);
        nr++;
    }
    return nr;
}

enum la_gate_outcome la_gate_compare(const json_t *baseline, const char *key,
                                     const struct la_gate_counts *counts, FILE *stream)
{
    const json_t *section = section_of(baseline, key);
    size_t nr_changed = 0;

    if (!section || json_object_size(section) == 0) {
        fprintf(stream, "  no baseline %s\n", key ? "for this compiler and machine" : "yet");
        return LA_GATE_UNDECIDED;
    }
    for (size_t i = 0; i < counts->nr; i++) {
        const struct la_gate_count *count = &counts->counts[i];
        const json_t *before = json_object_get(section, count->name);

        if (json_is_integer(before) && (uint64_t)json_integer_value(before) == count->value)
            continue;
        nr_changed++;
        if (json_is_integer(before))
            tell_change(count, (uint64_t)json_integer_value(before), stream);
        else
            fprintf(stream, "  %s: %llu, not in the baseline\n", count->name,
                    (unsigned long long)count->value);
    }
    if (nr_changed)
        return LA_GATE_FAIL;
    return tell_missing(section, counts, stream) ? LA_GATE_UNDECIDED : LA_GATE_PASS;
}

void la_gate_accept(json_t *baseline, const char *key, const struct la_gate_counts *counts)
{
    json_t *section = json_object();

    for (size_t i = 0; i < counts->nr; i++)
        json_object_set_new(section, counts->counts[i].name,
                            json_integer((json_int_t)counts->counts[i].value));
    if (key)
        json_object_set_new(json_object_get(baseline, "instructions"), key, section);
    else
        json_object_set_new(baseline, "counts", section);
}

int la_gate_save(const json_t *baseline, const char *path, struct la_why *why)
{
    char temporary[4096 + 8];
    FILE *stream;
    int error;

    snprintf(temporary, sizeof temporary, "%.4095s.new", path);
    stream = fopen(temporary, "w");
    if (stream) {
        error = json_dumpf(baseline, stream, JSON_INDENT(1) | JSON_SORT_KEYS);
        error |= fputc('\n', stream) == EOF;
        error |= fclose(stream) != 0;
        if (!error && rename(temporary, path) == 0)
            return 0;
        unlink(temporary);
    }
    snprintf(why->line, sizeof why->line, "cannot write %.900s: %s", path, strerror(errno));
    return -1;
}
