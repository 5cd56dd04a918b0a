/* SPDX-License-Identifier: MIT */
/*
 * engine.c: see engine.h. The leading thread's part of a measurement: its steps, the window and the
 * looks at the list within it. What the threads do in each step is engine_threads.c.
 */
#include "engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "engine_run.h"
#include "interference.h"
#include "resident.h"
#include "strategy.h"

enum {
    LOOKS = 3,                    /* at least, at the list, within a window */
    LOOK_PERIOD_NS = 5000 * 1000, /* but so often: each wakes up on a CPU that measures */
    SAMPLE_PERIOD_NS = 16 * 1000, /* at least this long between two samples of a thread */
    TICK_PERIOD_NS = 1000 * 1000, /* of an adaptive list in the warm-up */
    ADAPTIVE_WARMUP_TICKS = 64,   /* enough for the depth to settle, mostly */
    WARMUPS_MAX = 4,              /* then the window begins, steady or not */
};

static void sleep_ns(uint64_t ns)
{
    struct timespec left = {.tv_sec = (time_t)(ns / UINT64_C(1000000000)),
                            .tv_nsec = (long)(ns % UINT64_C(1000000000))};

    while (nanosleep(&left, &left) && errno == EINTR)
        continue;
}

/* Starts the threads on a window. */
static void open_window(struct run *run, uint64_t ns)
{
    run->duration = la_clock_ticks(ns);
    /* A little short, so that the last one ends before the first thread stops the others. */
    run->slice_period = (run->duration - run->duration / 32) / LA_STEADY_SLICES;
    /* Relaxed: the start of the step orders it. */
    atomic_store_explicit(&run->stop, false, memory_order_relaxed);
    la_team_begin(&run->team, la_engine_window);
}

/* Whether the list is ticked: an adaptive one, and any where the workload is about ticks. */
static bool ticks(const struct run *run)
{
    return run->counts && (run->setting->policy || run->setting->workload->tick_ns);
}

/* A tick, but none once the threads have stopped: a policy would take that for a demand that went
 * away. Relaxed: one tick too many does no harm. */
static void tick(struct run *run)
{
    if (ticks(run) && !atomic_load_explicit(&run->stop, memory_order_relaxed))
        lookaside_balance();
}

static uint64_t held_now(struct run *run)
{
    struct lookaside *list = &run->list.list;
    struct lookaside_stats stats;

    if (!run->counts)
        return 0;
    if (list->strategy->count)
        return list->strategy->count(list);
    lookaside_get_stats(list, &stats);
    return stats.held;
}

static void look_at_list(struct run *run, struct lookaside_stats *stats)
{
    if (run->counts)
        lookaside_get_stats(&run->list.list, stats);
}

/* A window, with so many looks and ticks in it, evenly spread. */
static void observe_window(struct run *run, uint64_t ns, uint64_t looks, struct look *look)
{
    uint64_t held;

    *look = (struct look){0};
    look_at_list(run, &look->begin);
    open_window(run, ns);
    for (uint64_t i = 0; i < looks; i++) {
        sleep_ns(ns / (looks + 1));
        tick(run);
        held = held_now(run);
        look->held_max = held > look->held_max ? held : look->held_max;
        if (i == looks / 2)
            look_at_list(run, &look->middle);
    }
    la_team_finish(&run->team);
    look_at_list(run, &look->end);
}

/* Whether it has a list that counts, and so can adapt. */
static bool counts(const struct la_contender *contender)
{
    return la_contender_has_list(contender) && contender->role != LA_ROLE_PEER;
}

uint64_t la_engine_warmup_ns(const struct la_contender *contender, const struct la_setting *setting)
{
    const uint64_t nr_ticks = setting->policy && counts(contender) ? ADAPTIVE_WARMUP_TICKS : 0;

    return setting->warmup_ns + nr_ticks * TICK_PERIOD_NS;
}

/* Until throughput, hits and depth stand still, or for so long that it must do. */
static void warm_up(struct run *run, struct la_measurement *to)
{
    const bool adapts = run->counts && run->setting->policy;
    const uint64_t own_ns = run->setting->workload->tick_ns;
    const uint64_t nr_ticks = adapts   ? ADAPTIVE_WARMUP_TICKS
                              : own_ns ? run->setting->warmup_ns / own_ns + 1
                                       : 1;
    const uint64_t ns = la_engine_warmup_ns(run->contender, run->setting);
    struct la_course course;
    struct look look;

    do {
        observe_window(run, ns, nr_ticks, &look);
        la_engine_gather_course(run, &look, &course);
    } while (++to->warmups < WARMUPS_MAX && la_steady(&course) == LA_UNSTEADY);
}

static void measure_window(struct run *run, struct look *look)
{
    const struct la_setting *setting = run->setting;
    const uint64_t own_ns = setting->workload->tick_ns;
    uint64_t looks = own_ns            ? setting->window_ns / own_ns
                     : setting->policy ? LOOKS
                                       : setting->window_ns / LOOK_PERIOD_NS;

    observe_window(run, setting->window_ns, looks < LOOKS ? LOOKS : looks, look);
}

/* The steps of a run on a team that stands ready. */
static bool conduct(struct run *run, struct la_histogram *latency, struct la_measurement *to)
{
    const struct la_placement *placement = run->setting->placement;
    struct la_interference before, after;
    struct look look;
    int64_t rss_before = 0, rss_after = 0;
    bool known;

    to->rss_known = la_resident_bytes(&rss_before);
    la_team_begin(&run->team, la_engine_fill);
    la_team_finish(&run->team);
    warm_up(run, to);
    la_interference_read(placement->cpu, placement->nr_threads, &before);
    measure_window(run, &look);
    la_interference_read(placement->cpu, placement->nr_threads, &after);
    to->rss_known = to->rss_known && la_resident_bytes(&rss_after);
    to->rss_bytes = rss_after - rss_before;
    la_team_begin(&run->team, la_engine_drain);
    la_team_finish(&run->team);
    la_interference_between(&before, &after, &to->interference);
    known = la_engine_gather_threads(run, latency, to);
    if (known && run->counts)
        la_engine_gather_list(run, &look, to);
    la_engine_gather_course(run, &look, &to->course);
    return known;
}

static bool any_moved(const struct run *run)
{
    for (unsigned i = 0; i < run->nr_threads; i++) {
        if (run->records[i].moved)
            return true;
    }
    return false;
}

static bool all_ready(const struct run *run)
{
    for (unsigned i = 0; i < run->nr_threads; i++) {
        if (!run->records[i].ready)
            return false;
    }
    return true;
}

static const char *with_team(struct run *run, struct la_histogram *latency,
                             struct la_measurement *to)
{
    const struct la_setting *setting = run->setting;
    const char *why = NULL;

    if (la_disturb_start(&run->disturbers, setting->workload, &setting->params, setting->others))
        return "the threads that disturb could not be started and bound to their CPUs";
    if (la_team_start(&run->team, setting->placement, run)) {
        la_disturb_stop(&run->disturbers);
        return "the threads could not be started and bound to their CPUs";
    }
    la_team_begin(&run->team, la_engine_set_up);
    la_team_finish(&run->team);
    if (!all_ready(run))
        why = strerror(ENOMEM);
    else if (!conduct(run, latency, to))
        why = "a window in which nothing was done";
    else if (la_team_error(&run->team))
        why = "a thread that took another's place could not be bound to its CPU";
    else if (any_moved(run))
        why = "a thread was taken from its CPU";
    la_team_begin(&run->team, la_engine_clear_up);
    la_team_finish(&run->team);
    la_team_stop(&run->team);
    la_disturb_stop(&run->disturbers);
    return why;
}

static const char *with_list(struct run *run, struct la_histogram *latency,
                             struct la_measurement *to)
{
    const struct la_setting *setting = run->setting;
    const char *why;
    int error;

    run->has_list = la_contender_has_list(run->contender);
    run->counts = counts(run->contender);
    if (!run->has_list)
        return with_team(run, latency, to);
    error = la_contender_list_init(&run->list, run->contender, setting->size, setting->depth,
                                   setting->policy);
    if (error)
        return strerror(-error);
    why = with_team(run, latency, to);
    lookaside_flush(&run->list.list);
    lookaside_fini(&run->list.list);
    return why;
}

static const char *with_shared(struct run *run, struct la_histogram *latency,
                               struct la_measurement *to)
{
    const struct la_setting *setting = run->setting;
    const char *why;

    if (setting->workload->share) {
        run->shared = setting->workload->share(&setting->params, run->nr_threads);
        if (!run->shared)
            return strerror(ENOMEM);
    }
    why = with_list(run, latency, to);
    free(run->shared);
    return why;
}

/* The records of the last run, kept for the next: they are large, and memory that comes and goes
 * with every run would show up in its resident growth. */
static struct record *records_for(unsigned nr_threads)
{
    static struct record *kept;
    static unsigned nr_kept;

    if (nr_threads > nr_kept) {
        free(kept);
        kept = aligned_alloc(LA_NO_SHARING, nr_threads * sizeof *kept);
        nr_kept = kept ? nr_threads : 0;
    }
    if (kept)
        memset(kept, 0, nr_threads * sizeof *kept);
    return kept;
}

bool la_engine_measure(const struct la_contender *contender, const struct la_setting *setting,
                       struct la_histogram *latency, struct la_measurement *measurement,
                       const char **why)
{
    static struct run run; /* aligned for a list; one run at a time */

    memset(&run, 0, sizeof run);
    *measurement = (struct la_measurement){0};
    run.contender = contender;
    run.setting = setting;
    run.nr_threads = setting->placement->nr_threads;
    run.sample_period = la_clock_ticks(SAMPLE_PERIOD_NS);
    run.records = records_for(run.nr_threads);
    *why = run.records ? with_shared(&run, latency, measurement) : strerror(ENOMEM);
    return *why == NULL;
}
