/* SPDX-License-Identifier: MIT */
/*
 * report_caveats.c: what limits the numbers.
 */
#include "report_section.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "adoption.h"
#include "scopes.h"

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
        la_report_plain(pmu, stream);
        fputs(".\n", stream);
    }
    if (json_is_number(load) && json_number_value(load) > 1)
        fprintf(stream, "- Other work was running: the load average at the start was %.1f.\n",
                json_number_value(load));
}

static void write(const struct la_report *report, FILE *stream)
{
    const json_t *bench = json_object_get(json_object_get(report->manifest, "settings"), "bench");

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

const struct la_report_section la_report_caveats = {
    .heading = "Caveats",
    .write = write,
};
