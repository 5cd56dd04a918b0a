/* SPDX-License-Identifier: MIT */
/*
 * report_machine.c: the parts of the report that come from manifest.json: the machine, what about
 * it limits the numbers, and how to measure again. What the manifest does not say is said to be
 * unknown; the report never fills it in.
 */
#include "report_md.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "adoption.h"
#include "scopes.h"

enum { MAX_SHOWN = 400 };

/* Text of a manifest may hold anything; in a table it must not break the row. */
static void write_plain(const char *text, FILE *stream)
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
        write_plain(json_string_value(value), stream);
    else if (json_is_integer(value))
        fprintf(stream, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        fprintf(stream, "%.4g", json_real_value(value));
    else if (json_is_boolean(value))
        fputs(json_is_true(value) ? "yes" : "no", stream);
    else
        fputs("unknown", stream);
}

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

static void write_topology(const struct la_report *report, FILE *stream)
{
    if (report->has_topology_picture)
        fputs("![The machine's topology](topology.svg)\n\n", stream);
    if (report->topology_text)
        fprintf(stream, "```\n%s```\n\n", report->topology_text);
    if (!report->has_topology_picture && !report->topology_text)
        fputs("The topology is unknown: there is no topology.xml in this run.\n\n", stream);
}

void la_report_machine(const struct la_report *report, FILE *stream)
{
    const json_t *manifest = report->manifest;
    const json_t *machine = json_object_get(manifest, "machine");

    fputs("## The machine\n\n", stream);
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
    write_row("clock source", json_object_get(machine, "clocksource"), stream);
    write_row("performance counters", json_object_get(machine, "pmu"), stream);
    write_row("restartable sequences", json_object_get(manifest, "rseq"), stream);
    write_parts("strategy", json_object_get(manifest, "strategies"), stream);
    write_parts("allocator", json_object_get(manifest, "allocators"), stream);
    fputc('\n', stream);
}

static double widest_half_width(const struct la_report *report, size_t *group)
{
    double widest = NAN;

    for (size_t i = 0; i < report->answers->run->nr_groups; i++) {
        if (report->by_group[i].half_width > widest || isnan(widest)) {
            widest = report->by_group[i].half_width;
            *group = i;
        }
    }
    return widest;
}

static void write_noise(const struct la_report *report, FILE *stream)
{
    const struct la_run *run = report->answers->run;
    const struct la_choice *overall =
        &report->answers->choices[report->answers->scopes->nr_scopes - 1];
    char narrow[32], wide[32], label[LA_LABEL_SIZE];
    size_t seen = 0, rejected = 0, nr_short = 0, group = 0;
    const double widest = widest_half_width(report, &group);

    for (size_t i = 0; i < run->nr_groups; i++) {
        seen += report->by_group[i].nr_seen;
        rejected += report->by_group[i].nr_rejected;
        nr_short += report->by_group[i].nr_blocks < LA_MIN_BLOCKS;
    }
    if (isnan(widest))
        fputs("- What plain malloc against itself (A/A) differs by is not known in any group: "
              "nothing can be claimed.\n",
              stream);
    else
        fprintf(stream,
                "- Plain malloc against itself (A/A) differs by up to %s over all, and by up to %s "
                "in its noisiest group (%s): smaller differences are not claimed.\n",
                la_percent_text(overall->half_width, narrow, sizeof narrow),
                la_percent_text(widest, wide, sizeof wide),
                la_group_label(&run->groups[group], label, sizeof label));
    fprintf(stream, "- %zu of %zu blocks were rejected, because threads lost too much time",
            rejected, seen);
    if (la_run_context(run, "lost_limit"))
        fprintf(stream, " (over %.3g of it)", strtod(la_run_context(run, "lost_limit"), NULL));
    fputs("; the rule does not look at what was measured.\n", stream);
    if (nr_short)
        fprintf(stream,
                "- %zu of %zu groups have fewer than %d accepted blocks: their figures are shown "
                "without an interval and decide nothing.\n",
                nr_short, run->nr_groups, LA_MIN_BLOCKS);
    if (run->nr_failed)
        fprintf(stream, "- %zu cells failed and are missing.\n", run->nr_failed);
    if (la_run_context(run, "complete") && strcmp(la_run_context(run, "complete"), "true") != 0)
        fputs("- **The run was interrupted**; this is what had been measured by then.\n", stream);
}

static void write_concurrency(const struct la_report *report, FILE *stream)
{
    const struct la_run *run = report->answers->run;
    double least = NAN;

    for (size_t i = 0; i < run->nr_samples; i++) {
        const struct la_sample *sample = &run->samples[i];

        if (!sample->rejected && run->groups[sample->group].threads > 1)
            least = fmin(least, sample->value[LA_FULL_CONCURRENCY]);
    }
    if (!isnan(least))
        fprintf(stream,
                "- All threads of a cell ran at once for at least %.1f %% of every accepted "
                "window.\n",
                100 * least);
}

static void write_oversubscription(const json_t *groups, FILE *stream)
{
    size_t nr = 0, i;
    const json_t *group;

    json_array_foreach(groups, i, group) nr +=
        json_is_true(json_object_get(group, "oversubscribed"));
    if (nr)
        fprintf(stream,
                "- %zu of %zu groups ran more threads than CPUs: their figures hold the "
                "scheduler's time too.\n",
                nr, json_array_size(groups));
    else if (json_array_size(groups))
        fputs("- No group ran more threads than CPUs.\n", stream);
}

static void write_machine_caveats(const struct la_report *report, FILE *stream)
{
    const json_t *machine = json_object_get(report->manifest, "machine");
    const char *pmu = json_string_value(json_object_get(machine, "pmu"));
    const json_t *load = json_array_get(json_object_get(machine, "load_average"), 0);

    if (json_is_true(json_object_get(machine, "hypervisor")))
        fputs(
            "- This is a virtual machine: its CPUs can be taken away unseen, and may share a core. "
            "Ratios carry over to other machines better than nanoseconds, and not far.\n",
            stream);
    if (pmu && strcmp(pmu, "available") != 0) {
        fputs("- Hardware counters (cycles, cache misses): ", stream);
        write_plain(pmu, stream);
        fputs(".\n", stream);
    }
    if (json_is_number(load) && json_number_value(load) > 1)
        fprintf(stream, "- Other work was running: the load average at the start was %.1f.\n",
                json_number_value(load));
}

void la_report_caveats(const struct la_report *report, FILE *stream)
{
    const json_t *bench = at(json_object_get(report->manifest, "settings"), "bench", NULL);

    fputs("## Caveats\n\n", stream);
    write_noise(report, stream);
    write_concurrency(report, stream);
    write_oversubscription(json_object_get(bench, "groups"), stream);
    write_machine_caveats(report, stream);
    for (size_t i = 0; i < report->plots->nr_plots; i++) {
        if (*report->plots->plots[i].absent)
            fprintf(stream, "- There is no plot of %s: %s.\n", report->plots->plots[i].script,
                    report->plots->plots[i].absent);
    }
    fputs("- Latencies are of sampled small batches, divided by their length; the timer's own "
          "floor is stated in latency.tsv.\n"
          "- Closed loops: every thread asks as fast as it is served. A program that does other "
          "work between two allocations gains less than these ratios say.\n\n",
          stream);
}

/* "--option a,b,c" of a setting's distinct values, in the order of the groups. */
typedef const char *setting_fn(const struct la_run_group *group, char *text, size_t size);

static const char *workload_of(const struct la_run_group *group, char *text, size_t size)
{
    snprintf(text, size, "%s", group->workload);
    return text;
}

static const char *threads_of(const struct la_run_group *group, char *text, size_t size)
{
    snprintf(text, size, "%u", group->threads);
    return text;
}

static const char *size_of(const struct la_run_group *group, char *text, size_t size)
{
    snprintf(text, size, "%llu", (unsigned long long)group->size_bytes);
    return text;
}

static void write_option(const struct la_run *run, const char *option, setting_fn *setting,
                         FILE *stream)
{
    bool first = true;

    for (size_t i = 0; i < run->nr_groups; i++) {
        char own[LA_NAME_SIZE], other[LA_NAME_SIZE];
        bool known = false;

        setting(&run->groups[i], own, sizeof own);
        for (size_t j = 0; j < i; j++)
            known |= strcmp(setting(&run->groups[j], other, sizeof other), own) == 0;
        if (!known)
            fprintf(stream, "%s%s", first ? option : ",", own);
        first &= known;
    }
}

void la_report_reproduce(const struct la_report *report, FILE *stream)
{
    const struct la_answers *answers = report->answers;
    const struct la_run *run = answers->run;
    const struct la_run_group *first = &run->groups[0];
    const char *suite = la_run_context(run, "suite");
    const char *seed = la_run_context(run, "seed");
    const char *blocks = la_run_context(run, "blocks");

    fputs("## How to reproduce\n\n```\nlookaside bench", stream);
    if (suite && la_is_word(suite))
        fprintf(stream, " --suite %s", suite);
    write_option(run, " --workload ", workload_of, stream);
    write_option(run, " \\\n    --threads ", threads_of, stream);
    write_option(run, " --size ", size_of, stream);
    fprintf(stream, " --depth %s --placement %s", first->depth, first->placement);
    if (blocks && la_is_word(blocks))
        fprintf(stream, " --repetitions %s", blocks);
    if (seed && la_is_word(seed))
        fprintf(stream, " --seed %s", seed);
    fputs(" --out DIR\nlookaside adapt --out DIR\nlookaside report DIR\n```\n\n", stream);
    fprintf(stream,
            "The seed fixes the order of contenders and every random decision, not the machine's "
            "noise: figures will differ within their intervals. The statistics are exact repeats: "
            "%u resamples, seed %llu, %.0f %% intervals, false-discovery rate %.0f %%. "
            "Everything that was measured is in `bench.json`, `latency.tsv` and `adapt.tsv`; the "
            "answers for programs are in `choice.json`, and each plot's data is beside it in "
            "`plots/`.\n",
            answers->settings->resampling.nr_resamples,
            (unsigned long long)answers->settings->resampling.seed,
            100 * answers->settings->resampling.level, 100 * LA_FALSE_DISCOVERY_RATE);
}
