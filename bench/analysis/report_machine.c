/* SPDX-License-Identifier: MIT */
/*
 * report_machine.c: the machine, from manifest.json. What the manifest does not say is said to be
 * unknown; the report never fills it in.
 */
#include "report_section.h"

#include <jansson.h>
#include <string.h>

#include "adoption.h"

static const json_t *at(const json_t *object, const char *first, const char *second)
{
    const json_t *found = json_object_get(object, first);

    return second ? json_object_get(found, second) : found;
}

static void write_row(const char *name, const json_t *value, FILE *stream)
{
    fprintf(stream, "| %s | ", name);
    la_report_value(value, stream);
    fputs(" |\n", stream);
}

static void write_bytes_row(const char *name, const json_t *value, FILE *stream)
{
    char text[32];

    if (!json_is_integer(value)) {
        write_row(name, value, stream);
        return;
    }
    fprintf(stream, "| %s | %s |\n", name,
            la_bytes_text((double)json_integer_value(value), text, sizeof text));
}

/* Contenders' parts: which variant is active, or why it is not there. */
static void write_parts(const char *title, const json_t *rows, FILE *stream)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const json_t *detail = json_object_get(row, "detail");
        const json_t *version = json_object_get(row, "version");
        const json_t *path = json_object_get(row, "path");

        fprintf(stream, "| %s ", title);
        la_report_value(json_object_get(row, "name"), stream);
        fputs(" | ", stream);
        fputs(json_is_true(json_object_get(row, "available")) ? "available" : "unavailable",
              stream);
        for (size_t part = 0; part < 3; part++) {
            const json_t *text = part == 0 ? version : part == 1 ? detail : path;

            if (json_is_string(text)) {
                fputs(", ", stream);
                la_report_value(text, stream);
            }
        }
        fputs(" |\n", stream);
    }
}

/* Indented, so that no line of it can end the block. */
static void write_block(const char *text, FILE *stream)
{
    while (*text) {
        const size_t length = strcspn(text, "\n");

        fprintf(stream, "    %.*s\n", (int)length, text);
        text += length + (text[length] == '\n');
    }
    fputc('\n', stream);
}

static void write_topology(const struct la_report *report, FILE *stream)
{
    if (report->has_topology_picture)
        fputs("![The machine's topology](topology.svg)\n\n", stream);
    if (report->topology_text)
        write_block(report->topology_text, stream);
    if (!report->has_topology_picture && !report->topology_text)
        fputs("The topology is unknown: there is no topology.xml in this run.\n\n", stream);
}

static void write(const struct la_report *report, FILE *stream)
{
    const json_t *manifest = report->manifest;
    const json_t *machine = json_object_get(manifest, "machine");

    write_topology(report, stream);
    if (!manifest) {
        fputs("Everything else is unknown: there is no manifest.json in this run.\n\n", stream);
        return;
    }
    fputs("| | |\n|---|---|\n", stream);
    write_row("CPU", at(machine, "cpu", "name"), stream);
    write_row("CPUs of this process", json_object_get(machine, "affinity"), stream);
    la_report_caches(json_object_get(machine, "caches"), stream);
    write_bytes_row("memory", json_object_get(machine, "memory_bytes"), stream);
    write_row("virtual machine", json_object_get(machine, "hypervisor"), stream);
    write_row("kernel", json_object_get(machine, "kernel"), stream);
    write_row("C library (glibc)", at(manifest, "host", "glibc"), stream);
    write_row("compiler", at(manifest, "tool", "compiler"), stream);
    write_row("flags", at(manifest, "tool", "flags"), stream);
    write_row("frequency governor", at(machine, "frequency", "governor"), stream);
    write_row("boost", at(machine, "frequency", "boost"), stream);
    write_row("SMT", json_object_get(machine, "smt"), stream);
    write_row("transparent huge pages", json_object_get(machine, "thp"), stream);
    write_row("NUMA balancing", json_object_get(machine, "numa_balancing"), stream);
    write_row("address space randomisation", json_object_get(machine, "aslr"), stream);
    write_row("clock source", json_object_get(machine, "clocksource"), stream);
    write_row("performance counters", json_object_get(machine, "pmu"), stream);
    write_row("restartable sequences", json_object_get(manifest, "rseq"), stream);
    write_parts("strategy", json_object_get(manifest, "strategies"), stream);
    write_parts("allocator", json_object_get(manifest, "allocators"), stream);
    fputc('\n', stream);
}

const struct la_report_section la_report_machine = {
    .heading = "The machine",
    .write = write,
};
