/* SPDX-License-Identifier: MIT */
/*
 * trial.h: what a contender keeps, looked at over the stages of one life: busy with bursts, a peak
 * far above them, then nothing to do; then asked to give back. To be run in a process that has
 * measured nothing before, so that resident memory is the contender's.
 */
#ifndef LA_RETENTION_TRIAL_H
#define LA_RETENTION_TRIAL_H

#include "contender.h"
#include "placement.h"

enum la_stage {
    LA_STAGE_BUSY,  /* bursts; at its end everything is freed */
    LA_STAGE_PEAK,  /* every thread holds many objects; at its end everything is freed */
    LA_STAGE_IDLE,  /* ticks of the balancer, nothing else */
    LA_STAGE_TRIM,  /* after lookaside_trim() to nothing */
    LA_STAGE_PURGE, /* after the allocator was asked to give back, if it can be */
    LA_NR_STAGES
};

const char *la_stage_name(enum la_stage stage);

struct la_trial_setting {
    size_t size;
    uint32_t depth; /* entries; of lists */
    const struct la_placement *placement;
    uint32_t longest; /* burst, objects */
    uint32_t peak;    /* objects of a thread */
    uint64_t warmup_ns, window_ns;
    uint64_t seed;
};

struct la_glance {
    double seconds; /* since the trial's start */
    enum la_stage stage;
    int64_t live_bytes;     /* that the callers hold */
    int64_t cached_bytes;   /* that the list holds; -1: no list */
    int64_t resident_bytes; /* more than before the trial; INT64_MIN: not known */
};

/* Of the balancer, in LA_STAGE_IDLE. */
enum { LA_IDLE_TICKS = 4 };

enum { LA_GLANCES_MAX = 96, LA_TRIAL_WHY_BYTES = 128 };

/* Plain data: it crosses a socket. */
struct la_trial {
    char why[LA_TRIAL_WHY_BYTES]; /* it could not be done; else empty */
    double ops_per_s;
    double alloc_hit, free_hit; /* of the busy window; NAN: no list */
    double lost_ns, thread_ns;  /* of it: see gaps.h */
    bool purged;                /* the allocator could be asked */
    unsigned nr_glances;
    struct la_glance glances[LA_GLANCES_MAX];
};

/* Alone in its process; la_clock_init() came before. */
void la_trial_run(const struct la_contender *contender, const struct la_trial_setting *setting,
                  struct la_trial *trial);

/* The last glance of a stage, when nothing is live any more; NULL: none. */
const struct la_glance *la_trial_end_of(const struct la_trial *trial, enum la_stage stage);

/* Integrals over the trial's time, byte seconds: what a glance showed lasted until the next. NAN if
 * not known. */
struct la_byte_seconds {
    double live, cached, resident;
};
struct la_byte_seconds la_trial_byte_seconds(const struct la_trial *trial);

#endif
