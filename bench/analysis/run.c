/* SPDX-License-Identifier: MIT */
/*
 * run.c: bench.json into groups, contenders and samples. The file is Google Benchmark's JSON; what
 * of it is not ours (aggregates, other people's benchmarks) is told apart by the cell's name.
 * Anything that would make a later number wrong is refused here: a name without its parts, a block
 * given twice, a counter that is not a number.
 */
#include "run.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "run_build.h"

/* More than any run has; a bound on what a broken file can make us allocate. */
enum { MAX_BLOCKS = 100000, MAX_TABLE = 50 * 1000 * 1000 };

const char *la_counter_name(enum la_counter counter)
{
    static const char *const names[LA_NR_COUNTERS] = {
        [LA_OPS_PER_S] = "ops_per_s",
        [LA_NS_PER_OP] = "ns_per_op",
        [LA_ALLOC_HIT] = "alloc_hit",
        [LA_FREE_HIT] = "free_hit",
        [LA_HELD_MAX] = "held_max",
        [LA_CACHED_BYTES] = "cached_bytes",
        [LA_RSS_BYTES] = "rss_bytes",
        [LA_FULL_CONCURRENCY] = "full_concurrency",
        [LA_SHARE_MIN] = "share_min",
        [LA_SHARE_MAX] = "share_max",
        [LA_P50_NS] = "p50_ns",
        [LA_P99_NS] = "p99_ns",
        [LA_P999_NS] = "p999_ns",
        [LA_LOST_FRACTION] = "lost_fraction",
        [LA_RESPONSE_P50_NS] = "response_p50_ns",
        [LA_RESPONSE_P99_NS] = "response_p99_ns",
        [LA_RESPONSE_P999_NS] = "response_p999_ns",
        [LA_OWN_P99_NS] = "response_without_machine_p99_ns",
        [LA_OWN_P999_NS] = "response_without_machine_p999_ns",
        [LA_SERVICE_P50_NS] = "service_p50_ns",
        [LA_SERVICE_P99_NS] = "service_p99_ns",
        [LA_SERVICE_P999_NS] = "service_p999_ns",
        [LA_KEPT_RATE] = "kept_rate",
        [LA_MISSED_RATE] = "missed_rate",
        [LA_KEPT_RATE_WINDOWS] = "kept_rate_windows",
        [LA_KEPT_RATE_KEPT] = "kept_rate_kept",
        [LA_MISSED_RATE_WINDOWS] = "missed_rate_windows",
        [LA_MISSED_RATE_KEPT] = "missed_rate_kept",
        [LA_CACHED_BUSY_BYTES] = "cached_busy_bytes",
        [LA_RETAINED_BUSY_BYTES] = "retained_busy_bytes",
        [LA_PEAK_BYTES] = "peak_bytes",
        [LA_RETAINED_PEAK_BYTES] = "retained_peak_bytes",
        [LA_RETAINED_IDLE_BYTES] = "retained_idle_bytes",
        [LA_RETAINED_TRIM_BYTES] = "retained_trim_bytes",
        [LA_RETAINED_PURGE_BYTES] = "retained_purge_bytes",
        [LA_CACHED_BYTE_S] = "cached_byte_s",
        [LA_RESIDENT_BYTE_S] = "resident_byte_s",
    };

    return names[counter];
}

enum la_role la_contender_role(const char *name, const char *label)
{
    if (label && (strcmp(label, "peer") == 0 || strcmp(label, "bound") == 0 ||
                  strcmp(label, "tl-array") == 0 || strcmp(label, "tl-array-called") == 0))
        return LA_ROLE_PEER;
    if (strcmp(name, "floor") == 0 || strncmp(name, "floor+", 6) == 0)
        return LA_ROLE_FLOOR;
    if (strncmp(name, "malloc-aa+", 10) == 0)
        return LA_ROLE_TWIN;
    if (strncmp(name, "malloc+", 7) == 0)
        return LA_ROLE_PLAIN;
    return LA_ROLE_LIST;
}

static int refuse(struct la_why *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int refuse(struct la_why *why, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why->line, sizeof why->line, format, arguments);
    va_end(arguments);
    return -1;
}

bool la_is_word(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "+-_.";
    const size_t length = strlen(text);

    return length && length < LA_NAME_SIZE && strspn(text, allowed) == length && *text != '.';
}

/* Copies a part of a name; false if it cannot be one of ours. */
static bool take(char *to, const char *from)
{
    const size_t length = strlen(from);

    if (!la_is_word(from))
        return false;
    memcpy(to, from, length + 1);
    return true;
}

static bool whole_number(const char *text, uint64_t max, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    return end != text && !*end && errno == 0 && *value <= max && *text != '-';
}

/* One "key:value" part of a name. Unknown keys are the runner's own suffixes: no harm. */
static bool take_setting(struct la_run_group *group, const char *part)
{
    uint64_t number = 0;

    if (strncmp(part, "size:", 5) == 0)
        return whole_number(part + 5, UINT64_MAX, &group->size_bytes);
    if (strncmp(part, "depth:", 6) == 0)
        return take(group->depth, part + 6);
    if (strncmp(part, "placement:", 10) == 0)
        return take(group->placement, part + 10);
    if (strncmp(part, "threads:", 8) == 0) {
        if (!whole_number(part + 8, 1 << 20, &number))
            return false;
        group->threads = (uint32_t)number;
    }
    return true;
}

/* workload/contender/size:N/depth:N/placement:P/threads:N */
bool la_cell_parse(const char *name, struct la_run_group *group, char *contender)
{
    char copy[8 * LA_NAME_SIZE], *rest = copy, *part;
    size_t position = 0;

    memset(group, 0, sizeof *group);
    if (strlen(name) >= sizeof copy)
        return false;
    memcpy(copy, name, strlen(name) + 1);
    while ((part = strsep(&rest, "/"))) {
        const bool good = position == 0   ? take(group->workload, part)
                          : position == 1 ? take(contender, part)
                                          : take_setting(group, part);

        if (!good)
            return false;
        position++;
    }
    return position >= 2 && group->size_bytes && *group->depth && *group->placement &&
           group->threads;
}

static bool same_group(const struct la_run_group *a, const struct la_run_group *b)
{
    return strcmp(a->workload, b->workload) == 0 && strcmp(a->depth, b->depth) == 0 &&
           strcmp(a->placement, b->placement) == 0 && a->size_bytes == b->size_bytes &&
           a->threads == b->threads;
}

int la_run_find_group(const struct la_run *run, const struct la_run_group *group)
{
    for (size_t i = 0; i < run->nr_groups; i++) {
        if (same_group(&run->groups[i], group))
            return (int)i;
    }
    return -1;
}

static size_t group_index(struct la_run *run, const struct la_run_group *group)
{
    const int known = la_run_find_group(run, group);

    if (known >= 0)
        return (size_t)known;
    run->groups = la_grow_array(run->groups, run->nr_groups, sizeof *run->groups);
    run->groups[run->nr_groups] = *group;
    return run->nr_groups++;
}

const char *la_run_context(const struct la_run *run, const char *key)
{
    return json_string_value(json_object_get(run->context, key));
}

int la_run_contender(const struct la_run *run, const char *name)
{
    for (size_t i = 0; i < run->nr_contenders; i++) {
        if (strcmp(run->contenders[i], name) == 0)
            return (int)i;
    }
    return -1;
}

static size_t contender_index(struct la_run *run, const char *name, const char *label)
{
    const int known = la_run_contender(run, name);

    if (known >= 0)
        return (size_t)known;
    run->contenders = la_grow_array(run->contenders, run->nr_contenders, sizeof *run->contenders);
    run->roles = la_grow_array(run->roles, run->nr_contenders, sizeof *run->roles);
    run->roles[run->nr_contenders] = la_contender_role(name, label);
    memcpy(run->contenders[run->nr_contenders], name, strlen(name) + 1);
    return run->nr_contenders++;
}

/* Reads an optional number; false if it is there and is none. */
static bool optional_number(const json_t *entry, const char *key, double *value)
{
    const json_t *found = json_object_get(entry, key);

    *value = NAN;
    if (!found)
        return true;
    if (!json_is_number(found))
        return false;
    *value = json_number_value(found);
    return true;
}

/* What a file of one process without screening may leave out. */
static int read_origin(const json_t *entry, const char *name, struct la_sample *sample,
                       struct la_why *why)
{
    double process, stage, operations;

    if (!optional_number(entry, "process", &process) || !optional_number(entry, "stage", &stage) ||
        !optional_number(entry, "iterations", &operations))
        return refuse(why, "%s: process, stage or iterations is not a number", name);
    if (!isnan(process) && !(process >= 0 && process < MAX_BLOCKS))
        return refuse(why, "%s: no usable process number", name);
    sample->process = isnan(process) ? 0 : (uint32_t)process;
    sample->screening = stage > 0;
    sample->window_s = operations / sample->value[LA_OPS_PER_S];
    return 0;
}

static int read_values(const json_t *entry, const char *name, struct la_sample *sample,
                       struct la_why *why)
{
    double block, rejected;

    for (enum la_counter i = 0; i < LA_NR_BENCH_COUNTERS; i++) {
        if (!optional_number(entry, la_counter_name(i), &sample->value[i]))
            return refuse(why, "%s: %s is not a number", name, la_counter_name(i));
    }
    if (!optional_number(entry, "block", &block) || !optional_number(entry, "rejected", &rejected))
        return refuse(why, "%s: block or rejected is not a number", name);
    if (isnan(block) && !optional_number(entry, "repetition_index", &block))
        return refuse(why, "%s: repetition_index is not a number", name);
    if (!(block >= 0 && block < MAX_BLOCKS))
        return refuse(why, "%s: no usable block number", name);
    sample->block = (size_t)block;
    sample->rejected = rejected > 0;
    return read_origin(entry, name, sample, why);
}

/* Names are quoted in messages of one line. */
static bool is_printable(const char *text)
{
    while (*text && !iscntrl((unsigned char)*text))
        text++;
    return !*text;
}

/* A name that Google Benchmark's own tools may have put beside the entry's. */
static const char *entry_name(const json_t *entry)
{
    const char *run_name = json_string_value(json_object_get(entry, "run_name"));

    return run_name ? run_name : json_string_value(json_object_get(entry, "name"));
}

static bool is_aggregate(const json_t *entry)
{
    const char *type = json_string_value(json_object_get(entry, "run_type"));

    return type && strcmp(type, "iteration") != 0;
}

void la_run_add(struct la_run *run, const struct la_run_group *group, const char *contender,
                const char *label, struct la_sample sample)
{
    sample.group = group_index(run, group);
    sample.contender = contender_index(run, contender, label);
    run->samples = la_grow_array(run->samples, run->nr_samples, sizeof *run->samples);
    run->samples[run->nr_samples++] = sample;
    run->nr_rejected += sample.rejected;
    if (sample.block >= run->nr_blocks)
        run->nr_blocks = sample.block + 1;
}

struct la_sample la_run_no_sample(void)
{
    struct la_sample sample = {.window_s = NAN};

    for (enum la_counter i = 0; i < LA_NR_COUNTERS; i++)
        sample.value[i] = NAN;
    return sample;
}

static int read_entry(struct la_run *run, const json_t *entry, struct la_why *why)
{
    const char *name = entry_name(entry);
    char contender[LA_NAME_SIZE];
    struct la_run_group group;
    struct la_sample sample = la_run_no_sample();

    if (!name)
        return refuse(why, "an entry has no name");
    if (!is_printable(name))
        return refuse(why, "the name of an entry holds a control character");
    if (is_aggregate(entry))
        return 0;
    if (!la_cell_parse(name, &group, contender))
        return refuse(why, "'%.200s' is not the name of a cell of lookaside bench", name);
    if (json_is_true(json_object_get(entry, "error_occurred"))) {
        run->nr_failed++;
        return 0;
    }
    if (read_values(entry, name, &sample, why))
        return -1;
    la_run_add(run, &group, contender, json_string_value(json_object_get(entry, "label")), sample);
    return 0;
}

static size_t slot(const struct la_run *run, size_t group, size_t contender, size_t block)
{
    return (group * run->nr_contenders + contender) * run->nr_blocks + block;
}

int la_run_finish(struct la_run *run, struct la_why *why)
{
    const double slots =
        (double)run->nr_groups * (double)run->nr_contenders * (double)run->nr_blocks;

    if (slots > MAX_TABLE)
        return refuse(why, "%.0f cells: more than any run has", slots);
    run->table = la_new_array((size_t)slots, sizeof *run->table);
    run->decides = la_new_array(run->nr_groups * run->nr_contenders, sizeof *run->decides);
    for (size_t i = 0; i < run->nr_samples; i++) {
        const struct la_sample *sample = &run->samples[i];
        const struct la_sample **at =
            &run->table[slot(run, sample->group, sample->contender, sample->block)];
        char label[LA_LABEL_SIZE];

        if (*at)
            return refuse(why, "block %zu of %s (%s) is there twice", sample->block,
                          run->contenders[sample->contender],
                          la_group_label(&run->groups[sample->group], label, sizeof label));
        *at = sample;
        run->decides[sample->group * run->nr_contenders + sample->contender] |= !sample->screening;
    }
    return 0;
}

static int read_root(struct la_run *run, const json_t *root, struct la_why *why)
{
    const json_t *entries = json_object_get(root, "benchmarks");
    const json_t *entry;
    size_t i;

    if (!json_is_array(entries))
        return refuse(why, "no array \"benchmarks\": not a result of lookaside bench");
    json_array_foreach(entries, i, entry)
    {
        if (read_entry(run, entry, why))
            return -1;
    }
    if (!run->nr_samples)
        return refuse(why, "holds no measured cell");
    run->context = json_incref(json_object_get(root, "context"));
    return 0;
}

int la_run_add_bench(struct la_run *run, const char *dir, struct la_why *why)
{
    char path[4096];
    struct la_why detail = {""};
    json_error_t error;
    json_t *root;
    FILE *stream;
    int result;

    if ((size_t)snprintf(path, sizeof path, "%s/bench.json", dir) >= sizeof path)
        return refuse(why, "the path of the results is too long");
    stream = fopen(path, "r");
    if (!stream)
        return refuse(why, "cannot read %s: %s", path, strerror(errno));
    root = json_loadf(stream, JSON_REJECT_DUPLICATES, &error);
    fclose(stream);
    if (!root)
        return refuse(why, "%s is no complete JSON (line %d: %s); truncated?", path, error.line,
                      error.text);
    result = read_root(run, root, &detail);
    json_decref(root);
    run->has[LA_PART_BENCH] = true;
    return result ? refuse(why, "%.300s: %s", path, detail.line) : 0;
}

int la_run_load(struct la_run *run, const char *dir, struct la_why *why)
{
    struct la_why detail = {""};

    memset(run, 0, sizeof *run);
    if (la_run_add_bench(run, dir, why) == 0) {
        if (la_run_finish(run, &detail) == 0)
            return 0;
        refuse(why, "%.300s/bench.json: %s", dir, detail.line);
    }
    la_run_unload(run);
    return -1;
}

void la_run_unload(struct la_run *run)
{
    free(run->groups);
    free(run->contenders);
    free(run->roles);
    free(run->samples);
    free(run->table);
    free(run->decides);
    json_decref(run->context);
    memset(run, 0, sizeof *run);
}

const struct la_sample *la_run_sample(const struct la_run *run, size_t group, size_t contender,
                                      size_t block)
{
    return run->table[slot(run, group, contender, block)];
}

const struct la_sample *la_run_usable(const struct la_run *run, size_t group, size_t contender,
                                      size_t block)
{
    const struct la_sample *sample = la_run_sample(run, group, contender, block);

    if (!sample || sample->rejected)
        return NULL;
    return sample->screening && run->decides[group * run->nr_contenders + contender] ? NULL
                                                                                     : sample;
}

size_t la_run_processes(const struct la_run *run)
{
    uint32_t *seen = NULL;
    size_t nr = 0;

    for (size_t i = 0; i < run->nr_samples; i++) {
        size_t j = 0;

        while (j < nr && seen[j] != run->samples[i].process)
            j++;
        if (j < nr)
            continue;
        seen = la_grow_array(seen, nr, sizeof *seen);
        seen[nr++] = run->samples[i].process;
    }
    free(seen);
    return nr ? nr : 1;
}

const char *la_group_label(const struct la_run_group *group, char *text, size_t size)
{
    snprintf(text, size, "%s, %llu B, depth %s, %s, %u thread%s", group->workload,
             (unsigned long long)group->size_bytes, group->depth, group->placement, group->threads,
             group->threads == 1 ? "" : "s");
    return text;
}
