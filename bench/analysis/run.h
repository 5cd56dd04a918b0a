/* SPDX-License-Identifier: MIT */
/*
 * run.h: the cells of one run in memory.
 *
 * A group is what contenders are compared within: workload, size, depth, placement, threads. A
 * sample is one contender in one block of one group. Pairing is by the block's number: the samples
 * of one group that carry the same number were measured next to each other.
 */
#ifndef LOOKASIDE_ANALYSIS_RUN_H
#define LOOKASIDE_ANALYSIS_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The counters of bench.json, by their fixed names; then what latency.json and memory.json say of a
 * block. */
enum la_counter {
    LA_OPS_PER_S,
    LA_NS_PER_OP,
    LA_ALLOC_HIT,
    LA_FREE_HIT,
    LA_HELD_MAX,
    LA_CACHED_BYTES,
    LA_RSS_BYTES,
    LA_FULL_CONCURRENCY,
    LA_SHARE_MIN,
    LA_SHARE_MAX,
    LA_P50_NS,
    LA_P99_NS,
    LA_P999_NS,
    LA_LOST_FRACTION,
    LA_NR_BENCH_COUNTERS,
    LA_RESPONSE_P50_NS = LA_NR_BENCH_COUNTERS,
    LA_RESPONSE_P99_NS,
    LA_RESPONSE_P999_NS,
    LA_OWN_P99_NS, /* of responses that the machine did not cause */
    LA_OWN_P999_NS,
    LA_SERVICE_P50_NS,
    LA_SERVICE_P99_NS,
    LA_SERVICE_P999_NS,
    LA_KEPT_RATE, /* the highest that keeps a target, the lowest that misses it */
    LA_MISSED_RATE,
    LA_KEPT_RATE_WINDOWS, /* of fresh ones at these rates: how many there are, how many keep it */
    LA_KEPT_RATE_KEPT,
    LA_MISSED_RATE_WINDOWS,
    LA_MISSED_RATE_KEPT,
    LA_CACHED_BUSY_BYTES,
    LA_RETAINED_BUSY_BYTES,
    LA_PEAK_BYTES,
    LA_RETAINED_PEAK_BYTES,
    LA_RETAINED_IDLE_BYTES,
    LA_RETAINED_TRIM_BYTES,
    LA_RETAINED_PURGE_BYTES,
    LA_CACHED_BYTE_S,
    LA_RESIDENT_BYTE_S,
    LA_NR_COUNTERS,
};

const char *la_counter_name(enum la_counter counter);

enum { LA_NAME_SIZE = 64 };

/* What a contender is in a run, by its name and its rows' label (NULL: none). What is measured to
 * compare with and not to be chosen is a peer: peers of strategies, bound lists, the inlined array.
 */
enum la_role { LA_ROLE_PLAIN, LA_ROLE_LIST, LA_ROLE_TWIN, LA_ROLE_FLOOR, LA_ROLE_PEER };
enum la_role la_contender_role(const char *name, const char *label);

struct la_run_group {
    char workload[LA_NAME_SIZE];
    char depth[LA_NAME_SIZE]; /* a number of entries, or a policy's name */
    char placement[LA_NAME_SIZE];
    uint64_t size_bytes;
    uint32_t threads;
};

struct la_sample {
    size_t group, contender, block;
    bool rejected;                /* by the outcome-blind rule of the harness */
    bool screening;               /* a short slice for an overview, no deciding block */
    bool bounded;                 /* its times are lower bounds: not all that was due was done */
    uint32_t process;             /* the independent process that measured it */
    double window_s;              /* how long its window was; NaN = not in the file */
    double value[LA_NR_COUNTERS]; /* NaN = not in the file */
};

/* The files of a result directory that hold cells. */
enum la_run_part { LA_PART_BENCH, LA_PART_LATENCY, LA_PART_MEMORY, LA_NR_PARTS };
const char *la_part_file(enum la_run_part part); /* "bench.json" */

struct la_run {
    bool has[LA_NR_PARTS]; /* which of them were read */
    struct la_run_group *groups;
    size_t nr_groups;
    char (*contenders)[LA_NAME_SIZE];
    enum la_role *roles; /* of the contenders */
    size_t nr_contenders;
    struct la_sample *samples;
    size_t nr_samples;
    size_t nr_blocks; /* one more than the highest block number */
    size_t nr_rejected;
    size_t nr_failed;               /* entries that the runner marked as failed */
    const struct la_sample **table; /* [group][contender][block], NULL = not measured */
    bool *decides;                  /* [group][contender]: has a deciding block */
    struct json_t *context;         /* the file's "context" */
};

/* Why something could not be read or written: one line, without the tool's prefix. */
struct la_why {
    char line[1024];
};

/* Reads <dir>/bench.json. 0, or -1 with *why naming the file and what is wrong with it. */
int la_run_load(struct la_run *run, const char *dir, struct la_why *why);

/*
 * The same with what else the directory holds: latency.json, where a rate, or a target, is a group
 * of its own, and memory.json, where a depth is one that holds plain malloc as well. Files without
 * single blocks, of older versions, count as missing. -1 if none of the three is there.
 */
int la_run_load_parts(struct la_run *run, const char *dir, struct la_why *why);
void la_run_unload(struct la_run *run);

/* Whether the text is a name as all of ours are: letters, digits and "+-_.", short. What passes may
 * stand in file names, tables and plots as it is. */
bool la_is_word(const char *text);

/* The group and the contender's name (LA_NAME_SIZE bytes) in a cell's name; false if it is none. */
bool la_cell_parse(const char *name, struct la_run_group *group, char *contender);

/* Index of a group that is equal, or -1. */
int la_run_find_group(const struct la_run *run, const struct la_run_group *group);

/* A string of the file's context, or NULL. */
const char *la_run_context(const struct la_run *run, const char *key);

/* Index of a contender, or -1. */
int la_run_contender(const struct la_run *run, const char *name);

/* The sample, or NULL if that contender was not measured in that block of that group. */
const struct la_sample *la_run_sample(const struct la_run *run, size_t group, size_t contender,
                                      size_t block);

/* The sample if it was measured and may enter an estimate, else NULL: not rejected, and no
 * screening slice of a cell that has deciding blocks. */
const struct la_sample *la_run_usable(const struct la_run *run, size_t group, size_t contender,
                                      size_t block);

/* Distinct processes among the samples of the file, at least one. */
size_t la_run_processes(const struct la_run *run);

/* Room for la_group_label()'s text. */
enum { LA_LABEL_SIZE = 4 * LA_NAME_SIZE };

/* "pair, 256 B, depth 256, compact, 2 threads". Returns text. */
const char *la_group_label(const struct la_run_group *group, char *text, size_t size);

#endif
