/* SPDX-License-Identifier: MIT */
/*
 * report_reproduce.c: how to measure again.
 */
#include "report_section.h"

#include <string.h>

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

static void write(const struct la_report *report, FILE *stream)
{
    const struct la_answers *answers = report->answers;
    const struct la_run *run = answers->run;
    const struct la_run_group *first = &run->groups[0];
    const char *suite = la_run_context(run, "suite");
    const char *seed = la_run_context(run, "seed");
    const char *blocks = la_run_context(run, "blocks");

    fputs("```\nlookaside bench", stream);
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

const struct la_report_section la_report_reproduce = {
    .heading = "How to reproduce",
    .write = write,
};
